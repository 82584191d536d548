"""Messages on loopback between the web and the availability process: how much of the network is still free."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date

from pydantic import BaseModel, ConfigDict

from server.campaigns.forms import BookingForm
from server.campaigns.models import GoalKind
from server.errors import Conflict

HOST, ASKED_AT = "127.0.0.1", "/spare"


class NoRoom(Conflict):
    """So much is not free in that flight. Ask for less, choose more screens, hours or days, or another flight."""


class Ask(BaseModel):
    """instead_of: the campaign that this form would change; its own plays count as free · newest: the answer must be of
    this moment, because the form is about to be booked."""

    model_config = ConfigDict(frozen=True)

    form: BookingForm
    instead_of: str | None = None
    newest: bool = False


class Answer(BaseModel):
    """How much is free, at this revision of the network.

    asked, free, nearest: percent (share), plays a day of each screen (plays_per_day), plays or impressions of the
    flight; free is a lower bound, or the exact number if `exact` · nearest: the largest goal that fits this flight ·
    nearest_end: the first later end of the flight by which the whole goal fits · tight_on: the day with the least free
    time
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


def desk_key(secret_key: str) -> str:
    """The secret that the web and the availability process of one server share."""
    return hmac.new(secret_key.encode(), b"liftcast booking desk", hashlib.sha256).hexdigest()
