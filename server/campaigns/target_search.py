"""Search for targets of a campaign: screens, banks, venues, venue types and tags, found by a part of their name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, and_, case, col, func, literal, or_, select

from server.campaigns.models import TargetKind
from server.paging import LONGEST_SEARCH, contains, has_words, natural_key
from server.screens.lists import screen_tags
from server.screens.models import Screen, Venue
from server.screens.table.openooh import VENUE_TYPES

CODE_BEGINS = 3
COUNTED = 2000
BANK = col(Screen.venue_id) + "/" + col(Screen.bank)
IN_USE = (col(Screen.retired_at).is_(None), col(Venue.retired_at).is_(None))


@dataclass(frozen=True)
class NamedPlace:
    """`value` as a target has it · `venue`: whose bank or screen it is · `gone`: no longer in use."""

    kind: TargetKind
    value: str
    name: str
    venue: str = ""
    gone: bool = False


@dataclass(frozen=True)
class FoundPlaces:
    """The first places of one kind, and how many more there are."""

    places: tuple[NamedPlace, ...]
    more: int = 0


def find_places(
    db: Session, text: str, *, most: int, without: Collection[tuple[TargetKind, str]] = ()
) -> dict[TargetKind, FoundPlaces]:
    """Of each kind the first `most` whose name, venue or code has every word of the text; no text finds all."""
    words = text[:LONGEST_SEARCH].split()
    known = {kind: {value for other, value in without if other is kind} for kind in TargetKind}
    return {
        TargetKind.TAG: _of_names({tag: tag for tag in screen_tags(db)}, TargetKind.TAG, words, known, most),
        TargetKind.VENUE_TYPE: _of_names(_types_in_use(db), TargetKind.VENUE_TYPE, words, known, most),
        TargetKind.VENUE: _venues(db, words, known[TargetKind.VENUE], most),
        TargetKind.BANK: _banks(db, words, known[TargetKind.BANK], most),
        TargetKind.SCREEN: _screens(db, words, known[TargetKind.SCREEN], most),
    }


def name_places(db: Session, places: Iterable[tuple[TargetKind, str]]) -> list[NamedPlace]:
    """The chosen places with their names, in the given order; a place that is no longer in use has `gone` set."""
    chosen = list(places)
    ids = {kind: [value for other, value in chosen if other is kind] for kind in TargetKind}
    venue_ids = {value.partition("/")[0] for value in ids[TargetKind.BANK]} | set(ids[TargetKind.VENUE])
    venues = {venue.id: venue for venue in db.exec(select(Venue).where(col(Venue.id).in_(venue_ids)))}
    of_screens = select(Screen, Venue).join(Venue).where(col(Screen.id).in_(ids[TargetKind.SCREEN]))
    screens = {screen.id: (screen, venue) for screen, venue in db.exec(of_screens)}
    banks = _banks_in_use(db, ids[TargetKind.BANK])
    tags = set(screen_tags(db)) if ids[TargetKind.TAG] else set()
    return [_named(kind, value, venues, screens, banks, tags) for kind, value in chosen if kind is not TargetKind.ALL]


def _named(
    kind: TargetKind,
    value: str,
    venues: Mapping[str, Venue],
    screens: Mapping[str, tuple[Screen, Venue]],
    banks: Collection[str],
    tags: Collection[str],
) -> NamedPlace:
    if kind is TargetKind.SCREEN and value in screens:
        screen, venue = screens[value]
        return NamedPlace(kind, value, screen.name, venue.name, gone=screen.retired_at is not None)
    if kind is TargetKind.VENUE and value in venues:
        return NamedPlace(kind, value, venues[value].name, gone=venues[value].retired_at is not None)
    if kind is TargetKind.BANK:
        venue_id, _slash, bank = value.partition("/")
        of_venue = venues[venue_id].name if venue_id in venues else ""
        return NamedPlace(kind, value, bank, of_venue, gone=value not in banks)
    known = kind is TargetKind.VENUE_TYPE or value in tags
    return NamedPlace(kind, value, value, gone=not known)


# --- tags and venue types: few enough to be searched in memory


def _of_names(
    names: Mapping[str, str],
    kind: TargetKind,
    words: Collection[str],
    known: Mapping[TargetKind, Collection[str]],
    most: int,
) -> FoundPlaces:
    """`names`: the searched text of each value."""
    folded = [word.casefold() for word in words]
    found = [
        NamedPlace(kind, value, value)
        for value, name in names.items()
        if value not in known[kind] and all(word in name.casefold() for word in folded)
    ]
    return FoundPlaces(tuple(found[:most]), max(0, len(found) - most))


def _types_in_use(db: Session) -> dict[str, str]:
    """A type is found by its name in any language."""
    types = db.exec(select(Venue.venue_type).where(col(Venue.retired_at).is_(None)).distinct()).all()
    return {str(id_): " ".join(VENUE_TYPES.get(id_, ())) for id_ in sorted(types)}


# --- venues, banks and screens: searched by the database


def _venues(db: Session, words: Collection[str], known: Collection[str], most: int) -> FoundPlaces:
    name = col(Venue.name)
    named = select(_rank(name, words), Venue.name, Venue.id).where(
        col(Venue.retired_at).is_(None), has_words(name + " " + col(Venue.address), words), _not(col(Venue.id), known)
    )
    rows, more = _first(db, named, most)
    return FoundPlaces(tuple(NamedPlace(TargetKind.VENUE, id_, name) for _rank, name, id_ in rows), more)


def _banks(db: Session, words: Collection[str], known: Collection[str], most: int) -> FoundPlaces:
    name = col(Venue.name) + " " + col(Screen.bank)
    named = (
        select(_rank(name, words), Venue.name, Screen.bank, Screen.venue_id)
        .join(Venue)
        .where(*IN_USE, col(Screen.bank) != "", has_words(name, words), _not(BANK, known))
        .group_by(col(Screen.venue_id), col(Venue.name), col(Screen.bank))
    )
    rows, more = _first(db, named, most)
    return FoundPlaces(
        tuple(NamedPlace(TargetKind.BANK, f"{id_}/{bank}", bank, venue) for _rank, venue, bank, id_ in rows), more
    )


def _screens(db: Session, words: Collection[str], known: Collection[str], most: int) -> FoundPlaces:
    """A code is found by its beginning: two of its letters would be in too many."""
    name, code = col(Venue.name) + " " + col(Screen.name), col(Screen.code)
    found = (or_(contains(name, word), and_(len(word) >= CODE_BEGINS, code.istartswith(word))) for word in words)
    named = select(_rank(name, words), Venue.name, Screen.name, Screen.id).join(Venue)
    named = named.where(*IN_USE, *found, _not(col(Screen.id), known))
    rows, more = _first(db, named, most)
    return FoundPlaces(tuple(NamedPlace(TargetKind.SCREEN, id_, name, venue) for _rank, venue, name, id_ in rows), more)


def _banks_in_use(db: Session, values: Collection[str]) -> set[str]:
    return set(db.exec(select(BANK).join(Venue).where(*IN_USE, BANK.in_(values)).distinct()))


def _first(db: Session, named: Any, most: int) -> tuple[list[Any], int]:
    """The first rows (rank, names, id) as people count, and how many follow.

    No database has this order, and a word may be in a hundred thousand names. So only the first `COUNTED` rows in the
    database's own order are sorted here, and the rest is counted only where there is more.
    """
    rows = list(db.exec(named.order_by(*named.selected_columns).limit(COUNTED + 1)).all())
    if len(rows) <= COUNTED:
        return sorted(rows, key=_as_counted)[:most], max(0, len(rows) - most)
    more = db.exec(select(func.count()).select_from(named.subquery())).one() - most
    return sorted(rows[:COUNTED], key=_as_counted)[:most], more


def _as_counted(row: Any) -> tuple[Any, ...]:
    rank, *names, id_ = row
    return (rank, *map(natural_key, names), id_)


def _rank(name: Any, words: Collection[str]) -> Any:
    """Whole words first: a search for tower 7 lists it before tower 17."""
    whole = has_words(literal(" ") + name + " ", [f" {word} " for word in words])
    return case((whole, 0), else_=1).label("rank")


def _not(value: Any, known: Collection[str]) -> Any:
    return value.not_in(known) if known else True
