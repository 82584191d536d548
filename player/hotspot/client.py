"""Requests to the privileged unit, from the portal and the daemon."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from player.hotspot.messages import ANSWER, Answer, Request, SetPlan
from player.line_socket import WAIT_S, NoAnswer, request_line


class HotspotClient:
    """Each request has a connection of its own, so a unit that was restarted needs nothing of its clients."""

    def __init__(self, path: Path, *, wait_s: float = WAIT_S) -> None:
        self._path, self._wait_s = path, wait_s

    def send(self, request: Request | SetPlan) -> Answer:
        """Raises NoAnswer if the unit is not there."""
        try:
            return ANSWER.validate_json(
                request_line(self._path, request.model_dump_json().encode(), wait_s=self._wait_s)
            )
        except ValidationError as error:
            raise NoAnswer("the answer is of another version") from error
