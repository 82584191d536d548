"""Advertisers and campaigns."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlmodel import Session

from server.accounts.rights import Right, require, restricted_to
from server.campaigns.advertisers import add_advertiser
from server.campaigns.book import delete_draft, draft_campaign, form_of
from server.campaigns.forms import BookingForm
from server.campaigns.lists import page_of_advertisers, page_of_campaigns
from server.campaigns.models import Campaign, CampaignState
from server.campaigns.reach import screens_reached
from server.campaigns.rides import long_spots
from server.campaigns.selling import Move
from server.context import reading, transaction
from server.db import utc_now
from server.web.identity.auth import actor, current_who, requires
from server.web.identity.campaign_access import own_campaign
from server.web.operator_api.blueprint import ArchivedQuery, Body, ListQuery, Out, bp, json_body, one, paged, read_query
from server.web.words.availability import selling


class AdvertiserOut(Out):
    id: str
    name: str
    category: str
    archived_at: datetime | None


class AdvertiserBody(Body):
    name: str = Field(min_length=1, max_length=120)
    category: str = Field("", max_length=40)


class CampaignsQuery(ListQuery):
    state: CampaignState | None = None


class CampaignOut(Out):
    """`booking` is the form that would book it again."""

    id: str
    state: CampaignState
    booked_at: datetime | None
    booking: BookingForm


class LongSpotOut(Out):
    """A creative that is longer than a typical ride, and on how many screens in cars; `ride_s` is the shortest."""

    creative_id: str
    title: str
    length_s: float
    ride_s: int
    screens: int


class WholeCampaignOut(CampaignOut):
    """`outlasts_ride` is worth a look; it keeps nothing from being booked."""

    outlasts_ride: list[LongSpotOut]


@bp.get("/advertisers")
@requires(Right.SEE_CAMPAIGNS)
def advertisers() -> ResponseReturnValue:
    """Advertisers by name."""
    query, own = read_query(ArchivedQuery), restricted_to(current_who(), "advertiser_id")
    with reading() as db:
        page = page_of_advertisers(db, query, advertiser_id=own, archived=query.archived)
    return paged("advertisers", AdvertiserOut, page)


@bp.post("/advertisers")
@requires(Right.EDIT_ADVERTISERS)
def create_advertiser() -> ResponseReturnValue:
    """Add an advertiser."""
    given = json_body(AdvertiserBody)
    with transaction() as db:
        advertiser = add_advertiser(db, **given.model_dump(), by=actor(), now=utc_now())
    return one(AdvertiserOut, advertiser, 201)


@bp.get("/campaigns")
@requires(Right.SEE_CAMPAIGNS)
def campaigns() -> ResponseReturnValue:
    """Campaigns, newest first."""
    query, own = read_query(CampaignsQuery), restricted_to(current_who(), "advertiser_id")
    with reading() as db:
        page = page_of_campaigns(db, query, advertiser_id=own, state=query.state)
        rows = [shown(db, campaign) for campaign, _advertiser in page]
    return paged("campaigns", CampaignOut, page.with_rows(rows))


@bp.post("/campaigns")
@requires(Right.EDIT_CAMPAIGNS)
def create_campaign() -> ResponseReturnValue:
    """Book a campaign, or with `?draft=1` keep it as a draft."""
    form = own_booking()
    if request.args.get("draft") == "1":
        with transaction() as db:
            campaign = draft_campaign(db, form, by=actor(), now=utc_now())
    else:
        with selling() as sales:
            campaign = sales.book(form, by=actor(), now=utc_now())
    return campaign_answer(campaign, 201)


@bp.get("/campaigns/<campaign_id>")
@requires(Right.SEE_CAMPAIGNS)
def campaign(campaign_id: str) -> ResponseReturnValue:
    """One campaign."""
    with reading() as db:
        campaign = own_campaign(db, campaign_id, Right.SEE_CAMPAIGNS)
    return campaign_answer(campaign)


@bp.put("/campaigns/<campaign_id>")
@requires(Right.EDIT_CAMPAIGNS)
def save_campaign(campaign_id: str) -> ResponseReturnValue:
    """Replace what was booked."""
    form = own_booking()
    with reading() as db:
        own_campaign(db, campaign_id, Right.EDIT_CAMPAIGNS)
    with selling() as sales:
        changed = sales.change(campaign_id, form, by=actor(), now=utc_now())
    return campaign_answer(changed)


@bp.post("/campaigns/<campaign_id>/<any(book, pause, resume, end):move>")
@requires(Right.EDIT_CAMPAIGNS)
def move_campaign(campaign_id: str, move: str) -> ResponseReturnValue:
    """Book a draft, pause, resume, or end for good."""
    with reading() as db:
        own_campaign(db, campaign_id, Right.EDIT_CAMPAIGNS)
    with selling() as sales:
        moved = sales.move(campaign_id, Move(move), by=actor(), now=utc_now())
    return campaign_answer(moved)


@bp.delete("/campaigns/<campaign_id>")
@requires(Right.EDIT_CAMPAIGNS)
def delete_campaign(campaign_id: str) -> ResponseReturnValue:
    """Delete a draft."""
    with transaction() as db:
        own_campaign(db, campaign_id, Right.EDIT_CAMPAIGNS)
        delete_draft(db, campaign_id, by=actor(), now=utc_now())
    return "", 204


def own_booking() -> BookingForm:
    """Who may book for one advertiser only is refused another's name."""
    form = json_body(BookingForm)
    require(current_who(), Right.EDIT_CAMPAIGNS, form)
    return form


def shown(db: Session, campaign: Campaign) -> dict[str, Any]:
    return campaign.model_dump() | {"booking": form_of(db, campaign.id)}


def campaign_answer(campaign: Campaign, status: int = 200) -> ResponseReturnValue:
    """One campaign with its booking and the creatives that outlast a ride."""
    with reading() as db:
        reached = screens_reached(db, campaign.id)
        fields = shown(db, campaign) | {"outlasts_ride": long_spots(db, form_of(db, campaign.id), reached)}
    return one(WholeCampaignOut, fields, status)
