"""Screens as lists show them: each with its venue, its player and its health."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Text, cast
from sqlmodel import Session, col, func, select

from server.db import EPOCH
from server.paging import Page, PageRequest, has_words, natural_key, page_of, text_has_words
from server.screens.codes import read_code
from server.screens.health import Health, ScreenState, health_of
from server.screens.models import Player, Screen, Venue
from server.screens.opening import Opening, opening_of
from server.screens.reported_faults import FaultsOfScreen, faults_by_screen


class ScreenOrder(StrEnum):
    TROUBLE = "trouble"
    PLACE = "place"
    NAME = "name"
    SEEN = "seen"


class ScreensQuery(PageRequest):
    state: ScreenState | None = None
    venue: str | None = None
    order: ScreenOrder = ScreenOrder.TROUBLE


@dataclass(frozen=True)
class ListedScreen:
    screen: Screen
    venue: Venue
    player: Player | None
    health: Health
    opening: Opening


@dataclass(frozen=True)
class ScreensPage:
    """counts: screens of the search by state · left_out: how many never had a player and are not in the list"""

    page: Page[ListedScreen]
    counts: Counter[ScreenState]
    left_out: int = 0


def page_of_screens(db: Session, query: ScreensQuery, *, now: datetime) -> ScreensPage:
    """Searched by name, venue, bank, tag and code.

    Without a search, screens that never had a player are left out of the list, unless there are no others.
    """
    rows = _listed(db, query, now)
    counts = Counter(row.health.state for row in rows)
    never = counts[ScreenState.NEVER_ENROLLED]
    leave_out = not query.state and not query.words and never < len(rows)
    if query.state:
        rows = [row for row in rows if row.health.state is query.state]
    elif leave_out:
        rows = [row for row in rows if row.health.state is not ScreenState.NEVER_ENROLLED]
    rows.sort(key=ORDERS[query.order])
    return ScreensPage(page_of(rows, query), counts, never if leave_out else 0)


def page_of_all_screens(db: Session, query: ScreensQuery, *, now: datetime) -> Page[ListedScreen]:
    """The same search, with the screens that never had a player among the others."""
    rows = [row for row in _listed(db, query, now) if query.state in (None, row.health.state)]
    return page_of(sorted(rows, key=ORDERS[query.order]), query)


def listed_screens(db: Session, *, now: datetime, venue_id: str | None = None) -> list[ListedScreen]:
    """Every screen in use, or every one of a venue, by venue and name."""
    return sorted(_listed(db, ScreensQuery(venue=venue_id), now), key=_by_place)


class PlaceOfScreen(NamedTuple):
    """A screen in use as a list to choose from names it."""

    screen_id: str
    venue: str
    screen: str


def places_of_screens(db: Session, *, most: int) -> list[PlaceOfScreen] | None:
    """Every screen in use, by venue and name; None if there are more than `most`, which nobody would look through."""
    query = select(Screen.id, Venue.name, Screen.name).join(Venue, col(Venue.id) == col(Screen.venue_id))
    found = [PlaceOfScreen(*row) for row in db.exec(query.where(col(Screen.retired_at).is_(None)).limit(most + 1))]
    if len(found) > most:
        return None
    return sorted(found, key=lambda place: (natural_key(place.venue), natural_key(place.screen), place.screen_id))


def _listed(db: Session, query: ScreensQuery, now: datetime) -> list[ListedScreen]:
    in_use = (
        select(Screen, Venue, Player)
        .join(Venue, col(Venue.id) == col(Screen.venue_id))
        .join(Player, col(Player.screen_id) == col(Screen.id), isouter=True)
        .where(col(Screen.retired_at).is_(None))
    )
    if query.venue:
        in_use = in_use.where(Screen.venue_id == query.venue)
    openings: dict[str, Opening] = {}
    faults = faults_by_screen(db, now=now)
    found = (row for row in db.exec(in_use) if all(_has(row[0], row[1], word) for word in query.words))
    return [_listed_screen(*row, openings, faults.get(row[0].id), now) for row in found]


def _listed_screen(
    screen: Screen,
    venue: Venue,
    player: Player | None,
    openings: dict[str, Opening],
    faults: FaultsOfScreen | None,
    now: datetime,
) -> ListedScreen:
    """`openings` are those that were looked up already, by venue."""
    if venue.id not in openings:
        openings[venue.id] = opening_of(venue, now)
    opening = openings[venue.id]
    return ListedScreen(screen, venue, player, health_of(player, now, opening, faults), opening)


def _has(screen: Screen, venue: Venue, word: str) -> bool:
    """A code is found by its beginning, from three symbols on: two are in too many."""
    if text_has_words("\n".join([venue.name, screen.name, screen.bank or "", *screen.tags]), [word]):
        return True
    return len(word) >= CODE_BEGINS and screen.code.casefold().startswith((read_code(word) or word).casefold())


# --- orders


def _by_place(row: ListedScreen) -> tuple[Any, ...]:
    return (natural_key(row.venue.name), row.venue.id, *_by_name(row))


def _by_name(row: ListedScreen) -> tuple[Any, ...]:
    return (natural_key(row.screen.name), row.screen.id)


def _by_trouble(row: ListedScreen) -> tuple[Any, ...]:
    return (URGENCY.index(row.health.state), *_by_place(row))


def _by_last_seen(row: ListedScreen) -> tuple[Any, ...]:
    """Longest unseen first; screens that never had a player are last."""
    return (row.player is None, (row.player and row.player.seen_at) or EPOCH, *_by_place(row))


URGENCY = tuple(ScreenState)
ORDERS: dict[ScreenOrder, Callable[[ListedScreen], tuple[Any, ...]]] = {
    ScreenOrder.TROUBLE: _by_trouble,
    ScreenOrder.PLACE: _by_place,
    ScreenOrder.NAME: _by_name,
    ScreenOrder.SEEN: _by_last_seen,
}
CODE_BEGINS = 3


@dataclass(frozen=True)
class ListedVenue:
    """screens: how many of its screens are in use"""

    venue: Venue
    screens: int


def page_of_venues(db: Session, request: PageRequest) -> Page[ListedVenue]:
    """Venues in use, those that could not be planned first, then by name; searched by name and address."""
    words = has_words(col(Venue.name) + " " + col(Venue.address), request.words)
    venues = list(db.exec(select(Venue).where(col(Venue.retired_at).is_(None), words)))
    venues.sort(key=lambda venue: (venue.plan_failed_at is None, natural_key(venue.name), venue.id))
    page = page_of(venues, request)
    counted = select(Screen.venue_id, func.count()).where(
        col(Screen.retired_at).is_(None), col(Screen.venue_id).in_([venue.id for venue in page])
    )
    counts = dict(db.exec(counted.group_by(col(Screen.venue_id))).all())
    return page.with_rows(ListedVenue(venue, counts.get(venue.id, 0)) for venue in page)


def screens_count(db: Session) -> int:
    return db.exec(select(func.count()).select_from(Screen).where(col(Screen.retired_at).is_(None))).one()


def screens_without_box(db: Session, screen_ids: Collection[str]) -> int:
    """How many of these screens never had a player, so that nothing can be shown there."""
    if not screen_ids:
        return 0
    enrolled = set(db.exec(select(Player.screen_id).where(col(Player.screen_id).is_not(None))))
    return sum(id_ not in enrolled for id_ in screen_ids)


def screen_tags(db: Session) -> list[str]:
    """Every tag of a screen in use. Many screens have the same tags, so the database returns each set once."""
    sets = db.exec(select(cast(Screen.tags, Text)).where(col(Screen.retired_at).is_(None)).distinct())
    return sorted({tag for tags in sets for tag in json.loads(tags)})
