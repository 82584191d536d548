"""A snapshot of everything that a venue's timelines depend on, read in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, func, or_, select

from media.timeline import PAST_REACH_MS
from media.wire.games import GameRules
from media.wire.timeline import Item
from server.allotment.bookings import BookedCampaign, booked_campaigns
from server.allotment.stored import allotted_on
from server.campaigns.house import house_of
from server.campaigns.models import HouseContent, NoticeRun
from server.campaigns.notices import notices_of
from server.creatives.building import cards_of
from server.creatives.items import items_for, rules_for
from server.planner.model.allotments import Row
from server.screens.models import Screen, Venue
from server.screens.venues import screens_of
from server.timelines.lists import over_all
from server.timelines.models import PublishedTimeline, RaisedInterrupt


@dataclass(frozen=True)
class VenueSnapshot:
    """A venue with everything that its timelines depend on.

    allotted: the row of the network's allotment, by date and screen · cards: creative ids of the building's cards, by
    width and height of the screens that they are for · items: those that are ready to be shown, by id · rules: of the
    games among them · newest: the newest version of each screen
    """

    venue: Venue
    screens: tuple[Screen, ...]
    campaigns: tuple[BookedCampaign, ...]
    allotted: dict[date, dict[str, Row]]
    house: tuple[HouseContent, ...]
    cards: dict[tuple[int, int], str]
    notices: tuple[NoticeRun, ...]
    interrupts: tuple[RaisedInterrupt, ...]
    items: dict[str, Item]
    rules: dict[str, GameRules]
    newest: dict[str, PublishedTimeline]


def read_snapshot(db: Session, venue: Venue, *, days: Sequence[date], now: datetime) -> VenueSnapshot:
    """The snapshot for planning these days, with the campaigns that are allotted spots on them."""
    screens = screens_of(db, venue.id)
    allotted = {on: allotted_on(db, on, [screen.id for screen in screens]) for on in days}
    ids = {booking for rows in allotted.values() for row in rows.values() for booking in row.bookings}
    campaigns = booked_campaigns(db, since=days[0] - timedelta(days=1), ids=ids)
    notices = notices_of(db, venue.id, since=now - timedelta(days=1))
    interrupts = _interrupts(db, venue.id, screens, now=now)
    house = house_of(db, venue.id, since=days[0] - timedelta(days=1))
    cards = cards_of(db, venue.id)
    pairs = [pair for booked in campaigns for pair in booked.pairs]
    shown: list[HouseContent | NoticeRun | RaisedInterrupt] = [*house, *notices, *interrupts]
    plain = [*(row.creative_id for row in shown), *cards.values()]
    items = items_for(db, [*pairs, *((creative_id, None) for creative_id in plain)])
    return VenueSnapshot(
        venue=venue,
        screens=tuple(screens),
        campaigns=tuple(campaigns),
        allotted=allotted,
        house=tuple(house),
        cards=cards,
        notices=tuple(notices),
        interrupts=tuple(interrupts),
        items=items,
        rules=rules_for(db, items.values()),
        newest=newest_of(db, [screen.id for screen in screens]),
    )


def newest_of(db: Session, screen_ids: Sequence[str]) -> dict[str, PublishedTimeline]:
    """The newest version of each screen that has one."""
    table = PublishedTimeline
    newest = (
        select(col(table.screen_id).label("screen"), func.max(table.version).label("version"))
        .where(col(table.screen_id).in_(screen_ids))
        .group_by(col(table.screen_id))
        .subquery()
    )
    both = (newest.c.screen == col(table.screen_id)) & (newest.c.version == col(table.version))
    return {row.screen_id: row for row in db.exec(select(table).join(newest, both))}


def _interrupts(db: Session, venue_id: str, screens: Sequence[Screen], *, now: datetime) -> Sequence[RaisedInterrupt]:
    """Interrupts in force or to come, and those that ended so recently that a stage still shows them."""
    over = now - timedelta(milliseconds=PAST_REACH_MS)
    alive = or_(col(RaisedInterrupt.until_at).is_(None), col(RaisedInterrupt.until_at) > over)
    here = or_(
        col(RaisedInterrupt.venue_id) == venue_id,
        col(RaisedInterrupt.screen_id).in_([screen.id for screen in screens]),
        over_all(),
    )
    return db.exec(select(RaisedInterrupt).where(alive, here).order_by(col(RaisedInterrupt.id))).all()
