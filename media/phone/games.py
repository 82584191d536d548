"""Games over HTTP: a phone takes its seat, and a phone without a socket sends its inputs."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from media.phone.source import PhoneSource
from media.wire.games import SeatInput, SeatRequest


def add_game_routes(bp: Blueprint, source: PhoneSource) -> None:
    """Adds the seats and inputs of games to a blueprint, which answers their errors."""

    @bp.post("/api/v1/screens/<code>/games/<int:spot_ms>/seat")
    def take_seat(code: str, spot_ms: int) -> ResponseReturnValue:
        """The same seat at each call of the same phone."""
        wish = SeatRequest.model_validate(request.get_json() if request.get_data() else {})
        return source.join_game(code, spot_ms, wish.presence).model_dump(mode="json"), 201

    @bp.post("/api/v1/screens/<code>/games/<int:spot_ms>/inputs")
    def send_input(code: str, spot_ms: int) -> ResponseReturnValue:
        """Answers how the game stands, which a socket would have received."""
        given = SeatInput.model_validate(request.get_json())
        return source.play(code, given.model_copy(update={"spot": spot_ms})).model_dump(mode="json")
