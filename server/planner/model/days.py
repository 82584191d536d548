"""Local days of a zone as spans that tile, and weekly hours as slots of a day.

The wall clock decides. A booking for an hour that a clock change skips does not play; in an hour that occurs twice it
plays both times. A day runs from the first instant of its local date to the
first instant of the next, so it may have 23, 23½, 24½ or 25 hours, and a zone without midnight is no exception.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from media.integers import ceil_div

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * 60 * MINUTE_MS
SAMPLE_MS = 15 * MINUTE_MS
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Range = tuple[int, int]


@dataclass(frozen=True)
class WeeklySpan:
    """Minutes of one weekday by the wall clock: 0 is Monday, `until_min` is not included.

    A flight's night may end past 1440, on the next weekday; `nights.py` splits it before `ranges_within` reads it.
    """

    weekday: int
    from_min: int
    until_min: int


ALWAYS = tuple(WeeklySpan(weekday, 0, 1440) for weekday in range(7))


@dataclass(frozen=True)
class Piece:
    """A part of a day in which the clock is not changed; `wall_ms` is its first wall time since `on` 00:00."""

    starts_ms: int
    ends_ms: int
    wall_ms: int


@dataclass(frozen=True)
class LocalDay:
    """One local date of a zone, as instants."""

    on: date
    starts_ms: int
    ends_ms: int
    pieces: tuple[Piece, ...]

    def slots(self, slot_ms: int) -> int:
        """Slots count from the day's first instant; the last one may be short."""
        return ceil_div(self.ends_ms - self.starts_ms, slot_ms)

    def whole_slots(self, slot_ms: int) -> int:
        return (self.ends_ms - self.starts_ms) // slot_ms


def days_from(zone: str, first: date, count: int) -> tuple[LocalDay, ...]:
    """`count` local days, the first of them on that date; a date that the zone skipped is no day."""
    days: list[LocalDay] = []
    on = first
    while len(days) < count:
        day = local_day(zone, on)
        if day is not None:
            days.append(day)
        on += timedelta(days=1)
    return tuple(days)


def date_at(zone: str, at_ms: int) -> date:
    """The date of the day that an instant belongs to: the last day whose first instant is not after it."""
    on = _wall(zone, at_ms).date() + timedelta(days=1)
    while True:
        day = local_day(zone, on)
        if day is not None and day.starts_ms <= at_ms:
            return on
        on -= timedelta(days=1)


def known_date_at(zone: str, at_ms: int) -> date | None:
    """As `date_at`; None if this machine does not know the zone."""
    try:
        return date_at(zone, at_ms)
    except (KeyError, ValueError):
        return None


@lru_cache(maxsize=4096)
def local_day(zone: str, on: date) -> LocalDay | None:
    """The day of this date, or None if the zone skipped the date (Samoa had no 30 December 2011)."""
    starts = _first_instant(zone, on)
    if starts is None:
        return None
    after = on + timedelta(days=1)
    while (ends := _first_instant(zone, after)) is None:
        after += timedelta(days=1)
    return LocalDay(on, starts, ends, tuple(_pieces(zone, on, starts, ends)))


def ranges_within(day: LocalDay, spans: Iterable[WeeklySpan], slot_ms: int) -> tuple[Range, ...]:
    """The slots of a day that lie wholly inside weekly hours, as ranges in order that do not touch."""
    inside = sorted(instants for piece in day.pieces for span in spans for instants in _instants(day, piece, span))
    slots = (_slots_inside(day, starts, ends, slot_ms) for starts, ends in merge(inside))
    return tuple((first, end) for first, end in slots if first < end)


def weekly_spans(hours: Mapping[str, Sequence[Sequence[int]]]) -> tuple[WeeklySpan, ...]:
    """A venue's opening hours, by weekday "0" to "6"; an empty mapping means always open."""
    if not hours:
        return ALWAYS
    return tuple(
        WeeklySpan(int(weekday), from_min, until_min)
        for weekday, spans in sorted(hours.items())
        for from_min, until_min in spans
    )


def merge(ranges: Iterable[Range]) -> list[Range]:
    """Sorted ranges, with those that touch or overlap made one."""
    merged: list[Range] = []
    for first, end in ranges:
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((first, end))
    return merged


def intersect(left: Iterable[Range], right: Iterable[Range]) -> tuple[Range, ...]:
    """The parts that lie in ranges of both lists."""
    right = tuple(right)
    shared = ((max(a, c), min(b, d)) for a, b in left for c, d in right)
    return tuple((first, end) for first, end in shared if first < end)


def subtract(ranges: Iterable[Range], taken: Sequence[Range]) -> tuple[Range, ...]:
    """The parts of ranges that lie in none of the sorted ranges `taken`."""
    remaining: list[Range] = []
    for first, end in ranges:
        at = first
        for a, b in taken:
            if b <= at or a >= end:
                continue
            if a > at:
                remaining.append((at, a))
            at = max(at, b)
        if at < end:
            remaining.append((at, end))
    return tuple(remaining)


def _slots_inside(day: LocalDay, starts_ms: int, ends_ms: int, slot_ms: int) -> Range:
    first = ceil_div(starts_ms - day.starts_ms, slot_ms)
    whole = (ends_ms - day.starts_ms) // slot_ms
    return first, day.slots(slot_ms) if ends_ms == day.ends_ms else whole


def _instants(day: LocalDay, piece: Piece, span: WeeklySpan) -> Iterator[Range]:
    """The instants of a weekly span in a piece. Where clocks are put back, a piece may show the date before."""
    shift = piece.starts_ms - piece.wall_ms
    length = piece.ends_ms - piece.starts_ms
    for days in range(piece.wall_ms // DAY_MS, (piece.wall_ms + length - 1) // DAY_MS + 1):
        if (day.on.weekday() + days) % 7 != span.weekday:
            continue
        starts = max(piece.starts_ms, shift + days * DAY_MS + span.from_min * MINUTE_MS)
        ends = min(piece.ends_ms, shift + days * DAY_MS + span.until_min * MINUTE_MS)
        if starts < ends:
            yield starts, ends


def _pieces(zone: str, on: date, starts_ms: int, ends_ms: int) -> Iterator[Piece]:
    first = starts_ms
    while first < ends_ms:
        end = _next_change(zone, first, ends_ms)
        wall = _wall(zone, first).replace(tzinfo=UTC) - datetime(on.year, on.month, on.day, tzinfo=UTC)
        yield Piece(first, end, wall // timedelta(milliseconds=1))
        first = end


def _next_change(zone: str, at_ms: int, ends_ms: int) -> int:
    """The next instant at which the zone's offset changes, at most `ends_ms`: sampled, then bisected."""
    offset, low = _offset(zone, at_ms), at_ms
    while low < ends_ms:
        high = min(low + SAMPLE_MS, ends_ms)
        if _offset(zone, high) != offset:
            return _bisect(low, high, lambda ms: _offset(zone, ms) != offset)
        low = high
    return ends_ms


def _first_instant(zone: str, on: date) -> int | None:
    """The first instant whose wall clock shows this date; None if there is none. A clock change may skip midnight."""
    midnight = datetime(on.year, on.month, on.day, tzinfo=ZoneInfo(zone))
    early, late = sorted((_ms(midnight), _ms(midnight.replace(fold=1))))
    if _wall(zone, early).date() >= on:
        return early
    found = _bisect(early, late, lambda ms: _wall(zone, ms).date() >= on)
    return found if _wall(zone, found).date() == on else None


def _bisect(low: int, high: int, is_after: Callable[[int], bool]) -> int:
    """The first millisecond in (low, high] for which `is_after` holds; it must hold for `high` and not for `low`."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_after(middle) else (middle, high)
    return high


def _wall(zone: str, at_ms: int) -> datetime:
    return (EPOCH + timedelta(milliseconds=at_ms)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def _offset(zone: str, at_ms: int) -> timedelta | None:
    return (EPOCH + timedelta(milliseconds=at_ms)).astimezone(ZoneInfo(zone)).utcoffset()


def _ms(at: datetime) -> int:
    return (at.astimezone(UTC) - EPOCH) // timedelta(milliseconds=1)
