"""Dependents of an advertiser, an offer, a screen or a venue; shown before it is archived, moved or retired."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, func, select

from server.accounts.models import ApiKey, Person
from server.campaigns.models import Campaign, CampaignCreative, CampaignState
from server.campaigns.nights import plays_since
from server.campaigns.reach import PlacedScreen, campaigns_reaching, traits_of
from server.creatives.models import Creative, CreativeState
from server.screens.models import Screen, Venue

OPEN = (CampaignState.DRAFT, CampaignState.BOOKED, CampaignState.PAUSED)
RUNNING = (CampaignState.BOOKED, CampaignState.PAUSED)


@dataclass(frozen=True)
class AdvertiserUses:
    """running: booked or paused, and not over · people: who sign in for the advertiser · keys: of its machines"""

    running: Sequence[Campaign]
    drafts: Sequence[Campaign]
    creatives: int
    people: int
    keys: int


@dataclass(frozen=True)
class CouponUses:
    """The coupons that show an offer, and the campaigns in which these run."""

    coupons: Sequence[Creative]
    running: Sequence[Campaign]


def uses_of_advertiser(db: Session, advertiser_id: str, *, today: date) -> AdvertiserUses:
    campaigns = select(Campaign).where(Campaign.advertiser_id == advertiser_id)
    campaigns = campaigns.order_by(col(Campaign.name), col(Campaign.id))
    going = (Creative.advertiser_id == advertiser_id, col(Creative.state) != CreativeState.ARCHIVED)
    people = (Person.advertiser_id == advertiser_id, col(Person.disabled_at).is_(None))
    keys = (ApiKey.advertiser_id == advertiser_id, col(ApiKey.revoked_at).is_(None))
    return AdvertiserUses(
        running=db.exec(campaigns.where(col(Campaign.state).in_(RUNNING), plays_since(today))).all(),
        drafts=db.exec(campaigns.where(Campaign.state == CampaignState.DRAFT)).all(),
        creatives=db.exec(select(func.count()).select_from(Creative).where(*going)).one(),
        people=db.exec(select(func.count()).select_from(Person).where(*people)).one(),
        keys=db.exec(select(func.count()).select_from(ApiKey).where(*keys)).one(),
    )


def coupons_of_offer(db: Session, offer_id: str, *, today: date) -> CouponUses:
    shown = (Creative.offer_id == offer_id, col(Creative.state) != CreativeState.ARCHIVED)
    coupons = db.exec(select(Creative).where(*shown).order_by(col(Creative.title), col(Creative.id))).all()
    running = (
        select(Campaign)
        .join(CampaignCreative, col(CampaignCreative.campaign_id) == col(Campaign.id))
        .where(col(CampaignCreative.creative_id).in_([coupon.id for coupon in coupons]))
        .where(col(Campaign.state).in_(RUNNING), plays_since(today))
        .order_by(col(Campaign.name), col(Campaign.id))
    )
    return CouponUses(coupons, list({campaign.id: campaign for campaign in db.exec(running)}.values()))


# --- campaigns on screens


def campaigns_of_screens(db: Session, screens: Sequence[Screen], *, today: date) -> list[Campaign]:
    """Campaigns that are booked or paused, not over, and reach any of these screens; by name."""
    found = campaigns_reaching(db, traits_with_banks(db, [placed_screen(screen) for screen in screens]))
    return [campaign for campaign in open_campaigns(db, today) if campaign.id in found and campaign.state in RUNNING]


def open_campaigns(db: Session, today: date) -> list[Campaign]:
    """Drafts and what is booked or paused, if not over by this day; by name."""
    going = (col(Campaign.state).in_(OPEN), plays_since(today))
    return list(db.exec(select(Campaign).where(*going).order_by(col(Campaign.name), col(Campaign.id))).all())


def placed_screen(screen: Screen) -> PlacedScreen:
    return PlacedScreen(*(getattr(screen, name) for name in PlacedScreen._fields))


def traits_with_banks(db: Session, places: Sequence[PlacedScreen]) -> list[frozenset[str]]:
    """Each screen's traits with those of its bank: a campaign that reaches one screen of a bank reaches all of it."""
    venues = select(Venue.id, Venue.venue_type).where(col(Venue.id).in_({place.venue_id for place in places}))
    types = dict(db.exec(venues).all())
    banks: dict[tuple[str, str], set[str]] = defaultdict(set)
    for screen in _banked_screens(db, {place.venue_id for place in places if place.bank}):
        banks[screen.venue_id, screen.bank or ""] |= traits_of(screen, types[screen.venue_id])
    shared = {bank: frozenset(traits) for bank, traits in banks.items()}
    return [
        traits_of(place, types[place.venue_id]) | shared.get((place.venue_id, place.bank or ""), frozenset())
        for place in places
    ]


def _banked_screens(db: Session, venue_ids: Collection[str]) -> Sequence[Screen]:
    if not venue_ids:
        return []
    in_use = (col(Screen.venue_id).in_(venue_ids), col(Screen.retired_at).is_(None), col(Screen.bank).is_not(None))
    return db.exec(select(Screen).where(*in_use)).all()
