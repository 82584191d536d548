"""Shows the free capacity while a booking is typed, and holds capacity for drafts."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from server.accounts.rights import Right, require
from server.campaigns.availability_messages import AvailabilityQuery
from server.campaigns.checks import check_draft
from server.campaigns.forms import BookingForm
from server.campaigns.holds import HOURS, MOST_HOURS, hold_of, release_hold
from server.campaigns.models import Campaign, CampaignHold
from server.context import reading, services, transaction
from server.db import utc_now
from server.errors import LiftcastError
from server.web.console.blueprint import bp
from server.web.console.moves import moved_to
from server.web.console.sales.campaigns import read_booking
from server.web.console.sales.weekly import UnreadableDayparts
from server.web.forms import typed_values
from server.web.identity.auth import actor, current_who, requires
from server.web.identity.campaign_access import own_campaign
from server.web.words.availability import fitting_words, free_words, selling
from server.web.words.language import say as _

# A name decides nothing, so the figure is shown before there is one.
NAMELESS = "–"


class HoldForm(BaseModel):
    model_config = ConfigDict(frozen=True)

    hours: int = Field(default=HOURS, ge=1, le=MOST_HOURS)


@bp.post("/campaigns/room")
@requires(Right.EDIT_CAMPAIGNS)
def show_availability() -> ResponseReturnValue:
    """Part of the booking page, requested with every change of the form."""
    try:
        form = BookingForm.model_validate({"name": NAMELESS} | read_booking())
    except ValidationError:
        return render_template("console/_available.html")
    except UnreadableDayparts as error:
        return render_template("console/_available.html", trouble=error)
    require(current_who(), Right.EDIT_CAMPAIGNS, form)
    instead_of = request.args.get("campaign") or None
    try:
        with reading() as db:
            if instead_of:
                own_campaign(db, instead_of, Right.EDIT_CAMPAIGNS)
            check_draft(db, form)
        answer = services().query_availability(AvailabilityQuery(form=form, instead_of=instead_of))
    except LiftcastError as error:
        return render_template("console/_available.html", trouble=error)
    words = {"free": free_words(answer), "fits": fitting_words(answer)}
    return render_template("console/_available.html", answer=answer, bonus=form.preemptible, **words)


@bp.post("/campaigns/<campaign_id>/hold")
@requires(Right.EDIT_CAMPAIGNS)
def hold_campaign(campaign_id: str) -> ResponseReturnValue:
    with reading() as db:
        own_campaign(db, campaign_id, Right.EDIT_CAMPAIGNS)
    hours = HoldForm.model_validate(typed_values()).hours
    with selling() as sales:
        sales.hold(campaign_id, hours=hours, by=actor(), now=utc_now())
    message = _("Held; nobody else can book this capacity until then.")
    return moved_to("console.campaign", message, campaign_id=campaign_id)


@bp.post("/campaigns/<campaign_id>/release")
@requires(Right.EDIT_CAMPAIGNS)
def release_campaign(campaign_id: str) -> ResponseReturnValue:
    with transaction() as db:
        own_campaign(db, campaign_id, Right.EDIT_CAMPAIGNS)
        release_hold(db, campaign_id, by=actor(), now=utc_now())
    return moved_to("console.campaign", _("Released; others can book this capacity now."), campaign_id=campaign_id)


@bp.context_processor
def holding() -> dict[str, object]:
    return {"hold_on": hold_on, "hold_hours": HOURS, "most_hold_hours": MOST_HOURS}


def hold_on(campaign: Campaign) -> CampaignHold | None:
    with reading() as db:
        return hold_of(db, campaign.id, now=utc_now())
