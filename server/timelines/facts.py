"""Everything that a venue's timelines depend on, read in one look at the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, func, or_, select

from media.timeline import PAST_REACH_MS
from media.wire import Item
from server.campaigns.house import house_of
from server.campaigns.models import (
    Advertiser,
    Campaign,
    CampaignCreative,
    CampaignState,
    Daypart,
    NoticeRun,
    Target,
)
from server.campaigns.notices import notices_of
from server.campaigns.reach import screens_named, targets_by_campaign
from server.creatives.items import items_for
from server.screens.models import Screen, Venue
from server.screens.venues import screens_of
from server.timelines.models import PublishedTimeline, RaisedInterrupt


@dataclass(frozen=True)
class BookedCampaign:
    """A campaign with all its parts, and the venue's screens on which it plays."""

    campaign: Campaign
    category: str
    creatives: tuple[CampaignCreative, ...]
    dayparts: tuple[Daypart, ...]
    screens: frozenset[str]


@dataclass(frozen=True)
class VenueFacts:
    """`items` holds what is ready to be shown; `newest` the last version of each screen."""

    venue: Venue
    screens: tuple[Screen, ...]
    campaigns: tuple[BookedCampaign, ...]
    house: tuple[str, ...]
    notices: tuple[NoticeRun, ...]
    interrupts: tuple[RaisedInterrupt, ...]
    items: dict[str, Item]
    newest: dict[str, PublishedTimeline]

    @property
    def ready_house(self) -> tuple[str, ...]:
        return tuple(id_ for id_ in self.house if id_ in self.items)


def read_facts(db: Session, venue: Venue, *, since: date, now: datetime) -> VenueFacts:
    """Flights that ended before `since` no longer matter."""
    screens = screens_of(db, venue.id)
    campaigns = _campaigns(db, screens, since=since)
    notices = notices_of(db, venue.id, since=now - timedelta(days=1))
    interrupts, house = _interrupts(db, venue.id, screens, now=now), house_of(db, venue.id)
    pairs: list[tuple[str, str | None]] = [(c.creative_id, one.campaign.id) for one in campaigns for c in one.creatives]
    plain = [*house, *(run.creative_id for run in notices), *(raised.creative_id for raised in interrupts)]
    return VenueFacts(
        venue=venue,
        screens=tuple(screens),
        campaigns=tuple(campaigns),
        house=tuple(house),
        notices=tuple(notices),
        interrupts=tuple(interrupts),
        items=items_for(db, [*pairs, *((creative_id, None) for creative_id in plain)]),
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


def _campaigns(db: Session, screens: Sequence[Screen], *, since: date) -> list[BookedCampaign]:
    running = (col(Campaign.state) == CampaignState.BOOKED, col(Campaign.ends_on) >= since)
    advertised = select(Campaign, Advertiser).join(Advertiser, col(Advertiser.id) == col(Campaign.advertiser_id))
    rows = db.exec(advertised.where(*running).order_by(col(Campaign.id))).all()
    targets = targets_by_campaign(db, [campaign.id for campaign, _ in rows])
    named = {campaign.id: _named(targets[campaign.id], screens) for campaign, _ in rows}
    here = [id_ for id_, ids in named.items() if ids]
    creatives, dayparts = _creatives(db, here), _dayparts(db, here)
    return [
        BookedCampaign(campaign, advertiser.category, creatives[campaign.id], dayparts[campaign.id], named[campaign.id])
        for campaign, advertiser in rows
        if named[campaign.id]
    ]


def _named(targets: Iterable[Target], screens: Sequence[Screen]) -> frozenset[str]:
    return frozenset(screen.id for screen in screens_named(targets, screens))


def _creatives(db: Session, campaign_ids: Sequence[str]) -> dict[str, tuple[CampaignCreative, ...]]:
    found: dict[str, tuple[CampaignCreative, ...]] = defaultdict(tuple)
    rows = select(CampaignCreative).where(col(CampaignCreative.campaign_id).in_(campaign_ids))
    for row in db.exec(rows.order_by(col(CampaignCreative.creative_id))):
        found[row.campaign_id] = (*found[row.campaign_id], row)
    return found


def _dayparts(db: Session, campaign_ids: Sequence[str]) -> dict[str, tuple[Daypart, ...]]:
    found: dict[str, tuple[Daypart, ...]] = defaultdict(tuple)
    for row in db.exec(select(Daypart).where(col(Daypart.campaign_id).in_(campaign_ids)).order_by(col(Daypart.id))):
        found[row.campaign_id] = (*found[row.campaign_id], row)
    return found


def _interrupts(db: Session, venue_id: str, screens: Sequence[Screen], *, now: datetime) -> Sequence[RaisedInterrupt]:
    """In force or to come, or over for less time than a stage looks back."""
    over = now - timedelta(milliseconds=PAST_REACH_MS)
    alive = or_(col(RaisedInterrupt.until_at).is_(None), col(RaisedInterrupt.until_at) > over)
    here = or_(
        col(RaisedInterrupt.venue_id) == venue_id,
        col(RaisedInterrupt.screen_id).in_([screen.id for screen in screens]),
    )
    return db.exec(select(RaisedInterrupt).where(alive, here).order_by(col(RaisedInterrupt.id))).all()
