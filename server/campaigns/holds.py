"""Holds: capacity reserved for a draft, as if it were booked, until the hold lapses, is released or the draft is
booked."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select

from server.accounts.audit import record
from server.campaigns.book import WrongState, campaign_of, form_of
from server.campaigns.checks import check_draft
from server.campaigns.models import Campaign, CampaignHold, CampaignState
from server.errors import Conflict, Invalid
from server.screens.replan import bump_revision

HOURS = 48
MOST_HOURS = 14 * 24

logger = logging.getLogger(__name__)


class BadHold(Invalid):
    """A hold lasts from one hour to 14 days. Choose a time between."""


class NotHeld(Conflict):
    """Nothing is held for this campaign any more. Hold it again, or book it."""


def hold_draft(db: Session, campaign_id: str, *, hours: int = HOURS, by: str | None, now: datetime) -> CampaignHold:
    """Reserve capacity that was found free; an existing hold begins anew.

    The caller's transaction raises the network's revision."""
    if not 1 <= hours <= MOST_HOURS:
        raise BadHold
    if campaign_of(db, campaign_id).state != CampaignState.DRAFT:
        raise WrongState
    check_draft(db, form_of(db, campaign_id))
    drop_hold(db, campaign_id)
    hold = CampaignHold(campaign_id=campaign_id, until_at=now + timedelta(hours=hours), placed_by=by, placed_at=now)
    db.add(hold)
    db.flush()
    record(db, by, "campaign held", campaign_id, {"until": hold.until_at.isoformat()}, now=now)
    logger.info("campaign held campaign=%s hours=%d", campaign_id, hours)
    return hold


def release_hold(db: Session, campaign_id: str, *, by: str | None, now: datetime) -> None:
    campaign_of(db, campaign_id)
    if hold_of(db, campaign_id, now=now) is None or not drop_hold(db, campaign_id):
        raise NotHeld
    bump_revision(db)
    record(db, by, "hold released", campaign_id, now=now)


def drop_hold(db: Session, campaign_id: str) -> bool:
    return bool(db.exec(delete(CampaignHold).where(col(CampaignHold.campaign_id) == campaign_id)).rowcount)


def hold_of(db: Session, campaign_id: str, *, now: datetime) -> CampaignHold | None:
    """The hold, unless it lapsed or its campaign is no draft any more."""
    return next((hold for hold in holds(db, now=now) if hold.campaign_id == campaign_id), None)


def holds(db: Session, *, now: datetime) -> list[CampaignHold]:
    """The holds in force, oldest first."""
    of_drafts = select(CampaignHold).join(Campaign, col(Campaign.id) == col(CampaignHold.campaign_id))
    in_force = (col(Campaign.state) == CampaignState.DRAFT, col(CampaignHold.until_at) > now)
    return list(db.exec(of_drafts.where(*in_force).order_by(col(CampaignHold.id))).all())
