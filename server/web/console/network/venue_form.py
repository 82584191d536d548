"""The form of a venue: its fields, hours and rules as people type them."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from flask import request
from pydantic import BaseModel, ConfigDict, Field, field_validator

from server.accounts.people import Name
from server.screens.hours import WEEKDAYS
from server.screens.models import Venue
from server.screens.texts import COMMAS_OR_BLANKS
from server.web.console import words
from server.web.console.network.barred import ROWS_MOST, NamelessRule, UnreadableRule, read_rules, write_rules
from server.web.console.network.hours import (
    Overlapping,
    PastMidnight,
    UnreadableHours,
    UnreadableWeek,
    read_week,
    week_faults,
    write_week,
)
from server.web.forms import Typed, typed_values
from server.web.words.language import say as _
from server.web.words.language import say_later as _l

BAD_DAYS = _l("Write dates like 2026-12-13, 2027-04-04.")
NAMELESS_RULE = _l("Name the category that these hours are barred for.")
BAD_HOURS = _l("Write hours like 08:00-22:00, or 08:00-12:00, 13:30-20:00; what is past midnight goes on the next day.")
# Each names the day, or the rule's category, and what was typed there.
UNREADABLE = _l("%(where)s: “%(typed)s” cannot be read.")
OVERLAPPING = _l("%(where)s: in “%(typed)s” two spans overlap.")
PAST_MIDNIGHT = _l("%(where)s: “%(typed)s” ends before it begins.")

RULES_TO_ADD = 2
RULE_FIELD = re.compile(r"barred_\d+_(?:category|hours)")


class VenueForm(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: Name
    address: str = Field("", max_length=200)
    venue_type: int = 70101
    zone: str
    hours: dict[str, list[list[int]]] = {}
    reserved_percent: int = Field(10, ge=0, le=100)
    advert_free: dict[str, list[list[int]]] = {}
    advert_free_days: list[date] = []
    barred: list[dict[str, Any]] = []
    ride_s: int = Field(30, ge=1, le=3600)

    @field_validator("hours", "advert_free", mode="before")
    @classmethod
    def _hours_are_written(cls, lines: dict[str, str]) -> dict[str, list[list[int]]]:
        try:
            return read_week(lines)
        except UnreadableWeek as error:
            faults = [fault_words(words.WEEKDAYS[int(day)], fault) for day, fault in error.faults.items()]
            raise ValueError(" ".join([*faults, str(BAD_HOURS)])) from error

    @field_validator("advert_free_days", mode="before")
    @classmethod
    def _days_are_written(cls, line: str) -> list[date]:
        return [read_day(day) for day in COMMAS_OR_BLANKS.split(line) if day]

    @field_validator("barred", mode="before")
    @classmethod
    def _rules_are_written(cls, rows: list[dict[str, str]]) -> list[dict[str, Any]]:
        try:
            return read_rules(rows)
        except NamelessRule as error:
            raise ValueError(str(NAMELESS_RULE)) from error
        except UnreadableRule as error:
            fault = fault_words(error.category or _("Rule"), error.fault)
            raise ValueError(f"{fault} {BAD_HOURS}") from error

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, zone: str) -> str:
        if zone not in available_timezones():
            raise ValueError(_("Choose a time zone of the list, like Asia/Shanghai."))
        return zone


def read_day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError as error:
        raise ValueError(_("“%(typed)s” is not a date.", typed=typed) + f" {BAD_DAYS}") from error


def fault_words(where: object, fault: UnreadableHours) -> str:
    """Says which hours of a day or a rule are wrong, and why."""
    kinds = {PastMidnight: PAST_MIDNIGHT, Overlapping: OVERLAPPING}
    return _(str(kinds.get(type(fault), UNREADABLE)), where=where, typed=fault)


def faulty_lines(typed: Typed) -> set[str]:
    """The names of the fields of hours that cannot be read."""
    return {
        f"{name}_{weekday}"
        for name in ("hours", "advert_free")
        for weekday in week_faults({weekday: str(typed[f"{name}_{weekday}"]) for weekday in WEEKDAYS})
    }


def rules_shown(typed: Typed) -> int:
    """Rows of barred categories: those that are filled in, and some to fill in."""
    filled = [int(name.split("_")[1]) for name in typed.values if RULE_FIELD.fullmatch(name)]
    return min(ROWS_MOST, max(filled, default=-1) + 1 + RULES_TO_ADD)


def read_venue() -> dict[str, Any]:
    """The seven lines of hours become one field, and so do the rows of barred categories."""
    lines = {
        name: {weekday: request.form.get(f"{name}_{weekday}", "") for weekday in WEEKDAYS}
        for name in ("hours", "advert_free")
    }
    rules = [
        {name: request.form.get(f"barred_{nth}_{name}", "") for name in ("category", "days", "hours")}
        for nth in range(ROWS_MOST)
    ]
    return typed_values() | lines | {"barred": rules}


def written_venue(venue: Venue) -> dict[str, Any]:
    weeks = {"hours": write_week(venue.hours), "advert_free": write_week(venue.advert_free)}
    lines = {f"{name}_{weekday}": line for name, week in weeks.items() for weekday, line in week.items()}
    rules = {
        f"barred_{nth}_{name}": value
        for nth, row in enumerate(write_rules(venue.barred))
        for name, value in row.items()
    }
    days = {"advert_free_days": ", ".join(venue.advert_free_days)}
    return venue.model_dump(exclude={"hours", "advert_free", "barred"}) | lines | rules | days
