"""What hangs on an advertiser or an offer, said before it is archived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, func, select

from server.accounts.models import ApiKey, Person
from server.campaigns.models import Campaign, CampaignCreative, CampaignState
from server.creatives.models import Creative, CreativeState

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
    campaigns = db.exec(
        select(Campaign).where(Campaign.advertiser_id == advertiser_id).order_by(col(Campaign.name), col(Campaign.id))
    ).all()
    going = (Creative.advertiser_id == advertiser_id, col(Creative.state) != CreativeState.ARCHIVED)
    people = (Person.advertiser_id == advertiser_id, col(Person.disabled_at).is_(None))
    keys = (ApiKey.advertiser_id == advertiser_id, col(ApiKey.revoked_at).is_(None))
    return AdvertiserUses(
        running=[one for one in campaigns if one.state in RUNNING and one.ends_on >= today],
        drafts=[one for one in campaigns if one.state is CampaignState.DRAFT],
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
        .where(col(Campaign.state).in_(RUNNING), col(Campaign.ends_on) >= today)
        .order_by(col(Campaign.name), col(Campaign.id))
    )
    return CouponUses(coupons, list({campaign.id: campaign for campaign in db.exec(running)}.values()))
