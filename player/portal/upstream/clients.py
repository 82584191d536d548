"""Clients of the processes beside the portal: visits from the hotspot's, the screen's code from the player's."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from media.wire.games import GameState
from media.wire.status import CertificateReport
from player.hotspot.messages import Answer, Extend, Grant, Look, Refused, Request, Revoke, VisitAnswer
from player.line_socket import NoAnswer, request_line
from player.portal.upstream.player_messages import (
    PLAYER_ANSWER,
    CertificateExchange,
    CertificateNews,
    Coupon,
    CouponRequest,
    CouponsAnswer,
    GameAnswer,
    GameRequest,
    GameShown,
    HandOutRequest,
    MediaAnswer,
    MediaRequest,
    NoCoupon,
    NoGame,
    NoScreen,
    NotHandedOut,
    PlayerAnswer,
    PlayerRequest,
    ScreenAnswer,
    ScreenRequest,
    Settled,
    SettleRequest,
    WalletRequest,
)

PHONES_SOCKET = "phones"  # the daemon's, in the player's folder
KNOWN_S = 1.0  # a phone that hammers is answered from memory; one whose visit ends is sent to the portal a second later
MOST_KNOWN = 2048
NOW_KNOWN_S = 5.0


class Visits:
    """The visits of phones by their addresses; the unit's answer counts for a second.

    send: `HotspotClient.send`. Every method raises NoAnswer while the unit is away.
    """

    def __init__(self, send: Callable[[Request], Answer], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._send = send
        self._monotonic = monotonic
        self._known: OrderedDict[str, tuple[float, Answer]] = OrderedDict()
        self._lock = threading.Lock()

    def look(self, address: str) -> Answer:
        with self._lock:
            known = self._known.get(address)
            if known and self._monotonic() - known[0] < KNOWN_S:
                return known[1]
            return self._sent(address, Look(address=address))

    def join(self, address: str) -> Answer:
        """Refused if the hotspot is full, or this is no phone of it."""
        before = self.look(address)
        if isinstance(before, VisitAnswer):
            return before
        with self._lock:
            return self._sent(address, Grant(address=address))

    def extend(self, address: str) -> Answer:
        with self._lock:
            return self._sent(address, Extend(address=address))

    def leave(self, address: str) -> Answer:
        with self._lock:
            return self._sent(address, Revoke(address=address))

    def _sent(self, address: str, request: Request) -> Answer:
        answer = self._send(request)
        if not isinstance(answer, Refused):
            self._known[address] = (self._monotonic(), answer)
            self._known.move_to_end(address)
            while len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
        return answer


class PlayerClient:
    """The daemon, over its socket. Each method but those that read the clock sends a request."""

    def __init__(self, path: Path, server_url: str) -> None:
        self._path = path
        self.public_base = server_url
        self._now: tuple[float, int] | None = None
        self._tried_ns = 0

    def screen(self, scanned: str = "") -> ScreenAnswer | NoScreen:
        """Raises NoAnswer while the daemon is away."""
        answer = self._send(ScreenRequest(scanned=scanned))
        if not isinstance(answer, ScreenAnswer | NoScreen):
            raise NoAnswer("the player answered something else")
        self.public_base = answer.public_base
        self._now = (answer.now.utc_ms, answer.now.mono_ns)
        return answer

    def media(self, digest: str) -> MediaAnswer | None:
        """None if the file is of no item, or not on the disk. Raises NoAnswer."""
        answer = self._send(MediaRequest(digest=digest))
        return answer if isinstance(answer, MediaAnswer) else None

    def hand_out(self, offer: str, *, phone: str, key: str, only_earlier: bool = False) -> Coupon | NotHandedOut | None:
        """A claim from the box's lease. None: with `only_earlier` there is none. Raises NoAnswer."""
        answer = self._send(HandOutRequest(offer=offer, phone=phone, key=key, only_earlier=only_earlier))
        return answer.why if isinstance(answer, NoCoupon) else next(iter(_coupons(answer)), None)

    def coupons_of(self, phone: str) -> tuple[Coupon, ...]:
        """Those that the phone got here, the newest first. Raises NoAnswer."""
        return _coupons(self._send(WalletRequest(phone=phone)))

    def coupon(self, link: str) -> Coupon | None:
        """The one that a link opens, if a phone got it here. Raises NoAnswer."""
        return next(iter(_coupons(self._send(CouponRequest(link=link)))), None)

    def certificate(self, signing_request: str, report: CertificateReport) -> CertificateNews:
        """Raises NoAnswer."""
        answer = self._send(CertificateExchange(signing_request=signing_request, report=report))
        if not isinstance(answer, CertificateNews):
            raise NoAnswer("the player answered something else")
        return answer

    def game(self, spot_ms: int) -> GameAnswer | NoGame:
        """The game whose spot starts at this instant. Raises NoAnswer."""
        answer = self._send(GameRequest(spot_ms=spot_ms))
        if not isinstance(answer, GameAnswer | NoGame):
            raise NoAnswer("the player answered something else")
        return answer

    def show_game(self, state: GameState) -> None:
        """Raises NoAnswer."""
        self._send(GameShown(state=state))

    def settle(self, request: SettleRequest) -> tuple[int, ...]:
        """The seats that have a prize, the same at each call. Raises NoAnswer."""
        answer = self._send(request)
        if not isinstance(answer, Settled):
            raise NoAnswer("the round is not on the disk")
        return answer.winners

    def known_now_ms(self) -> float:
        """The same as `now_ms`, and goes on while the daemon is away. Raises NoAnswer if it has never answered."""
        if self._now is None or time.monotonic_ns() - self._tried_ns > NOW_KNOWN_S * 1e9:
            self._tried_ns = time.monotonic_ns()
            try:
                self.screen()
            except NoAnswer:
                if self._now is None:
                    raise
        return self._read_clock()

    def now_ms(self) -> float:
        """The screens' clock, from the last answer and the machine's monotonic clock. Raises NoAnswer."""
        if self._now is None or time.monotonic_ns() - self._now[1] > NOW_KNOWN_S * 1e9:
            self.screen()
        return self._read_clock()

    def _read_clock(self) -> float:
        assert self._now is not None  # a screen's answer sets it
        utc_ms, mono_ns = self._now
        return utc_ms + (time.monotonic_ns() - mono_ns) / 1e6

    def _send(self, request: PlayerRequest) -> PlayerAnswer:
        try:
            return PLAYER_ANSWER.validate_json(request_line(self._path, request.model_dump_json().encode()))
        except ValidationError as error:
            raise NoAnswer("the player is of another version") from error


def _coupons(answer: PlayerAnswer) -> tuple[Coupon, ...]:
    if not isinstance(answer, CouponsAnswer):
        raise NoAnswer("the player answered something else")
    return answer.coupons
