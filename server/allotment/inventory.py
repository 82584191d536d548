"""The inventory that is sold: the screens in use as places of the network, with the rules of their venues.

It is read before every plan, so only the columns that matter are. A caller that passes its last inventory gets the same
object back while nothing in it changed, together with everything that was computed from it.
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
from server.planner.model.arrays import Numbers
from server.planner.model.network import Place
from server.screens.models import Screen, Venue
from server.settings import Settings

logger = logging.getLogger(__name__)

Placed = tuple[Sequence[Place], Mapping[str, tuple[str, ...]]]


class SoldScreen(NamedTuple):
    """The columns of a screen that decide which campaigns play on it."""

    id: str
    venue_id: str
    bank: str | None
    tags: list[str]
    multipliers: list[float]


@dataclass(frozen=True)
class VenueRules:
    """The columns of a venue that decide which campaigns play there."""

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
    """A screen, or a bank of screens, with what is the same on all days; `traits`: those of all its screens."""

    name: str
    venue: str
    screens: tuple[str, ...]
    traits: frozenset[str]
    multipliers: Multipliers


@dataclass(frozen=True)
class Inventory:
    """Venues (by id) and screens that are sold. Venues with equal rules share one `VenueRules`."""

    venues: Mapping[str, VenueRules]
    screens: tuple[SoldScreen, ...]
    _placed: dict[tuple[int | None, ...], Placed] = field(default_factory=dict, compare=False)

    @cached_property
    def rules(self) -> tuple[VenueRules, ...]:
        """Each different one once."""
        return tuple({id(rules): rules for rules in self.venues.values()}.values())

    @cached_property
    def places(self) -> tuple[SoldPlace, ...]:
        return tuple(_place(name, members, self.venues) for name, members in _banks(self.screens).items())

    @cached_property
    def kinds(self) -> Mapping[tuple[int, Multipliers], tuple[VenueRules, Multipliers]]:
        """Kinds of places: places of one kind have the same profile on every date."""
        return {_kind(place, self.venues): (self.venues[place.venue], place.multipliers) for place in self.places}

    @cached_property
    def screens_by_trait(self) -> Mapping[str, Sequence[int]]:
        """The numbers of the screens that have each trait; screens are numbered in the order of their places."""
        found: dict[str, list[int]] = defaultdict(list)
        screens = (place.traits for place in self.places for _ in place.screens)
        for number, traits in enumerate(screens):
            for trait in traits:
                found[trait].append(number)
        return found

    def milli_of(self, up_times: Mapping[str, float]) -> Numbers:
        """Thousandths of its plays that each screen will really show, by the numbers of `screens_by_trait`."""
        shares = (up_times.get(id_, 1.0) for place in self.places for id_ in place.screens)
        return np.array([round(1000 * share) for share in shares], np.int64)

    def placed(self, profiles: Mapping[tuple[int, Multipliers], int | None]) -> Placed:
        """The planner's places and the screens of each.

        Days that give the same kinds the same profile numbers share one list; `same_places` compares lists by identity.

        profiles: number of the profile of each kind; None leaves out the places of that kind
        """
        key = tuple(profiles.values())
        if key not in self._placed:
            numbered = [(place, profiles[_kind(place, self.venues)]) for place in self.places]
            included = [(place, number) for place, number in numbered if number is not None]
            self._placed[key] = (
                [Place(place.name, number, place.traits, len(place.screens)) for place, number in included],
                {place.name: place.screens for place, _ in included},
            )
        return self._placed[key]

    def without(self, venue_ids: Collection[str]) -> Inventory:
        screens = tuple(screen for screen in self.screens if screen.venue_id not in venue_ids)
        return replace(self, screens=screens, _placed={}) if len(screens) < len(self.screens) else self


def read_inventory(db: Session, settings: Settings, *, since: date, known: Inventory | None = None) -> Inventory:
    """The present inventory: `known` itself if nothing in it changed."""
    decoded = _Decoded()
    rules: dict[tuple[object, ...], VenueRules | None] = {}
    venues: dict[str, VenueRules] = {}
    for id_, *values in _rows(db, Venue, RULES):
        key = tuple(values)
        if key not in rules:
            rules[key] = _valid(_rules(values, decoded), since, settings)
        if venue := rules[key]:
            venues[id_] = venue
        else:
            logger.warning("venue left out of the allotment venue=%s", id_)
    screens = tuple(
        SoldScreen(id_, venue_id, bank, decoded[tags], decoded[multipliers])
        for id_, venue_id, bank, tags, multipliers in _rows(db, Screen, SoldScreen._fields[1:])
        if venue_id in venues
    )
    found = Inventory(venues, screens)
    return known if known is not None and known == found else found


def _rows(db: Session, table: type[Venue] | type[Screen], names: Sequence[str]) -> Iterable[Any]:
    """The rows in use, with JSON columns as text."""
    columns = (getattr(table, name) for name in names)
    as_text = [cast(column, Text) if isinstance(column.type, JSON) else column for column in columns]
    query: Any = select(table.id, *as_text).where(col(table.retired_at).is_(None))
    rows: Iterable[Any] = db.exec(query.order_by(col(table.id)))
    return rows


class _Decoded(dict[str, Any]):
    """Decoded JSON by its text: equal texts of many rows are decoded once."""

    def __missing__(self, text: str) -> Any:
        self[text] = json.loads(text)
        return self[text]


def _rules(values: Sequence[Any], decoded: _Decoded) -> VenueRules:
    columns = (decoded[value] if name in JSON_RULES else value for name, value in zip(RULES, values, strict=True))
    return VenueRules(*columns)


def _valid(rules: VenueRules, on: date, settings: Settings) -> VenueRules | None:
    """None for rules or a zone that cannot be used. The venue's own plan reports why; other venues are not affected."""
    try:
        profile_of(rules, on, settings.slot_ms)
    except (KeyError, TypeError, ValueError):
        return None
    return rules


def _kind(place: SoldPlace, venues: Mapping[str, VenueRules]) -> tuple[int, Multipliers]:
    return id(venues[place.venue]), place.multipliers


def _place(name: str, members: Sequence[SoldScreen], venues: Mapping[str, VenueRules]) -> SoldPlace:
    venue_id = members[0].venue_id
    traits = frozenset().union(*(traits_of(screen, venues[venue_id].venue_type) for screen in members))
    return SoldPlace(name, venue_id, tuple(screen.id for screen in members), traits, multipliers_of(members))


def _banks(screens: Iterable[SoldScreen]) -> dict[str, list[SoldScreen]]:
    """Screens that share one timeline, by the name of their place."""
    banks: dict[str, list[SoldScreen]] = defaultdict(list)
    for screen in screens:
        banks[f"{screen.venue_id}/{screen.bank}" if screen.bank else screen.id].append(screen)
    return banks
