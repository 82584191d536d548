"""The free capacity before something is booked, and holds of capacity for drafts."""

from __future__ import annotations

from datetime import date, datetime

from flask.typing import ResponseReturnValue
from pydantic import Field

from server.accounts.rights import Right, require
from server.campaigns.availability_messages import AvailabilityQuery
from server.campaigns.checks import check_draft
from server.campaigns.forms import BookingForm
from server.campaigns.holds import HOURS, MOST_HOURS, release_hold
from server.campaigns.models import GoalKind
from server.context import reading, services, transaction
from server.db import utc_now
from server.web.identity.auth import actor, current_who, requires
from server.web.identity.campaign_access import own_campaign
from server.web.operator_api.blueprint import Body, Out, bp, json_body, one
from server.web.words.availability import fitting_words, free_words, selling


class RoomBody(BookingForm):
    """A booking that may never be made; `instead_of` is the campaign that it would change."""

    instead_of: str | None = Field(default=None, max_length=26)


class RoomOut(Out):
    """asked, free, nearest: percent (share, takeover), plays a day of each screen (plays_per_day), plays or impressions
    of the flight. `free` is at least so much, or just so much if `exact`. `nearest` is the largest goal that fits;
    `nearest_end` the first later end of the flight by which all of it fits; `tight_on` the day that has least.
    """

    goal_kind: GoalKind
    screens: int
    asked: float
    free: float
    fits: bool
    exact: bool
    nearest: float | None
    nearest_end: date | None
    tight_on: date | None
    message: str
    remedy: str


class HoldBody(Body):
    hours: int = Field(HOURS, ge=1, le=MOST_HOURS)


class HoldOut(Out):
    campaign_id: str
    until_at: datetime
    placed_at: datetime


@bp.post("/campaigns/availability")
@requires(Right.EDIT_CAMPAIGNS)
def availability() -> ResponseReturnValue:
    """The free capacity for a booking, and whether it fits; nothing is booked."""
    given = json_body(RoomBody)
    form = BookingForm(**given.model_dump(exclude={"instead_of"}))
    require(current_who(), Right.EDIT_CAMPAIGNS, form)
    with reading() as db:
        if given.instead_of:
            own_campaign(db, given.instead_of, Right.EDIT_CAMPAIGNS)
        check_draft(db, form)
    answer = services().query_availability(AvailabilityQuery(form=form, instead_of=given.instead_of))
    words = {"message": free_words(answer), "remedy": "" if answer.fits else fitting_words(answer)}
    return one(RoomOut, answer.model_dump() | words)


@bp.post("/campaigns/<campaign_id>/hold")
@requires(Right.EDIT_CAMPAIGNS)
def hold(campaign_id: str) -> ResponseReturnValue:
    """Hold capacity for a draft until the hold lapses; repeat the request to hold it longer."""
    hours = json_body(HoldBody).hours
    with reading() as db:
        own_campaign(db, campaign_id, Right.EDIT_CAMPAIGNS)
    with selling() as sales:
        placed = sales.hold(campaign_id, hours=hours, by=actor(), now=utc_now())
    return one(HoldOut, placed, 201)


@bp.delete("/campaigns/<campaign_id>/hold")
@requires(Right.EDIT_CAMPAIGNS)
def release(campaign_id: str) -> ResponseReturnValue:
    """Let a hold go before it lapses."""
    with transaction() as db:
        own_campaign(db, campaign_id, Right.EDIT_CAMPAIGNS)
        release_hold(db, campaign_id, by=actor(), now=utc_now())
    return "", 204
