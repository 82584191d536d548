"""Campaigns: draft, book, change, pause, resume, end. Each change queues a plan for every venue it touches."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlmodel import Session, col, delete, select, update

from server.accounts.audit import record
from server.campaigns.checks import check_bookable, check_draft, earliest_today
from server.campaigns.forms import BookingForm, DaypartForm, TargetForm, WeightedCreative
from server.campaigns.models import Campaign, CampaignCreative, CampaignHold, CampaignState, Daypart, Exclusion, Target
from server.campaigns.nights import plays_since
from server.campaigns.reach import venues_reached
from server.db import get_or_raise
from server.errors import Conflict, Missing
from server.screens.replan import bump_revision, queue_allotment

Part = TypeVar("Part", CampaignCreative, Daypart, Target, Exclusion)

PARTS = (CampaignCreative, Daypart, Target, Exclusion)

logger = logging.getLogger(__name__)


class NoCampaign(Missing):
    """There is no such campaign. Choose one from the list of campaigns."""


class WrongState(Conflict):
    """The campaign is in a state in which this cannot be done. Look at its state and decide again."""


def draft_campaign(db: Session, form: BookingForm, *, by: str | None, now: datetime) -> Campaign:
    """Store a booking that does not play yet."""
    check_draft(db, form)
    campaign = Campaign(**_values(form), created_by=by, created_at=now)
    db.add(campaign)
    db.flush()
    _write_parts(db, campaign.id, form)
    record(db, by, "campaign drafted", campaign.id, {"name": campaign.name}, now=now)
    return campaign


def book_campaign(db: Session, booking: BookingForm, *, by: str | None, now: datetime) -> Campaign:
    """Draft and book in one step; a booking that is refused leaves no draft behind."""
    check_bookable(db, booking, now=now)
    campaign = draft_campaign(db, booking, by=by, now=now)
    return book_draft(db, campaign.id, by=by, now=now)


def book_draft(db: Session, campaign_id: str, *, by: str | None, now: datetime) -> Campaign:
    """From here on it plays."""
    check_bookable(db, form_of(db, campaign_id), now=now)
    _move(db, campaign_id, CampaignState.BOOKED, of=[CampaignState.DRAFT], booked_at=now)
    return _record_change(db, campaign_id, "campaign booked", by=by, now=now)


def pause_campaign(db: Session, campaign_id: str, *, by: str | None, now: datetime) -> Campaign:
    _move(db, campaign_id, CampaignState.PAUSED, of=[CampaignState.BOOKED])
    return _record_change(db, campaign_id, "campaign paused", by=by, now=now)


def resume_campaign(db: Session, campaign_id: str, *, by: str | None, now: datetime) -> Campaign:
    check_bookable(db, form_of(db, campaign_id), now=now)
    _move(db, campaign_id, CampaignState.BOOKED, of=[CampaignState.PAUSED])
    return _record_change(db, campaign_id, "campaign resumed", by=by, now=now)


def end_campaign(db: Session, campaign_id: str, *, by: str | None, now: datetime) -> Campaign:
    """For good. Its plays stay in the report."""
    _move(db, campaign_id, CampaignState.ENDED, of=[CampaignState.DRAFT, CampaignState.BOOKED, CampaignState.PAUSED])
    return _record_change(db, campaign_id, "campaign ended", by=by, now=now)


def delete_draft(db: Session, campaign_id: str, *, by: str | None, now: datetime) -> None:
    """Only a draft can be deleted: a campaign that was booked once stays for its report. The audit log keeps the
    deletion."""
    campaign = campaign_of(db, campaign_id)
    holds = db.exec(delete(CampaignHold).where(col(CampaignHold.campaign_id) == campaign_id)).rowcount
    for part in PARTS:
        db.exec(delete(part).where(col(part.campaign_id) == campaign_id))
    draft = (col(Campaign.id) == campaign_id, col(Campaign.state) == CampaignState.DRAFT)
    if db.exec(delete(Campaign).where(*draft)).rowcount != 1:
        raise WrongState
    if holds:
        bump_revision(db)
    record(db, by, "draft deleted", campaign_id, {"name": campaign.name}, now=now)


def end_flown(db: Session, *, now: datetime) -> list[str]:
    """End the campaigns whose last day, with its night, is over in every zone.

    Nothing is planned anew: no timeline carries them any more.
    """
    flown = (
        col(Campaign.state).in_((CampaignState.BOOKED, CampaignState.PAUSED)),
        ~plays_since(earliest_today(db, now)),
    )
    ended = update(Campaign).where(*flown).values(state=CampaignState.ENDED).returning(col(Campaign.id))
    ids = sorted(db.exec(ended).scalars())
    for campaign_id in ids:
        record(db, None, "campaign ended", campaign_id, {"why": "its flight is over"}, now=now)
    return ids


def change_campaign(db: Session, campaign_id: str, form: BookingForm, *, by: str | None, now: datetime) -> Campaign:
    """Replace the terms of a campaign. A running campaign changes on its screens as soon as the plan does."""
    campaign = campaign_of(db, campaign_id)
    if campaign.state == CampaignState.BOOKED:
        check_bookable(db, form, now=now)
    else:
        check_draft(db, form)
    if campaign.state == CampaignState.ENDED:
        raise WrongState
    touched = venues_reached(db, campaign_id)
    _move(db, campaign_id, campaign.state, of=[campaign.state], **_values(form))
    for part in PARTS:
        db.exec(delete(part).where(col(part.campaign_id) == campaign_id))
    _write_parts(db, campaign_id, form)
    return _record_change(db, campaign_id, "campaign changed", by=by, now=now, also=touched)


def campaign_of(db: Session, campaign_id: str) -> Campaign:
    return get_or_raise(db, Campaign, campaign_id, NoCampaign)


def form_of(db: Session, campaign_id: str) -> BookingForm:
    """The campaign as the form that would book it again."""
    campaign = campaign_of(db, campaign_id)
    creatives = _parts(db, CampaignCreative, campaign_id)
    return BookingForm(
        name=campaign.name,
        advertiser_id=campaign.advertiser_id,
        creatives=tuple(WeightedCreative(creative_id=row.creative_id, weight=row.weight) for row in creatives),
        starts_on=campaign.starts_on,
        ends_on=campaign.ends_on,
        dayparts=tuple(
            DaypartForm(weekday=row.weekday, from_min=row.from_min, until_min=row.until_min)
            for row in _parts(db, Daypart, campaign_id)
        ),
        targets=tuple(TargetForm(kind=row.kind, value=row.value) for row in _parts(db, Target, campaign_id)),
        goal_kind=campaign.goal_kind,
        goal=campaign.goal,
        pace=campaign.pace,
        preemptible=campaign.preemptible,
        hourly=campaign.hourly,
        exclusions=tuple(TargetForm(kind=row.kind, value=row.value) for row in _parts(db, Exclusion, campaign_id)),
    )


def _parts(db: Session, part: type[Part], campaign_id: str) -> Sequence[Part]:
    return db.exec(select(part).where(col(part.campaign_id) == campaign_id).order_by(col(part.id))).all()


def _values(form: BookingForm) -> dict[str, Any]:
    of_row = {"name", "advertiser_id", "starts_on", "ends_on", "goal_kind", "goal", "pace", "preemptible", "hourly"}
    return form.model_dump(include=of_row)


def _write_parts(db: Session, campaign_id: str, form: BookingForm) -> None:
    db.add_all(CampaignCreative(campaign_id=campaign_id, **chosen.model_dump()) for chosen in form.creatives)
    db.add_all(Daypart(campaign_id=campaign_id, **part.model_dump()) for part in form.dayparts)
    db.add_all(Target(campaign_id=campaign_id, **target.model_dump()) for target in form.targets)
    db.add_all(Exclusion(campaign_id=campaign_id, **target.model_dump()) for target in form.exclusions)
    db.flush()


def _move(db: Session, campaign_id: str, state: CampaignState, *, of: list[CampaignState], **values: object) -> None:
    """One conditional UPDATE: of two changes of a campaign's state at once, the second raises WrongState."""
    campaign_of(db, campaign_id)
    here = (col(Campaign.id) == campaign_id, col(Campaign.state).in_(of))
    if db.exec(update(Campaign).where(*here).values(state=state, **values)).rowcount != 1:
        raise WrongState
    if state != CampaignState.DRAFT:  # the held room is booked now, or released
        db.exec(delete(CampaignHold).where(col(CampaignHold.campaign_id) == campaign_id))


def _record_change(
    db: Session, campaign_id: str, action: str, *, by: str | None, now: datetime, also: Iterable[str] = ()
) -> Campaign:
    campaign = campaign_of(db, campaign_id)
    db.refresh(campaign)
    queue_allotment(db, {*also, *venues_reached(db, campaign_id)}, now=now)
    record(db, by, action, campaign_id, {"name": campaign.name}, now=now)
    logger.info("%s campaign=%s", action, campaign_id)
    return campaign
