"""The portal's pages: HTML that shows the screen's item at once and works without a script. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from media.phone.page import shown_at, still_of
from media.phone.qr_code import qr_svg
from media.phone.words import Language, has_word, say_in
from media.wire.errors import ErrorBody
from media.wire.phone import Stage
from media.wire.timeline import Item, MediaRef, OfferCard
from player.hotspot.messages import Answer, NoVisit, Refusal, Refused, VisitAnswer
from player.hotspot.plan import HotspotPlan
from player.portal.consent.consents import TERMS_VERSION, Purpose
from player.portal.upstream.player_messages import Coupon, NoScreen, ScreenAnswer

FOLDER = Path(__file__).parent
WORDS = FOLDER / "words.json"
MOST_LISTED = 5
NOTES = {Refusal.FULL: "full", Refusal.NO_PHONE: "no_phone", Refusal.DAY: "day_used_up"}


@dataclass(frozen=True)
class PortalPage:
    """One phone's first page.

    access: the unit's last answer about the phone; None while the unit is away
    screen: None while the player is away · choices: what the phone agreed to so far
    seen, shops: what a phone that agreed to it is remembered by: ids of items, names of shops
    token: the phone's own, where it sends no cookie · more: further notes, words of words.json
    """

    plan: HotspotPlan
    access: Answer | None
    screen: ScreenAnswer | NoScreen | None
    choices: Mapping[Purpose, bool]
    language: Language
    seen: Collection[str] = ()
    shops: Collection[str] = ()
    token: str = ""
    more: tuple[str, ...] = ()

    @property
    def visit(self) -> VisitAnswer | None:
        return self.access if isinstance(self.access, VisitAnswer) else None

    @property
    def item(self) -> Item | None:
        if not isinstance(self.screen, ScreenAnswer):
            return None
        return shown_at(self.screen.stage, say_in(self.language), self.language).item

    @property
    def film(self) -> MediaRef | None:
        return self.item.phone.picture if self.item and self.item.kind == "video" else None

    @property
    def still(self) -> MediaRef | None:
        if self.item is None:
            return None
        screen = self.item.screen
        return still_of(self.item) or (screen if screen.mime.startswith("image/") else None)

    @property
    def news(self) -> list[str]:
        """Titles that a phone that comes back has not seen here."""
        if not self.seen or not isinstance(self.screen, ScreenAnswer):
            return []
        items = self.screen.stage.items.values()
        return [item.title for item in items if item.id not in self.seen and not item.clock][:MOST_LISTED]

    @property
    def offers(self) -> list[OfferCard]:
        """Of the shops that the phone chose coupons of."""
        if not isinstance(self.screen, ScreenAnswer):
            return []
        return [offer for offer in offers_of(self.screen.stage) if offer.merchant in self.shops][:MOST_LISTED]

    @property
    def mirror(self) -> str:
        return mirror_path(self.screen)

    @property
    def notes(self) -> list[str]:
        """Notes that the phone must read, the most urgent first."""
        notes = [*self.more, *(["welcome_back"] if self.seen and not self.visit else [])]
        if self.access is None:
            notes.append("no_unit")
        elif isinstance(self.access, Refused):
            notes.append(NOTES.get(self.access.why, "no_unit"))
        elif isinstance(self.access, NoVisit) and self.access.ended:
            notes.append(f"ended_{self.access.ended.value}")
        if self.screen is not None and not self.screen.has_uplink:
            notes.append("no_internet")
        return notes


def mirror_path(screen: ScreenAnswer | NoScreen | None) -> str:
    """The page that follows the screen; empty while there is none."""
    return f"/s/{screen.stage.screen}" if isinstance(screen, ScreenAnswer) else ""


def offers_of(stage: Stage) -> list[OfferCard]:
    """Of the stage's items, each once."""
    cards = (item.phone.offer for item in stage.items.values() if item.phone and item.phone.offer)
    return list({offer.id: offer for offer in cards}.values())


def render_portal(page: PortalPage) -> str:
    return _rendered("portal.html", page.language, page=page)


def render_terms(language: Language) -> str:
    return _rendered("terms.html", language, version=TERMS_VERSION)


def render_coupon(coupon: Coupon, language: Language, *, back: str) -> str:
    """The page for the counter, with this half-minute's QR."""
    given = {"claim": coupon.claim, "number": coupon.number, "qr": qr_svg(coupon.claim.qr)}
    return _rendered("coupon.html", language, back=back, **given)


def render_coupons(coupons: Sequence[Coupon], language: Language, *, back: str) -> str:
    return _rendered("coupons.html", language, back=back, claims=[coupon.claim for coupon in coupons])


def render_problem(error: ErrorBody, language: Language) -> str:
    return _rendered("problem.html", language, why=_why(error, language))


def _why(error: ErrorBody, language: Language) -> str:
    """The sentence by which the phone's page explains this refusal, in its language; else the error's own."""
    word = f"trouble_{error.code}"
    return say_in(language)(word) if has_word(word) else f"{error.message} {error.remedy}".strip()


def _rendered(template: str, language: Language, **values: object) -> str:
    say = say_in(language, WORDS)
    return _templates().get_template(template).render(language=language, say=say, **values)


@cache
def _templates() -> Environment:
    return Environment(loader=FileSystemLoader(FOLDER / "templates"), autoescape=True, undefined=StrictUndefined)
