"""Forms of a booking as they arrive. The shape is checked here, the rules of the trade in `checks.py`."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from server.campaigns.models import GoalKind, PaceKind, TargetKind


class Form(BaseModel):
    """Frozen; an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class WeightedCreative(Form):
    creative_id: str = Field(min_length=26, max_length=26)
    weight: int = Field(default=1, ge=1, le=1000)


class DaypartForm(Form):
    """Minutes of a weekday (0 is Monday) by the venue's clock; Monday's night from 22:00 to 2:00 is 1320 to 1560."""

    weekday: int = Field(ge=0, le=6)
    from_min: int = Field(ge=0, lt=1440)
    until_min: int = Field(gt=0, le=2880)


class TargetForm(Form):
    """`value` is a screen's or venue's id, a tag, a venue type's OpenOOH id, or a bank as `<venue's id>/<bank>`;
    nothing for all."""

    kind: TargetKind
    value: str = Field(default="", max_length=80)


class BookingForm(Form):
    """No dayparts means always. `exclusions` name places where it must not play, even if `targets` names them.

    goal: percent of the time (share), plays of each screen's day (plays_per_day), plays or impressions of the whole
    flight; a takeover has none · pace: of a goal of the whole flight · preemptible: a bonus, which gives way to all
    that is sold · hourly: most plays of an hour on a screen
    """

    name: str = Field(min_length=1, max_length=120)
    advertiser_id: str = Field(min_length=26, max_length=26)
    creatives: tuple[WeightedCreative, ...]
    starts_on: date
    ends_on: date
    dayparts: tuple[DaypartForm, ...] = ()
    targets: tuple[TargetForm, ...]
    goal_kind: GoalKind = GoalKind.SHARE
    goal: float = 10.0
    pace: PaceKind = PaceKind.EVEN
    preemptible: bool = False
    hourly: int | None = Field(default=None, ge=1, le=3600)
    exclusions: tuple[TargetForm, ...] = ()
