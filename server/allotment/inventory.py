"""What is sold: the screens in use as places of the network, and all of their venues that decides a day.

Read at every plan, so in columns; whoever read them before gets the same object as long as nothing of it changed, and
with it all that was made of it.
"""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import JSON, Text, cast
from sqlmodel import Session, col, select

from server.allotment.profiles import Multipliers, multipliers_of, profile_of
from server.campaigns.reach import traits_of
from server.planner.model.network import Numbers, Place
from server.screens.models import Screen, Venue
from server.settings import Settings

logger = logging.getLogger(__name__)

Placed = tuple[Sequence[Place], Mapping[str, tuple[str, ...]]]


class SoldScreen(NamedTuple):
    """A screen, as far as it matters to who plays on it."""

    id: str
    venue_id: str
    bank: str | None
    tags: list[str]
    multipliers: list[float]


@dataclass(frozen=True)
class VenueRules:
    """A venue, as far as it matters to who plays there; the columns are those of its row."""

    zone: str
    venue_type: int
    hours: dict[str, list[list[int]]]
    reserved_percent: int
    advert_free: dict[str, list[list[int]]]
    advert_free_days: list[str]
    barred: list[dict[str, Any]]


RULES = tuple(VenueRules.__dataclass_fields__)
JSON_RULES = ("hours", "advert_free", "advert_free_days", "barred")


@dataclass(frozen=True)
class SoldPlace:
    """A screen, or a bank of them, as far as no day changes it; `traits` are what any of its screens is named by."""

    name: str
    venue: str
    screens: tuple[str, ...]
    traits: frozenset[str]
    multipliers: Multipliers


@dataclass(frozen=True)
class Premises:
    """`venues` with equal rules share one object."""

    venues: Mapping[str, VenueRules]
    screens: tuple[SoldScreen, ...]
    _placed: dict[tuple[int | None, ...], Placed] = field(default_factory=dict, compare=False)

    @cached_property
    def rules(self) -> tuple[VenueRules, ...]:
        """Each once."""
        return tuple({id(one): one for one in self.venues.values()}.values())

    @cached_property
    def places(self) -> tuple[SoldPlace, ...]:
        return tuple(_place(name, members, self.venues) for name, members in _banks(self.screens).items())

    @cached_property
    def kinds(self) -> Mapping[tuple[int, Multipliers], tuple[VenueRules, Multipliers]]:
        """What tells the days of places apart; places of one kind have the same day on every date."""
        return {_kind(place, self.venues): (self.venues[place.venue], place.multipliers) for place in self.places}

    @cached_property
    def screens_by_trait(self) -> Mapping[str, Sequence[int]]:
        """Numbers of the screens, as places have them in turn, that are named by each trait."""
        found: dict[str, list[int]] = defaultdict(list)
        screens = (place.traits for place in self.places for _ in place.screens)
        for number, traits in enumerate(screens):
            for trait in traits:
                found[trait].append(number)
        return found

    def milli_of(self, up_times: Mapping[str, float]) -> Numbers:
        """Thousandths of its plays that each screen will really show, in the order of `screens_by_trait`."""
        told = (up_times.get(id_, 1.0) for place in self.places for id_ in place.screens)
        return np.array([round(1000 * share) for share in told], np.int64)

    def placed(self, profiles: Mapping[tuple[int, Multipliers], int | None]) -> Placed:
        """The planner's places, and the screens of each, where each kind has this profile; None is not asked.

        Days that give the same profiles the same numbers share one list.
        """
        key = tuple(profiles.values())
        if key not in self._placed:
            numbered = [(place, profiles[_kind(place, self.venues)]) for place in self.places]
            asked = [(place, number) for place, number in numbered if number is not None]
            self._placed[key] = (
                [Place(place.name, number, place.traits, len(place.screens)) for place, number in asked],
                {place.name: place.screens for place, _ in asked},
            )
        return self._placed[key]

    def without(self, venue_ids: Collection[str]) -> Premises:
        screens = tuple(screen for screen in self.screens if screen.venue_id not in venue_ids)
        return replace(self, screens=screens, _placed={}) if len(screens) < len(self.screens) else self


def read_premises(db: Session, settings: Settings, *, since: date, known: Premises | None = None) -> Premises:
    """The `known` ones, if nothing of them changed."""
    decoded = _Decoded()
    rules: dict[tuple[object, ...], VenueRules | None] = {}
    venues: dict[str, VenueRules] = {}
    for id_, *values in _rows(db, Venue, RULES):
        key = tuple(values)
        if key not in rules:
            rules[key] = _readable(_rules(values, decoded), since, settings)
        if one := rules[key]:
            venues[id_] = one
        else:
            logger.warning("venue left out of the allotment venue=%s", id_)
    screens = tuple(
        SoldScreen(id_, venue_id, bank, decoded[tags], decoded[multipliers])
        for id_, venue_id, bank, tags, multipliers in _rows(db, Screen, SoldScreen._fields[1:])
        if venue_id in venues
    )
    found = Premises(venues, screens)
    return known if known is not None and known == found else found


def _rows(db: Session, table: type[Venue] | type[Screen], names: Sequence[str]) -> Iterable[Any]:
    """Those in use, with JSON as the text that it is."""
    columns = [getattr(table, name) for name in names]
    told = [cast(one, Text) if isinstance(one.type, JSON) else one for one in columns]
    asked: Any = select(table.id, *told).where(col(table.retired_at).is_(None))
    found: Iterable[Any] = db.exec(asked.order_by(col(table.id)))
    return found


class _Decoded(dict[str, Any]):
    """JSON that many rows have alike is decoded once."""

    def __missing__(self, text: str) -> Any:
        self[text] = json.loads(text)
        return self[text]


def _rules(values: Sequence[Any], decoded: _Decoded) -> VenueRules:
    told = (decoded[one] if name in JSON_RULES else one for name, one in zip(RULES, values, strict=True))
    return VenueRules(*told)


def _readable(rules: VenueRules, on: date, settings: Settings) -> VenueRules | None:
    """One whose zone or rules make no sense is left to its own plan, which tells why; all others go on."""
    try:
        profile_of(rules, on, settings.slot_ms)
    except (KeyError, TypeError, ValueError):
        return None
    return rules


def _kind(place: SoldPlace, venues: Mapping[str, VenueRules]) -> tuple[int, Multipliers]:
    return id(venues[place.venue]), place.multipliers


def _place(name: str, members: Sequence[SoldScreen], venues: Mapping[str, VenueRules]) -> SoldPlace:
    venue_id = members[0].venue_id
    traits = frozenset().union(*(traits_of(one, venues[venue_id].venue_type) for one in members))
    return SoldPlace(name, venue_id, tuple(one.id for one in members), traits, multipliers_of(members))


def _banks(screens: Iterable[SoldScreen]) -> dict[str, list[SoldScreen]]:
    """Screens that share one timeline, by the name of their place."""
    banks: dict[str, list[SoldScreen]] = defaultdict(list)
    for screen in screens:
        banks[f"{screen.venue_id}/{screen.bank}" if screen.bank else screen.id].append(screen)
    return banks
