"""The server's phone source: stages, offers and claims from its database."""

from __future__ import annotations

from media.phone.identity import phone_token
from media.phone.source import Claimed, ScreenPage
from media.phone.words import Language
from media.wire.games import GameSeat, GameState, SeatInput
from media.wire.phone import ClaimRequest, FaultReport, Handover, Stage, Stock, WalletAnswer
from server.context import reading, services, transaction
from server.coupons.offers import offer_of
from server.coupons.wallets.phones import token_hash
from server.db import from_ms, utc_ms, utc_now
from server.http.limits import LimitRule, taking_tries
from server.screens.reported_faults import report_fault
from server.screens.venues import NoScreen, screen_of_code
from server.web.games.seats import join_game, play
from server.web.stages import phone_stage, scanned_item, stock_of
from server.web.wallet.answers import stock_of_offer
from server.web.wallet.claims import claim_for_phone, handover_of_phone, wallet_of_phone
from server.web.words.language import language

FAULT_REPORTS = (
    LimitRule("fault reports of a phone", "5/hour", lambda: token_hash(phone_token())),
    LimitRule("fault reports of a network", "20/hour"),
)


class DatabasePhoneSource:
    """Implements `media.phone.source.PhoneSource`."""

    present = False

    @property
    def public_base(self) -> str:
        return services().settings.public_url

    def language(self) -> Language:
        return "zh" if language() == "zh" else "en"

    def now_ms(self) -> float:
        return utc_ms()

    def page(self, code: str, scanned: str) -> ScreenPage | None:
        now, here = utc_now(), services()
        with reading(brief=True) as db:
            try:
                screen = screen_of_code(db, code)
            except NoScreen:
                return None
            stage = phone_stage(db, here.store, screen, media_base=here.settings.media_url, now=now)
            item = scanned_item(db, here.store, screen, scanned, stage=stage)
            stock = stock_of(db, [*stage.items.values(), *([item] if item else [])], now=now)
        return ScreenPage(code=screen.code, stage=stage, scanned_item=item, stock=stock)

    def stage(self, code: str) -> Stage:
        here = services()
        with reading(brief=True) as db:
            screen = screen_of_code(db, code)
            return phone_stage(db, here.store, screen, media_base=here.settings.media_url, now=utc_now())

    def report_fault(self, code: str, report: FaultReport) -> None:
        seen_at = None if report.seen_ms is None else from_ms(report.seen_ms)
        with taking_tries(*FAULT_REPORTS), transaction() as db:
            screen, phone = screen_of_code(db, code), token_hash(phone_token())
            report_fault(db, screen, report.fault, phone_hash=phone, seen_at=seen_at, now=utc_now())

    def join_game(self, code: str, spot_ms: int, presence: str) -> GameSeat:
        return join_game(code, spot_ms, presence)

    def play(self, code: str, given: SeatInput) -> GameState:
        return play(code, given)

    def stock(self, offer_id: str) -> Stock:
        with reading(brief=True) as db:
            return stock_of_offer(offer_of(db, offer_id), utc_now())

    def claim(self, offer_id: str, body: ClaimRequest) -> Claimed:
        return claim_for_phone(offer_id, body)

    def handover(self) -> Handover:
        return handover_of_phone()

    def wallet(self) -> WalletAnswer:
        return wallet_of_phone()
