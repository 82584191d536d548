"""The planner's booking of a form that is not booked, and may never be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlmodel import Session, col, select

from media.item_ids import item_id
from media.wire.timeline import Item
from server.allotment.bookings import BookedCampaign, booking_of
from server.campaigns.advertisers import advertiser_of
from server.campaigns.forms import BookingForm
from server.campaigns.models import Campaign, CampaignCreative, Daypart
from server.campaigns.reach import barred_traits, targeted_traits
from server.creatives.models import Creative
from server.errors import Conflict
from server.planner.model.problem import Booking
from server.settings import Settings

PARTS = {"creatives", "dayparts", "targets", "exclusions"}


class LengthUnknown(Conflict):
    """How long these creatives are is not known yet. Wait until they are processed, then ask again."""


@dataclass(frozen=True)
class Length:
    """The part of an item that a booking uses: creatives of a draft may still be processed, and have no item yet."""

    length_ms: int


def booking_of_form(db: Session, form: BookingForm, id_: str, *, settings: Settings, now: datetime) -> Booking:
    chosen = [creative.creative_id for creative in form.creatives]
    known = db.exec(select(Creative.id, Creative.length_ms).where(col(Creative.id).in_(chosen))).all()
    lengths = {item_id(creative_id, id_): Length(length_ms) for creative_id, length_ms in known if length_ms}
    booked = BookedCampaign(
        campaign=Campaign(id=id_, booked_at=now, created_at=now, **form.model_dump(exclude=PARTS)),
        category=advertiser_of(db, form.advertiser_id).category,
        creatives=tuple(CampaignCreative(campaign_id=id_, **creative.model_dump()) for creative in form.creatives),
        dayparts=tuple(Daypart(campaign_id=id_, **part.model_dump()) for part in form.dayparts),
        targets=targeted_traits(form.targets),
        barred=barred_traits(form.exclusions),
    )
    booking = booking_of(booked, cast(Mapping[str, Item], lengths), slot_ms=settings.slot_ms)
    if booking is None:
        raise LengthUnknown
    return booking
