"""Advertisers and campaigns."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlmodel import Session

from server.accounts.rights import Right, held_to, require
from server.campaigns import book
from server.campaigns.advertisers import add_advertiser
from server.campaigns.book import book_campaign, campaign_of, change_campaign, delete_draft, draft_campaign, form_of
from server.campaigns.forms import BookingForm
from server.campaigns.lists import page_of_advertisers, page_of_campaigns
from server.campaigns.models import Campaign, CampaignState
from server.campaigns.reach import screens_reached
from server.campaigns.rides import long_spots
from server.db import utc_now
from server.web.auth import actor, current_who, needs
from server.web.context import reading, transaction
from server.web.desk import move_sold, sell, sell_change
from server.web.operator_api.blueprint import ArchivedQuery, Body, ListQuery, Out, asked, bp, json_body, one, paged

MOVES = {
    "book": book.book_draft,
    "pause": book.pause_campaign,
    "resume": book.resume_campaign,
    "end": book.end_campaign,
}


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
@needs(Right.SEE_CAMPAIGNS)
def advertisers() -> ResponseReturnValue:
    """Advertisers by name."""
    query, own = asked(ArchivedQuery), held_to(current_who(), "advertiser_id")
    with reading() as db:
        page = page_of_advertisers(db, query, advertiser_id=own, archived=query.archived)
    return paged("advertisers", AdvertiserOut, page)


@bp.post("/advertisers")
@needs(Right.EDIT_ADVERTISERS)
def create_advertiser() -> ResponseReturnValue:
    """Add an advertiser."""
    given = json_body(AdvertiserBody)
    with transaction() as db:
        advertiser = add_advertiser(db, **given.model_dump(), by=actor(), now=utc_now())
    return one(AdvertiserOut, advertiser, 201)


@bp.get("/campaigns")
@needs(Right.SEE_CAMPAIGNS)
def campaigns() -> ResponseReturnValue:
    """Campaigns, newest first."""
    query, own = asked(CampaignsQuery), held_to(current_who(), "advertiser_id")
    with reading() as db:
        page = page_of_campaigns(db, query, advertiser_id=own, state=query.state)
        rows = [shown(db, campaign) for campaign, _advertiser in page]
    return paged("campaigns", CampaignOut, page.with_rows(rows))


@bp.post("/campaigns")
@needs(Right.EDIT_CAMPAIGNS)
def create_campaign() -> ResponseReturnValue:
    """Book a campaign, or with `?draft=1` keep it as a draft."""
    form = own_booking()
    if request.args.get("draft") == "1":
        with transaction() as db:
            made = whole(db, draft_campaign(db, form, by=actor(), now=utc_now()))
    else:
        made = sell(form, lambda db: whole(db, book_campaign(db, form, by=actor(), now=utc_now())), now=utc_now())
    return one(WholeCampaignOut, made, 201)


@bp.get("/campaigns/<campaign_id>")
@needs(Right.SEE_CAMPAIGNS)
def campaign(campaign_id: str) -> ResponseReturnValue:
    """One campaign."""
    with reading() as db:
        return one(WholeCampaignOut, whole(db, own_campaign(db, campaign_id, Right.SEE_CAMPAIGNS)))


@bp.put("/campaigns/<campaign_id>")
@needs(Right.EDIT_CAMPAIGNS)
def save_campaign(campaign_id: str) -> ResponseReturnValue:
    """Replace what was booked."""
    form = own_booking()
    with reading() as db:
        own_campaign(db, campaign_id, Right.EDIT_CAMPAIGNS)
    change = lambda db: whole(db, change_campaign(db, campaign_id, form, by=actor(), now=utc_now()))  # noqa: E731
    changed = sell_change(campaign_id, form, change, now=utc_now())
    return one(WholeCampaignOut, changed)


@bp.post("/campaigns/<campaign_id>/<any(book, pause, resume, end):move>")
@needs(Right.EDIT_CAMPAIGNS)
def move_campaign(campaign_id: str, move: str) -> ResponseReturnValue:
    """Book a draft, pause, resume, or end for good."""
    with reading() as db:
        own_campaign(db, campaign_id, Right.EDIT_CAMPAIGNS)
    write = lambda db: whole(db, MOVES[move](db, campaign_id, by=actor(), now=utc_now()))  # noqa: E731
    moved = move_sold(campaign_id, move, write, now=utc_now())
    return one(WholeCampaignOut, moved)


@bp.delete("/campaigns/<campaign_id>")
@needs(Right.EDIT_CAMPAIGNS)
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


def own_campaign(db: Session, campaign_id: str, right: Right) -> Campaign:
    campaign = campaign_of(db, campaign_id)
    require(current_who(), right, campaign)
    return campaign


def shown(db: Session, campaign: Campaign) -> dict[str, Any]:
    return campaign.model_dump() | {"booking": form_of(db, campaign.id)}


def whole(db: Session, campaign: Campaign) -> dict[str, Any]:
    reached = screens_reached(db, campaign.id)
    return shown(db, campaign) | {"outlasts_ride": long_spots(db, form_of(db, campaign.id), reached)}
