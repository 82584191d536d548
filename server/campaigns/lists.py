"""Campaigns as pages list them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session, col, select

from server.campaigns.models import Advertiser, Campaign, CampaignCreative, CampaignState
from server.campaigns.reach import screens_in_use, screens_named, targets_by_campaign


@dataclass(frozen=True)
class ListedCampaign:
    """A campaign with its advertiser, and on how many screens it plays now."""

    campaign: Campaign
    advertiser: Advertiser
    creatives: tuple[CampaignCreative, ...]
    screens: int


def listed_campaigns(
    db: Session, *, states: Iterable[CampaignState] | None = None, advertiser_id: str | None = None
) -> list[ListedCampaign]:
    """Newest first."""
    query = select(Campaign, Advertiser).join(Advertiser, col(Advertiser.id) == col(Campaign.advertiser_id))
    if states is not None:
        query = query.where(col(Campaign.state).in_(list(states)))
    if advertiser_id is not None:
        query = query.where(col(Campaign.advertiser_id) == advertiser_id)
    rows = db.exec(query.order_by(col(Campaign.id).desc())).all()
    ids = [campaign.id for campaign, _ in rows]
    targets, creatives, screens = targets_by_campaign(db, ids), _creatives(db, ids), screens_in_use(db)
    return [
        ListedCampaign(campaign, advertiser, creatives[campaign.id], len(screens_named(targets[campaign.id], screens)))
        for campaign, advertiser in rows
    ]


def _creatives(db: Session, campaign_ids: list[str]) -> dict[str, tuple[CampaignCreative, ...]]:
    found: dict[str, tuple[CampaignCreative, ...]] = defaultdict(tuple)
    rows = select(CampaignCreative).where(col(CampaignCreative.campaign_id).in_(campaign_ids))
    for row in db.exec(rows.order_by(col(CampaignCreative.id))):
        found[row.campaign_id] = (*found[row.campaign_id], row)
    return found
