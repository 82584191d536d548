"""Campaigns that the signed-in person may see or change."""

from __future__ import annotations

from sqlmodel import Session

from server.accounts.rights import Right, require
from server.campaigns.book import campaign_of
from server.campaigns.models import Campaign
from server.web.identity.auth import current_who


def own_campaign(db: Session, campaign_id: str, right: Right) -> Campaign:
    """The campaign, if this person has the right to it. Raises NoCampaign or Denied."""
    campaign = campaign_of(db, campaign_id)
    require(current_who(), right, campaign)
    return campaign
