"""Campaigns as lists show them."""

from __future__ import annotations

from sqlmodel import Session, col, select

from server.campaigns.models import Advertiser, Campaign


def listed_campaigns(db: Session, *, advertiser_id: str | None = None) -> list[tuple[Campaign, Advertiser]]:
    """Newest first; of one advertiser, or of all."""
    both = select(Campaign, Advertiser).join(Advertiser, col(Advertiser.id) == col(Campaign.advertiser_id))
    wanted = both.order_by(col(Campaign.id).desc())
    if advertiser_id is not None:
        wanted = wanted.where(Campaign.advertiser_id == advertiser_id)
    return list(db.exec(wanted))
