"""Campaigns: the list, the booking form, and what can be done with what was booked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from server.accounts.rights import Right, restricted_to
from server.campaigns.advertisers import advertiser_of, advertisers
from server.campaigns.book import delete_draft, draft_campaign, form_of
from server.campaigns.checks import latest_date
from server.campaigns.forms import BookingForm, TargetForm
from server.campaigns.lists import page_of_campaigns
from server.campaigns.models import Campaign, CampaignState, GoalKind
from server.campaigns.reach import screens_reached
from server.campaigns.rides import long_spots
from server.campaigns.selling import Move
from server.context import reading, transaction
from server.db import utc_now
from server.paging import PageRequest
from server.screens.lists import screens_without_box
from server.web.console.blueprint import bp
from server.web.console.moves import moved_to
from server.web.console.sales.creative_picker import creative_picker
from server.web.console.sales.places import FIELDS, picker_of, searched_field
from server.web.console.sales.weekly import dayparts_of, lines_of
from server.web.forms import Typed, answer_form, read_query, shown_values, typed_values
from server.web.identity.auth import actor, current_who, requires
from server.web.identity.campaign_access import own_campaign
from server.web.words.availability import selling
from server.web.words.language import say as _

# Fields of the form that are fields of the booking.
PLAIN_FIELDS = ("name", "starts_on", "ends_on", "goal_kind", "goal", "pace", "hourly", "preemptible")
NAME_CHARS = 120


class CampaignsQuery(PageRequest):
    state: CampaignState | None = None


@bp.get("/campaigns")
@requires(Right.SEE_CAMPAIGNS)
def campaigns() -> ResponseReturnValue:
    query, own = read_query(CampaignsQuery), restricted_to(current_who(), "advertiser_id")
    with reading() as db:
        page = page_of_campaigns(db, query, advertiser_id=own, state=query.state)
        some_advertiser = bool(own) or bool(advertisers(db))
    return render_template("console/campaigns.html", page=page, query=query, some_advertiser=some_advertiser)


@bp.get("/campaigns/new")
@requires(Right.EDIT_CAMPAIGNS)
def new_campaign() -> ResponseReturnValue:
    """Empty, or a copy of the campaign that `?copy=` names: all but its flight, if that is over."""
    if copied := request.args.get("copy"):
        with reading() as db:
            own_campaign(db, copied, Right.EDIT_CAMPAIGNS)
            form = form_of(db, copied)
        return booking_page(Typed(copied_booking(form)))
    fresh = {"goal_kind": "share", "goal": 10, "targets": ["all"], "advertiser_id": _chosen_advertiser()}
    return booking_page(Typed(fresh))


@bp.post("/campaigns/new")
@requires(Right.EDIT_CAMPAIGNS)
def create_campaign() -> ResponseReturnValue:
    if searched_field():
        return booking_page(Typed(shown_values()))

    def done(form: BookingForm) -> ResponseReturnValue:
        drafted = request.form.get("do") == "draft"
        message = _("Kept as a draft.") if drafted else _("Booked; it is planned now.")
        if drafted:
            with transaction() as db:
                campaign = draft_campaign(db, form, by=actor(), now=utc_now())
        else:
            with selling() as sales:
                campaign = sales.book(form, by=actor(), now=utc_now())
        return moved_to("console.campaign", message, campaign_id=campaign.id)

    return answer_form(BookingForm, done=done, again=booking_page, read=read_booking)


@bp.get("/campaigns/<campaign_id>")
@requires(Right.SEE_CAMPAIGNS)
def campaign(campaign_id: str) -> ResponseReturnValue:
    with reading() as db:
        campaign = own_campaign(db, campaign_id, Right.SEE_CAMPAIGNS)
        typed = Typed(written_booking(form_of(db, campaign_id)))
    return booking_page(typed, campaign)


@bp.post("/campaigns/<campaign_id>")
@requires(Right.EDIT_CAMPAIGNS)
def save_campaign(campaign_id: str) -> ResponseReturnValue:
    with reading() as db:
        campaign = own_campaign(db, campaign_id, Right.EDIT_CAMPAIGNS)
    if searched_field():
        return booking_page(Typed(shown_values()), campaign)

    def done(form: BookingForm) -> ResponseReturnValue:
        with selling() as sales:
            sales.change(campaign_id, form, by=actor(), now=utc_now())
        return moved_to("console.campaign", _("Saved; the screens follow within a minute."), campaign_id=campaign_id)

    again: Callable[[Typed], str] = lambda typed: booking_page(typed, campaign)  # noqa: E731
    return answer_form(BookingForm, done=done, again=again, read=read_booking)


@bp.post("/campaigns/<campaign_id>/<any(book, pause, resume, end):move>")
@requires(Right.EDIT_CAMPAIGNS)
def move_campaign(campaign_id: str, move: str) -> ResponseReturnValue:
    with reading() as db:
        own_campaign(db, campaign_id, Right.EDIT_CAMPAIGNS)
    with selling() as sales:
        sales.move(campaign_id, Move(move), by=actor(), now=utc_now())
    return moved_to("console.campaign", _("Done; the screens follow within a minute."), campaign_id=campaign_id)


@bp.post("/campaigns/<campaign_id>/delete")
@requires(Right.EDIT_CAMPAIGNS)
def delete_campaign(campaign_id: str) -> ResponseReturnValue:
    with transaction() as db:
        own_campaign(db, campaign_id, Right.EDIT_CAMPAIGNS)
        delete_draft(db, campaign_id, by=actor(), now=utc_now())
    return moved_to("console.campaigns", _("The draft is deleted."))


def booking_page(typed: Typed, campaign: Campaign | None = None) -> str:
    """First the advertiser, then a form with that advertiser's creatives."""
    own = restricted_to(current_who(), "advertiser_id")
    advertiser_id = campaign.advertiser_id if campaign else own or str(typed["advertiser_id"] or "")
    with reading() as db:
        form = form_of(db, campaign.id) if campaign else None
        reached = screens_reached(db, campaign.id) if campaign else []
        shown: dict[str, Any] = {
            "advertisers": [advertiser for advertiser in advertisers(db) if own in (None, advertiser.id)],
            "advertiser": advertiser_of(db, advertiser_id) if advertiser_id else None,
            "creative_picker": creative_picker(db, typed, advertiser_id) if advertiser_id else None,
            "pickers": {field: picker_of(db, typed, field) for field in FIELDS} if advertiser_id else {},
            "long_spots": long_spots(db, form, reached) if form else [],
            "reached": len(reached) if campaign else None,
            "without_box": screens_without_box(db, [screen.id for screen in reached]),
        }
    return render_template("console/campaign.html", typed=typed, campaign=campaign, **shown)


def _chosen_advertiser() -> str:
    return restricted_to(current_who(), "advertiser_id") or request.args.get("advertiser", "")


# --- between the form's fields and the booking


def read_booking() -> dict[str, Any]:
    """An advertiser's person books for that advertiser only; the form's advertiser is ignored."""
    values = typed_values()
    fields = {name: values[name] for name in PLAIN_FIELDS if name in values}
    if fields.get("goal_kind") == GoalKind.TAKEOVER:
        fields["goal"] = 100
    return fields | {
        "advertiser_id": restricted_to(current_who(), "advertiser_id") or values.get("advertiser_id", ""),
        "creatives": [
            {"creative_id": id_, "weight": values.get(f"weight_{id_}", 1)} for id_ in values.get("creatives", [])
        ],
        "dayparts": dayparts_of(values),
        "targets": [target_of(chosen) for chosen in values.get("targets", [])],
        "exclusions": [target_of(chosen) for chosen in values.get("exclusions", [])],
    }


def target_of(chosen: str) -> dict[str, str]:
    kind, _colon, value = chosen.partition(":")
    return {"kind": kind, "value": value}


def written_place(place: TargetForm) -> str:
    return f"{place.kind.value}:{place.value}".rstrip(":")


def copied_booking(form: BookingForm) -> dict[str, Any]:
    """Under another name; days that are over are left to be chosen."""
    flight = {} if form.ends_on >= latest_date(utc_now()) else {"starts_on": "", "ends_on": ""}
    return written_booking(form) | {"name": _("Copy of %(name)s", name=form.name)[:NAME_CHARS]} | flight


def written_booking(form: BookingForm) -> dict[str, Any]:
    return {
        "name": form.name,
        "advertiser_id": form.advertiser_id,
        "starts_on": form.starts_on.isoformat(),
        "ends_on": form.ends_on.isoformat(),
        "goal_kind": form.goal_kind.value,
        "goal": f"{form.goal:.12g}",
        "pace": form.pace.value,
        "hourly": form.hourly,
        "preemptible": form.preemptible,
        "creatives": [chosen.creative_id for chosen in form.creatives],
        **{f"weight_{chosen.creative_id}": chosen.weight for chosen in form.creatives},
        **lines_of(form.dayparts),
        "targets": [written_place(place) for place in form.targets],
        "exclusions": [written_place(place) for place in form.exclusions],
    }
