"""Sends requests about coupons, which the box cannot answer itself, to the server while the uplink is open."""

from __future__ import annotations

import re
from http.cookiejar import DefaultCookiePolicy
from typing import TypeVar
from urllib.parse import quote, urlsplit

import requests
from pydantic import ValidationError

from media.phone.identity import COOKIE
from media.phone.source import Claimed
from media.wire.errors import ErrorAnswer
from media.wire.games import GameSeat, GameState, SeatInput, SeatRequest
from media.wire.message import Message
from media.wire.phone import ClaimAnswer, ClaimRequest, FaultReport, Handover, Stock, WalletAnswer
from player.portal.errors import PortalError, no_internet

OFFER_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
WITHIN_S = (3.0, 8.0)  # to connect, to answer
ANSWER_BYTES = 1 << 20

Answer = TypeVar("Answer", bound=Message)


class ServerRequests:
    """Requests of phones to the server, each with its phone's token. Raises PortalError, `no_internet` among them."""

    def __init__(self, server_url: str) -> None:
        self._base = server_url
        self._session = requests.Session()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # none becomes another phone's

    def claim(self, offer_id: str, body: ClaimRequest, token: str) -> Claimed:
        path = f"/api/v1/offers/{_offer(offer_id)}/claims"
        status, claim = self._answer(ClaimAnswer, "POST", path, token, body)
        return Claimed(answer=claim, path=urlsplit(claim.wallet_url).path, is_new=status == 201)

    def report_fault(self, code: str, report: FaultReport, token: str) -> None:
        self._answer(Message, "POST", f"{_screen_path(code)}/faults", token, report)

    def join_game(self, code: str, spot_ms: int, presence: str, token: str) -> GameSeat:
        path = f"{_screen_path(code)}/games/{spot_ms}/seat"
        return self._answer(GameSeat, "POST", path, token, SeatRequest(presence=presence))[1]

    def play(self, code: str, given: SeatInput, token: str) -> GameState:
        path = f"{_screen_path(code)}/games/{given.spot}/inputs"
        return self._answer(GameState, "POST", path, token, given)[1]

    def stock(self, offer_id: str, token: str) -> Stock:
        return self._answer(Stock, "GET", f"/api/v1/offers/{_offer(offer_id)}/stock", token)[1]

    def handover(self, token: str) -> Handover:
        return self._answer(Handover, "POST", "/api/v1/wallet/handover", token)[1]

    def wallet(self, token: str) -> WalletAnswer:
        return self._answer(WalletAnswer, "GET", "/api/v1/wallet", token)[1]

    def _answer(
        self, kind: type[Answer], method: str, path: str, token: str, body: Message | None = None
    ) -> tuple[int, Answer]:
        sent = {"Accept": "application/json", "Cookie": f"{COOKIE}={token}"}
        try:
            with self._session.request(
                method, self._base + path, headers=sent, json=body.model_dump() if body else None, timeout=WITHIN_S,
                allow_redirects=False, stream=True,
            ) as answer:  # fmt: skip
                raw = answer.raw.read(ANSWER_BYTES, decode_content=True)
        except (requests.RequestException, OSError) as error:
            raise no_internet() from error
        try:
            if answer.ok:
                return answer.status_code, kind.model_validate_json(raw)
            refused = ErrorAnswer.model_validate_json(raw).error
        except ValidationError as error:
            raise no_internet() from error
        raise PortalError(answer.status_code, refused, answer.headers.get("Retry-After", ""))


def _screen_path(code: str) -> str:
    return f"/api/v1/screens/{quote(code, safe='')}"


def _offer(offer_id: str) -> str:
    """Only what can be an offer's id becomes part of an address."""
    if not OFFER_ID.fullmatch(offer_id):
        raise PortalError(404, ErrorAnswer.model_validate(NO_OFFER).error)
    return offer_id


NO_OFFER = {
    "error": {
        "code": "no_such_offer",
        "message": "There is no such offer.",
        "remedy": "Look at what the screen shows now.",
    }
}
