"""What the web asks the booking desk before something is sold, and what the desk answers: messages on loopback."""

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
    """instead_of: the campaign that this would change; its own plays are free to it · newest: what was known a moment
    ago will not do, for it is going to be booked."""

    model_config = ConfigDict(frozen=True)

    form: BookingForm
    instead_of: str | None = None
    newest: bool = False


class Answer(BaseModel):
    """True at this revision of the network.

    asked, free, nearest: percent (share), plays a day of each screen (plays_per_day), plays or impressions of the
    flight; free is at least so much, or just so much if `exact` · nearest: the largest goal that fits that flight ·
    nearest_end: the first later end of the flight by which all that is asked fits · tight_on: the day that has least
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
    """What the web and the desk of one server know, and nobody else on the machine."""
    return hmac.new(secret_key.encode(), b"liftcast booking desk", hashlib.sha256).hexdigest()
