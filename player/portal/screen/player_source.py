"""The box's phone source: the stage from the player's daemon, coupons from the server, or from the box's lease."""

from __future__ import annotations

from collections.abc import Callable

from flask import request

from media.phone.identity import phone_token
from media.phone.source import Claimed, ScreenPage
from media.phone.words import Language
from media.wire.games import GameSeat, GameState, SeatInput
from media.wire.phone import ClaimRequest, FaultReport, Handover, Stage, Stock, WalletAnswer
from player.portal.errors import NO_INTERNET, PortalError, no_screen
from player.portal.games.box_games import BoxGames
from player.portal.screen.leased_coupons import LeasedCoupons, phone_hash
from player.portal.screen.stored_faults import StoredFault, StoredFaults, reporter_of
from player.portal.upstream.clients import PlayerClient
from player.portal.upstream.player_messages import ScreenAnswer
from player.portal.upstream.server_requests import ServerRequests

# The server cannot be reached, or has no piece left while this box has.
LEASE_INSTEAD = (NO_INTERNET, "offer_sold_out")


class PlayerPhoneSource:
    """Implements `media.phone.source.PhoneSource`.

    lease: the name of this request's phone on the hotspot · on_claimed: called with the id of an offer that a phone
    claimed
    """

    present = True

    def __init__(
        self, player: PlayerClient, server: ServerRequests, faults: StoredFaults, games: BoxGames, *,
        lease: Callable[[], str], on_claimed: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._player = player
        self._on_claimed = on_claimed
        self._faults = faults
        self._games = games
        self._lease = lease
        self._server = server
        self._coupons = LeasedCoupons(player)

    @property
    def public_base(self) -> str:
        return self._player.public_base

    def language(self) -> Language:
        return "zh" if request.accept_languages.best_match(["en", "zh"]) == "zh" else "en"

    def now_ms(self) -> float:
        return self._player.now_ms()

    def page(self, code: str, scanned: str) -> ScreenPage | None:
        """Without stock: the page says how many are left once the server has said so."""
        screen = self._player.screen(scanned)
        if not isinstance(screen, ScreenAnswer) or code.upper() != screen.stage.screen:
            return None
        return ScreenPage(screen.stage.screen, screen.stage, screen.scanned_item, stock={})

    def stage(self, code: str) -> Stage:
        page = self.page(code, "")
        if page is None:
            raise no_screen()
        return page.stage

    def report_fault(self, code: str, report: FaultReport) -> None:
        """To the server; without an uplink it is stored and delivered later."""
        screen, reporter = self.stage(code).screen, reporter_of(phone_token())
        report = FaultReport(fault=report.fault)
        try:
            self._server.report_fault(screen, report, reporter)
        except PortalError as refused:
            seen = report.model_copy(update={"seen_ms": round(self.now_ms())})
            if refused.body.code != NO_INTERNET or not self._faults.store(StoredFault(screen, reporter, seen)):
                raise

    def join_game(self, code: str, spot_ms: int, presence: str) -> GameSeat:
        """At this box, or at the server. The phone is at the screen: it is on its hotspot."""
        screen = self._player.screen()
        if not isinstance(screen, ScreenAnswer) or code.upper() != screen.stage.screen:
            raise no_screen()
        seat = self._games.join(spot_ms, phone=phone_hash(), lease=self._lease())
        if seat is not None:
            return seat
        seat = self._server.join_game(code, spot_ms, presence or screen.presence, phone_token())
        return seat.model_copy(update={"over_socket": False})

    def play(self, code: str, given: SeatInput) -> GameState:
        if self._games.take(given):
            return self._games.state(given.spot)
        return self._server.play(code, given, phone_token())

    def stock(self, offer_id: str) -> Stock:
        return self._server.stock(offer_id, phone_token())

    def claim(self, offer_id: str, body: ClaimRequest) -> Claimed:
        claimed = self._claim(offer_id, body)
        self._on_claimed(offer_id)
        return claimed

    def _claim(self, offer_id: str, body: ClaimRequest) -> Claimed:
        """From the server while it answers, else from the box's lease.

        The phone is at the screen: it has the strip's token, whether it scanned the strip or joined the hotspot.
        """
        screen = self._player.screen()
        if isinstance(screen, ScreenAnswer):
            body = body.model_copy(update={"screen": screen.stage.screen, "presence": body.presence or screen.presence})
        unknown_to_server = self._coupons.earlier(offer_id, body.key)
        if unknown_to_server is not None:
            return unknown_to_server
        try:
            return self._server.claim(offer_id, body, phone_token())
        except PortalError as refused:
            if refused.body.code not in LEASE_INSTEAD:
                raise
            return self._coupons.hand_out(offer_id, body.key, refused)

    def handover(self) -> Handover:
        return self._server.handover(phone_token())

    def wallet(self) -> WalletAnswer:
        """The server's, with the coupons that it does not know yet."""
        here = self._player.coupons_of(phone_hash())
        try:
            known = self._server.wallet(phone_token()).claims
        except PortalError as refused:
            if refused.body.code != NO_INTERNET:
                raise
            return WalletAnswer(claims=tuple(coupon.claim for coupon in here))
        listed = {claim.claim for claim in known}
        return WalletAnswer(claims=(*(coupon.claim for coupon in here if coupon.claim.claim not in listed), *known))
