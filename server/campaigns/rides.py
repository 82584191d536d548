"""Spots that last longer than the rides of the cars in which they play: a warning at booking, which is allowed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session, col, select

from server.campaigns.forms import BookingForm
from server.campaigns.reach import PlacedScreen
from server.creatives.models import Creative
from server.screens.models import ScreenKind, Venue


@dataclass(frozen=True)
class LongSpot:
    """A creative, and on how many screens in cars a typical ride is shorter; `ride_s` is the shortest of these."""

    creative_id: str
    title: str
    length_s: float
    ride_s: int
    screens: int


def long_spots(db: Session, form: BookingForm, reached: Iterable[PlacedScreen]) -> list[LongSpot]:
    """The long spots of a booking on the screens that it reaches, in the order of its creatives."""
    rides = dict(db.exec(select(Venue.id, Venue.ride_s)).all())
    cars = [rides[screen.venue_id] for screen in reached if screen.kind == ScreenKind.CAR]
    chosen = [weighted.creative_id for weighted in form.creatives]
    creatives = {creative.id: creative for creative in db.exec(select(Creative).where(col(Creative.id).in_(chosen)))}
    found = (_outlasting(creatives[id_], cars) for id_ in chosen if id_ in creatives)
    return [spot for spot in found if spot.screens]


def _outlasting(creative: Creative, rides: list[int]) -> LongSpot:
    shorter = [ride_s for ride_s in rides if creative.length_ms > ride_s * 1000]
    length_s = creative.length_ms / 1000
    return LongSpot(creative.id, creative.title, length_s, min(shorter, default=0), len(shorter))
