"""Where a creative is used, and the advertiser that owns it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, or_, select, update

from server.campaigns.advertisers import advertiser_of
from server.campaigns.models import Campaign, CampaignCreative, CampaignState, HouseContent, NoticeRun
from server.creatives.archive import NoSuchCreative
from server.creatives.kinds import KINDS
from server.creatives.models import Creative
from server.db import get_or_raise
from server.errors import Conflict
from server.screens.models import Venue


class NotForAdvertisers(Conflict):
    """An emergency text or a building's card belongs to no advertiser. Choose another creative."""


class UsedByCampaigns(Conflict):
    """Campaigns of its advertiser use this creative. Take it out of them first."""


@dataclass(frozen=True)
class Uses:
    """Campaigns, the newest first · house: the venues whose house content has it, None for the network's · notices:
    venues in which it runs, or will · coupons: whose cards have its picture"""

    campaigns: list[Campaign]
    house: list[Venue | None]
    notices: list[Venue]
    coupons: list[Creative]

    def __bool__(self) -> bool:
        return bool(self.campaigns or self.house or self.notices or self.coupons)


def uses_of(db: Session, creative: Creative, *, now: datetime) -> Uses:
    campaigns = select(Campaign).join(CampaignCreative).where(CampaignCreative.creative_id == creative.id)
    house = select(HouseContent, Venue).join(Venue, isouter=True).where(HouseContent.creative_id == creative.id)
    alive = or_(col(NoticeRun.until_at).is_(None), col(NoticeRun.until_at) > now)
    notices = select(Venue).join(NoticeRun).where(NoticeRun.creative_id == creative.id, alive).order_by(Venue.name)
    return Uses(
        campaigns=list(db.exec(campaigns.order_by(col(Campaign.id).desc()))),
        house=[venue for _row, venue in db.exec(house.order_by(Venue.name))],
        notices=list(db.exec(notices)),
        coupons=_coupons_with(db, creative),
    )


def _coupons_with(db: Session, creative: Creative) -> list[Creative]:
    if creative.kind != "image":
        return []
    same_picture = (Creative.kind == "coupon", Creative.original_digest == creative.original_digest)
    return list(db.exec(select(Creative).where(*same_picture).order_by(col(Creative.id))))


def give_creative(db: Session, creative_id: str, advertiser_id: str | None) -> Creative:
    """To another advertiser, or (None) to the network. A campaign shows creatives of its advertiser alone."""
    creative = get_or_raise(db, Creative, creative_id, NoSuchCreative)
    if creative.advertiser_id == advertiser_id:
        return creative
    if not KINDS[creative.kind].is_booked:
        raise NotForAdvertisers
    if advertiser_id is not None:
        advertiser_of(db, advertiser_id)
    used = (
        select(CampaignCreative.id)
        .join(Campaign, col(Campaign.id) == col(CampaignCreative.campaign_id))
        .where(CampaignCreative.creative_id == creative_id, Campaign.state != CampaignState.ENDED)
    )
    unused = (col(Creative.id) == creative_id, ~used.exists())
    venue_id = creative.venue_id if advertiser_id is None else None
    if db.exec(update(Creative).where(*unused).values(advertiser_id=advertiser_id, venue_id=venue_id)).rowcount != 1:
        raise UsedByCampaigns
    db.refresh(creative)
    return creative
