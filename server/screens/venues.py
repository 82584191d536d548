"""Venues and their screens: add, change, retire. A change of anything that timelines depend on queues a new plan for
the venue."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from sqlmodel import Session, col, select, update

from server.accounts.audit import record
from server.db import get_or_raise, insert_new
from server.errors import Conflict, Invalid, LiftcastError, Missing
from server.paging import sorted_by_name
from server.screens.codes import draw_code, read_code
from server.screens.forms import ScreenFields
from server.screens.hours import read_barred, read_days, read_hours, read_spans
from server.screens.models import Player, Screen, ScreenKind, Service, Venue
from server.screens.multipliers import check_vendor, read_multipliers, read_source, read_vendor
from server.screens.replan import queue_allotment
from server.screens.service import begin_service, end_service
from server.screens.table.openooh import VENUE_TYPES
from server.screens.texts import read_text

logger = logging.getLogger(__name__)

CODE_DRAWS = 30
TAGS_MOST = 20


class NoVenue(Missing):
    """There is no such venue. Choose one from the list of venues."""


class NoScreen(Missing):
    """There is no such screen. Check the code on the screen, or choose one from the list of screens."""


class VenueRetired(Conflict):
    """This venue was retired. Add a new venue, or choose one that is in use."""


class ScreenRetired(Conflict):
    """This screen was retired. Add a new screen in its place."""


class UnknownZone(Invalid):
    """There is no time zone of this name. Give one like Asia/Shanghai or Europe/Berlin."""


class UnknownVenueType(Invalid):
    """This is not a venue type that Liftcast knows. Choose one from the list of OpenOOH types."""


class BadNumber(Invalid):
    """A number is outside its range. Correct it and send it again."""


class BadScreenKind(Invalid):
    """A screen hangs in a lobby or in a car. Choose lobby or car."""


class BadTags(Invalid):
    """These tags cannot be used. Give at most 20 tags of up to 40 characters each."""


class BadWifi(Invalid):
    """A WiFi name has at most 32 bytes. Choose a shorter one."""


class UnknownField(Invalid):
    """This cannot be changed. Look at the fields of the form."""


class CodesExhausted(LiftcastError):
    """No free code was found for the screen. Try again."""


# --- venues


def add_venue(
    db: Session,
    *,
    name: str,
    zone: str = "Asia/Shanghai",
    venue_type: int = 70101,
    address: str = "",
    hours: Mapping[str, Any] | None = None,
    reserved_percent: int = 10,
    advert_free: Mapping[str, Any] | None = None,
    advert_free_days: Iterable[str] = (),
    barred: Iterable[Mapping[str, Any]] = (),
    ride_s: int = 30,
    by: str | None = None,
    now: datetime,
) -> Venue:
    given = {"name": name, "zone": zone, "venue_type": venue_type, "address": address, "hours": hours}
    rules = {"advert_free": advert_free, "advert_free_days": advert_free_days, "barred": barred, "ride_s": ride_s}
    checked = _checked({**given, **rules, "reserved_percent": reserved_percent}, VENUE_CHECKS)
    venue = Venue(**checked, created_at=now)
    db.add(venue)
    db.flush()
    record(db, by, "venue added", venue.id, {"name": venue.name}, now=now)
    return venue


def change_venue(db: Session, venue_id: str, *, by: str | None = None, now: datetime, **changes: Any) -> Venue:
    """Change any of the fields that `add_venue` takes."""
    venue = venue_in_use(db, venue_id)
    changed = _apply(venue, _checked(changes, VENUE_CHECKS))
    if changed:
        record(db, by, "venue changed", venue.id, {"fields": changed}, now=now)
    if set(changed) - {"address", "ride_s"}:
        queue_allotment(db, [venue.id], now=now)
    return venue


def retire_venue(db: Session, venue_id: str, *, by: str | None = None, now: datetime) -> None:
    """Take a venue and all its screens out of use; their history stays."""
    venue = venue_in_use(db, venue_id)
    for screen in screens_of(db, venue_id):
        retire_screen(db, screen.id, by=by, now=now)
    venue.retired_at = now
    db.flush()
    record(db, by, "venue retired", venue.id, now=now)


def reinstate_venue(db: Session, venue_id: str, *, by: str | None = None, now: datetime) -> Venue:
    """Undo a retirement: the venue is in use again, with the screens that were retired along with it."""
    venue = get_or_raise(db, Venue, venue_id, NoVenue)
    since = venue.retired_at
    if since is None:
        return venue
    db.exec(update(Venue).where(col(Venue.id) == venue.id).values(retired_at=None))
    db.refresh(venue)
    record(db, by, "venue reinstated", venue.id, now=now)
    along = select(Screen.id).where(Screen.venue_id == venue.id, col(Screen.retired_at) == since)
    for screen_id in db.exec(along).all():
        reinstate_screen(db, screen_id, by=by, now=now)
    return venue


def venue_in_use(db: Session, venue_id: str) -> Venue:
    venue = get_or_raise(db, Venue, venue_id, NoVenue)
    if venue.retired_at is not None:
        raise VenueRetired
    return venue


def venues_in_use(db: Session) -> list[Venue]:
    return sorted_by_name(db.exec(select(Venue).where(col(Venue.retired_at).is_(None))))


# --- screens


def add_screen(db: Session, *, venue_id: str, name: str, by: str | None = None, now: datetime, **fields: Any) -> Screen:
    """Add a screen to a venue. `fields`: any of `ScreenFields`; the others get their defaults."""
    venue = venue_in_use(db, venue_id)
    checked = _checked({"name": name, **ScreenFields().model_dump(), **fields}, SCREEN_CHECKS)
    check_vendor(checked["multiplier_source"], checked["multiplier_vendor"])
    screen = Screen(venue_id=venue.id, code="", presence_key="", created_at=now, **checked)
    insert_screens(db, [screen])
    screen = db.get_one(Screen, screen.id)
    record(db, by, "screen added", screen.id, {"name": screen.name, "code": screen.code}, now=now)
    queue_allotment(db, [venue.id], now=now)
    return screen


def change_screen(db: Session, screen_id: str, *, by: str | None = None, now: datetime, **changes: Any) -> Screen:
    """Change the name or any of `ScreenFields`. The venue stays: a panel elsewhere is another place."""
    screen = screen_in_use(db, screen_id)
    checked = _checked(changes, SCREEN_CHECKS)
    source, vendor = (checked.get(name, getattr(screen, name)) for name in ("multiplier_source", "multiplier_vendor"))
    check_vendor(source, vendor)
    changed = _apply(screen, checked)
    if changed:
        record(db, by, "screen changed", screen.id, {"fields": changed}, now=now)
        queue_allotment(db, [screen.venue_id], now=now)
    return screen


def retire_screen(db: Session, screen_id: str, *, by: str | None = None, now: datetime) -> None:
    """Take a screen out of use. Its code stays taken for ever; its player is free for another screen."""
    screen = screen_in_use(db, screen_id)
    screen.retired_at = now
    db.flush()
    for player in db.exec(select(Player).where(Player.screen_id == screen_id)).all():
        end_service(db, player, now=now)
    record(db, by, "screen retired", screen.id, now=now)
    queue_allotment(db, [screen.venue_id], now=now)


def reinstate_screen(db: Session, screen_id: str, *, by: str | None = None, now: datetime) -> Screen:
    """Undo a retirement. The player that left with it returns, if it serves no other screen by now."""
    screen = get_or_raise(db, Screen, screen_id, NoScreen)
    since = screen.retired_at
    venue_in_use(db, screen.venue_id)
    retired = (col(Screen.id) == screen.id, col(Screen.retired_at) == since)
    if since is None or db.exec(update(Screen).where(*retired).values(retired_at=None)).rowcount != 1:
        return screen
    db.refresh(screen)
    served = select(Player).join(Service).where(Service.screen_id == screen.id, Service.until_at == since)
    for player in db.exec(served).all():
        if player.screen_id is None and player.revoked_at is None:
            begin_service(db, player, screen, now=now)
    record(db, by, "screen reinstated", screen.id, now=now)
    queue_allotment(db, [screen.venue_id], now=now)
    return screen


def screen_in_use(db: Session, screen_id: str) -> Screen:
    screen = get_or_raise(db, Screen, screen_id, NoScreen)
    if screen.retired_at is not None:
        raise ScreenRetired
    return screen


def lock_screen(db: Session, screen_id: str) -> Screen:
    """The screen, if in use; others who want to lock it wait until this transaction ends."""
    in_use = update(Screen).where(col(Screen.id) == screen_id, col(Screen.retired_at).is_(None))
    if db.exec(in_use.values(retired_at=None)).rowcount != 1:
        raise ScreenRetired if db.get(Screen, screen_id) else NoScreen
    return db.get_one(Screen, screen_id)


def screen_of_code(db: Session, typed: str) -> Screen:
    """The screen in use with this public code, however it was typed."""
    code = read_code(typed) or typed.replace("\0", "")
    found = db.exec(select(Screen).where(Screen.code == code, col(Screen.retired_at).is_(None))).first()
    if found is None:
        raise NoScreen
    return found


def screens_of(db: Session, venue_id: str) -> list[Screen]:
    """The venue's screens that are in use."""
    mine = select(Screen).where(Screen.venue_id == venue_id, col(Screen.retired_at).is_(None))
    return sorted_by_name(db.exec(mine))


def insert_screens(db: Session, screens: Sequence[Screen]) -> None:
    """The unique key decides whether a code is free; one that a retired screen bears is not."""
    waiting = list(screens)
    for _ in range(CODE_DRAWS):
        for screen in waiting:
            screen.code, screen.presence_key = draw_code(), secrets.token_hex(32)
        inserted = insert_new(db, waiting)
        waiting = [screen for screen in waiting if screen.id not in inserted]
        if not waiting:
            return
    raise CodesExhausted


# --- what may be given


def _checked(given: Mapping[str, Any], checks: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    unknown = sorted(set(given) - set(checks))
    if unknown:
        raise UnknownField(f"{unknown[0]} cannot be changed.")
    return {name: checks[name](value) for name, value in given.items()}


def _apply(row: Venue | Screen, values: Mapping[str, Any]) -> list[str]:
    """Set what differs; returns the names of what did."""
    changed = sorted(name for name, value in values.items() if getattr(row, name) != value)
    for name in changed:
        setattr(row, name, values[name])
    return changed


def _zone(given: Any) -> str:
    if not isinstance(given, str) or given not in available_timezones():
        raise UnknownZone(f"There is no time zone named {str(given)[:60]!r}.")
    return ZoneInfo(given).key


def _venue_type(given: Any) -> int:
    if type(given) is not int or given not in VENUE_TYPES:
        raise UnknownVenueType
    return given


def _kind(given: Any) -> ScreenKind:
    try:
        return ScreenKind(given)
    except ValueError as error:
        raise BadScreenKind from error


def _number(subject: str, least: int, most: int) -> Callable[[Any], int]:
    def check(given: Any) -> int:
        if type(given) is not int or not least <= given <= most:
            raise BadNumber(f"{subject} must be a whole number from {least} to {most}.")
        return given

    return check


def _text(subject: str, *, most: int, least: int = 0) -> Callable[[Any], str]:
    return lambda given: read_text(given, subject, most=most, least=least)


def _tags(given: Any) -> list[str]:
    """Lower case, each once, in the order of the alphabet."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise BadTags
    tags = sorted({read_text(tag, "A tag", most=40, least=1).lower() for tag in given})
    if len(tags) > TAGS_MOST:
        raise BadTags
    return tags


def _bank(given: Any) -> str | None:
    return read_text(given, "The bank", most=40) or None if given else None


def _wifi(given: Any) -> str | None:
    name = read_text(given, "The WiFi name", most=32) if given else ""
    if len(name.encode()) > 32:
        raise BadWifi
    return name or None


VENUE_CHECKS: dict[str, Callable[[Any], Any]] = {
    "name": _text("The venue's name", most=120, least=1),
    "zone": _zone,
    "venue_type": _venue_type,
    "address": _text("The address", most=200),
    "hours": read_hours,
    "reserved_percent": _number("The share reserved for notices", 0, 100),
    "advert_free": read_spans,
    "advert_free_days": read_days,
    "barred": read_barred,
    "ride_s": _number("The typical ride, in seconds,", 1, 3600),
}
SCREEN_CHECKS: dict[str, Callable[[Any], Any]] = {
    "name": _text("The screen's name", most=120, least=1),
    "kind": _kind,
    "tags": _tags,
    "bank": _bank,
    "width": _number("The width", 16, 16384),
    "height": _number("The height", 16, 16384),
    "sound": bool,
    "strip": bool,
    "wifi": _wifi,
    "multipliers": read_multipliers,
    "multiplier_source": read_source,
    "multiplier_vendor": read_vendor,
}
