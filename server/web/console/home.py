"""The first page: what is next on a new server, how things stand on a running one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from server.accounts.rights import Right
from server.context import reading, services
from server.coupons.models import Offer
from server.coupons.unusual import unusual_claims
from server.creatives.lists import CreativeFilter, all_creatives, count_creatives, titles_of
from server.creatives.models import CreativeState
from server.db import utc_now
from server.plays.lists import a_notice_was_seen, plays_since
from server.plays.outlook import lagging
from server.plays.uncounted import count_uncounted
from server.runtime.disk import disk_space_of
from server.screens.health import ScreenState
from server.screens.lists import ListedScreen, listed_screens
from server.screens.venues import venues_in_use
from server.timelines.lists import interrupts_in_force
from server.timelines.troubles import network_trouble
from server.web.console.blueprint import bp
from server.web.console.creatives.emergencies import place_zones
from server.web.identity.auth import can, current_person


@dataclass(frozen=True)
class Start:
    """How far a new server is; the welcome goes when all is done."""

    venue: str | None
    screen: str | None
    player: bool
    notice_typed: bool
    notice_seen: bool

    @property
    def done(self) -> bool:
        return bool(self.venue and self.screen and self.player and self.notice_seen)

    @property
    def step(self) -> int:
        """The step that is next, from 1."""
        return [bool(self.venue), bool(self.screen), self.player, self.notice_seen, False].index(False) + 1


@bp.get("/")
def home() -> ResponseReturnValue:
    """The welcome repeats its request with `?welcome=1`; when all is done its browser is sent to the overview."""
    current_person()
    if not can(Right.SEE_SCREENS):
        return redirect(first_door())
    now = utc_now()
    with reading() as db:
        rows = listed_screens(db, now=now)
        start = start_of(db, rows)
        shown = standing(db, rows, now) if start.done or not can(Right.EDIT_SCREENS) else {}
    if not shown:
        return render_template("console/welcome.html", start=start)
    if "welcome" in request.args:
        return "", 204, {"HX-Redirect": url_for("console.home")}
    return render_template("console/home.html", rows=rows, **shown)


def first_door() -> str:
    """Where someone works who sees no screens."""
    for right, place in ((Right.SEE_CAMPAIGNS, "campaigns"), (Right.SEE_OFFERS, "offers")):
        if can(right):
            return url_for(f"console.{place}")
    return url_for("counter.page")


def start_of(db: Session, rows: list[ListedScreen]) -> Start:
    venues = venues_in_use(db)
    return Start(
        venue=venues[0].id if venues else None,
        screen=rows[0].screen.id if rows else None,
        player=any(row.player for row in rows),
        notice_typed=count_creatives(db, CreativeFilter(kind="notice")) > 0,
        notice_seen=a_notice_was_seen(db),
    )


def unusual_offers(db: Session, now: datetime) -> list[Offer]:
    """Offers that were claimed in an unusual way, the last one first."""
    return list({row.offer.id: row.offer for row in unusual_claims(db, now=now)}.values())


def standing(db: Session, rows: list[ListedScreen], now: datetime) -> dict[str, object]:
    raised, venues = interrupts_in_force(db, now=now), venues_in_use(db)
    return {
        "online": sum(row.health.online for row in rows),
        "unplanned": [venue for venue in venues if venue.plan_failed_at],
        "network_trouble": network_trouble(db),
        "disk": disk_space_of(services().settings.data_dir),
        "behind": lagging(db, now=now) if can(Right.SEE_DELIVERY) else [],
        "unusual": unusual_offers(db, now) if can(Right.SEE_OFFERS) else [],
        "troubled": [row for row in rows if row.health.troubles and row.health.state is not ScreenState.NEVER_ENROLLED],
        "never_enrolled": [row for row in rows if row.health.state is ScreenState.NEVER_ENROLLED],
        "plays": plays_since(db, now - timedelta(hours=1)),
        "uncounted": count_uncounted(db, now=now, since=timedelta(days=1)),
        "unmade": all_creatives(db, CreativeFilter(troubled=True)),
        "processing": count_creatives(db, CreativeFilter(states=(CreativeState.PROCESSING,))),
        "raised": raised,
        "raised_zones": place_zones(raised, rows, venues),
        "closed": {row.venue.id: row for row in rows if row.opening.closed_until},
        "titles": titles_of(db, [interrupt.creative_id for interrupt in raised]),
    }
