"""Booked campaigns with all their parts, and the planner's bookings made from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sqlmodel import Session, col, select

from media.integers import ceil_div
from media.item_ids import item_id
from media.wire.timeline import Item
from server.campaigns.models import Advertiser, Campaign, CampaignCreative, CampaignState, Daypart
from server.campaigns.nights import plays_since
from server.campaigns.reach import barred_by_campaign, targeted_by_campaign
from server.db import to_ms
from server.planner.model.days import ALWAYS, WeeklySpan
from server.planner.model.problem import Apart, Booking, PlanCreative
from server.settings import Settings

BOOKED = (CampaignState.BOOKED,)


@dataclass(frozen=True)
class BookedCampaign:
    """A campaign with all its parts.

    targets: traits of the screens it may play on; none means every screen · barred: traits of screens that are left out
    """

    campaign: Campaign
    category: str
    creatives: tuple[CampaignCreative, ...]
    dayparts: tuple[Daypart, ...]
    targets: frozenset[str]
    barred: frozenset[str] = frozenset()

    @property
    def pairs(self) -> list[tuple[str, str | None]]:
        """The (creative, campaign) of each of its items."""
        return [(row.creative_id, self.campaign.id) for row in self.creatives]


def booked_campaigns(
    db: Session, *, since: date, ids: Iterable[str] | None = None, states: Iterable[CampaignState] = BOOKED
) -> list[BookedCampaign]:
    """Campaigns in these states that did not end before `since`; only those with one of `ids`, if it is given."""
    running = [col(Campaign.state).in_(list(states)), plays_since(since)]
    if ids is not None:
        running.append(col(Campaign.id).in_(sorted(ids)))
    advertised = select(Campaign, Advertiser).join(Advertiser, col(Advertiser.id) == col(Campaign.advertiser_id))
    rows = db.exec(advertised.where(*running).order_by(col(Campaign.id))).all()
    found = [campaign.id for campaign, _ in rows]
    targets, exclusions = targeted_by_campaign(db, found), barred_by_campaign(db, found)
    creatives, dayparts = _creatives(db, found), _dayparts(db, found)
    return [
        BookedCampaign(
            campaign,
            advertiser.category,
            creatives[campaign.id],
            dayparts[campaign.id],
            targets.get(campaign.id, frozenset()),
            exclusions.get(campaign.id, frozenset()),
        )
        for campaign, advertiser in rows
    ]


def booking_of(booked: BookedCampaign, items: Mapping[str, Item], *, slot_ms: int) -> Booking | None:
    """The planner's booking; None for a campaign none of whose creatives is ready."""
    campaign = booked.campaign
    chosen = [(item_id(row.creative_id, campaign.id), row.weight) for row in booked.creatives]
    creatives = tuple(
        PlanCreative(id_, weight, slots_of(items[id_].length_ms, slot_ms)) for id_, weight in chosen if id_ in items
    )
    if not creatives:
        return None
    return Booking(
        id=campaign.id,
        advertiser=campaign.advertiser_id,
        category=booked.category.casefold(),
        creatives=creatives,
        goal_kind=campaign.goal_kind.value,
        goal=Fraction(str(campaign.goal)),
        starts_on=campaign.starts_on,
        ends_on=campaign.ends_on,
        dayparts=tuple(WeeklySpan(part.weekday, part.from_min, part.until_min) for part in booked.dayparts) or ALWAYS,
        since_ms=to_ms(campaign.booked_at) if campaign.booked_at else 0,
        targets=booked.targets,
        barred=booked.barred,
        pace=campaign.pace.value,
        preemptible=campaign.preemptible,
        hourly=campaign.hourly,
    )


def apart_of(settings: Settings) -> Apart:
    """The network's distances between similar spots, in whole slots."""
    distances_s = (settings.apart_creative_s, settings.apart_advertiser_s, settings.apart_category_s)
    return Apart(*(slots_of(1000 * seconds, settings.slot_ms) for seconds in distances_s))


def slots_of(length_ms: int, slot_ms: int) -> int:
    """The slots that a length takes, the last of which it may fill in part."""
    return ceil_div(length_ms, slot_ms)


def _creatives(db: Session, campaign_ids: Sequence[str]) -> dict[str, tuple[CampaignCreative, ...]]:
    found: dict[str, list[CampaignCreative]] = defaultdict(list)
    rows = select(CampaignCreative).where(col(CampaignCreative.campaign_id).in_(campaign_ids))
    for row in db.exec(rows.order_by(col(CampaignCreative.creative_id))):
        found[row.campaign_id].append(row)
    return defaultdict(tuple, {id_: tuple(rows) for id_, rows in found.items()})


def _dayparts(db: Session, campaign_ids: Sequence[str]) -> dict[str, tuple[Daypart, ...]]:
    found: dict[str, list[Daypart]] = defaultdict(list)
    for row in db.exec(select(Daypart).where(col(Daypart.campaign_id).in_(campaign_ids)).order_by(col(Daypart.id))):
        found[row.campaign_id].append(row)
    return defaultdict(tuple, {id_: tuple(rows) for id_, rows in found.items()})
