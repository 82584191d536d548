"""The messages between the web and the availability service (`liftcast-server desk`), which answers on loopback."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date

from pydantic import BaseModel, ConfigDict

from server.campaigns.forms import BookingForm
from server.campaigns.models import GoalKind
from server.errors import Conflict

HOST, QUERY_PATH = "127.0.0.1", "/spare"


class NoRoom(Conflict):
    """So much is not free in that flight. Ask for less, choose more screens, hours or days, or another flight."""


class AvailabilityQuery(BaseModel):
    """Would this booking fit?

    instead_of: the campaign that it would change, whose own plays count as free · newest: answer from the present
    state, because the form is about to be booked; otherwise a state some moments old will do
    """

    model_config = ConfigDict(frozen=True)

    form: BookingForm
    instead_of: str | None = None
    newest: bool = False


class AvailabilityAnswer(BaseModel):
    """The free capacity for a booking, at this revision of the network.

    asked, free, nearest: percent (share), plays a day of each screen (plays_per_day), plays or impressions of the
    flight. `free` is exact if `exact` is true, and a lower bound otherwise · nearest: the largest goal that fits the
    flight · nearest_end: the earliest later end of the flight by which the goal fits · tight_on: the day with the least
    """

    model_config = ConfigDict(frozen=True)

    revision: int
    goal_kind: GoalKind
    screens: int
    asked: float
    free: float
    fits: bool
    exact: bool
    nearest: float | None = None
    nearest_end: date | None = None
    tight_on: date | None = None


def shared_key(secret_key: str) -> str:
    """The bearer token by which the service knows the web of the same server."""
    return hmac.new(secret_key.encode(), b"liftcast booking desk", hashlib.sha256).hexdigest()
