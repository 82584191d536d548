"""A screen's day as lines for the sequencer: bookings with what they were allotted, notices with what is reserved."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

import numpy as np

from media.daytable import DayTable
from media.integers import ceil_div
from server.planner.model.allotments import Part, Row, Why
from server.planner.model.arrays import Flags, Numbers, numbered
from server.planner.model.days import Range, intersect
from server.planner.model.problem import Booking, Notice, PlanCreative, PlanScreen, ScreenDay

NO_WHY: tuple[Why] = ("",)
MINUTE_MS = 60_000
FULL = 0.98  # of the time, where notices of every minute run: the sequencer needs some to keep their minutes


@dataclass(frozen=True)
class Catalogue:
    """Who may have a line on a day, in columns: what no day changes of them. B bookings and notices, K creatives.

    advertiser, category (B,): groups that keep apart; −1 for none · hourly (B,): most spots an hour, 0 for no cap
    piece_of (B + 1,): where the creatives begin · items, slots, weights (K,)
    means: the different mean lengths of a spot · mean_of (B,): which of them · digests: of all this
    """

    ids: tuple[str, ...]
    numbers: Mapping[str | Notice, int]
    advertiser: Numbers
    category: Numbers
    hourly: Numbers
    piece_of: Numbers
    items: tuple[str, ...]
    slots: Numbers
    weights: Numbers
    means: tuple[Fraction, ...]
    mean_of: Numbers
    digests: tuple[bytes, ...]

    @cached_property
    def pieces_named(self) -> Mapping[str, list[int]]:
        """The creatives by their items: campaigns may share one."""
        named: dict[str, list[int]] = defaultdict(list)
        for piece, item in enumerate(self.items):
            named[item].append(piece)
        return named


@dataclass(frozen=True)
class DayLines:
    """Spots that are owed in parts of a day: a line for each booking, in the order of their ids, then for each notice.

    kinds (L,): in the catalogue · wanted (L,) · urgent (L,): whether the first is due at once
    part_of (L + 1,), parts (P, 3): first slot, end, spots; those of a capped line do not cross hours
    """

    catalogue: Catalogue
    kinds: Numbers
    wanted: Numbers
    whys: tuple[Why, ...]
    part_of: Numbers
    parts: Numbers
    urgent: Flags

    def __len__(self) -> int:
        return len(self.kinds)


def catalogue_of(bookings: Iterable[Booking], notices: Iterable[Notice] = ()) -> Catalogue:
    notices = list(dict.fromkeys(notices))
    sold = list(bookings)
    creatives = [one.creatives for one in sold] + [(PlanCreative(one.item, 1, one.slots),) for one in notices]
    pieces = [creative for mine in creatives for creative in mine]
    advertisers = ["" if one.takes_over else one.advertiser for one in sold] + [notice.item for notice in notices]
    categories = ["" if one.takes_over else one.category for one in sold] + [""] * len(notices)
    ids = [one.id for one in sold] + [""] * len(notices)
    means = [one.mean_slots for one in sold] + [Fraction(notice.slots) for notice in notices]
    different = {mean: n for n, mean in enumerate(dict.fromkeys(means))}
    numbers: dict[str | Notice, int] = {one.id: n for n, one in enumerate(sold)}
    numbers |= {notice: n for n, notice in enumerate(notices, len(sold))}
    facts = zip(ids, advertisers, categories, creatives, strict=True)
    return Catalogue(
        ids=tuple(ids),
        numbers=numbers,
        advertiser=numbered(advertisers),
        category=numbered(categories),
        hourly=np.array([one.hourly or 0 for one in sold] + [0] * len(notices), np.int64),
        piece_of=_offsets(map(len, creatives)),
        items=tuple(piece.item for piece in pieces),
        slots=np.array([piece.slots for piece in pieces], np.int64),
        weights=np.array([piece.weight for piece in pieces], np.int64),
        means=tuple(different),
        mean_of=np.array([different[mean] for mean in means], np.int64),
        digests=tuple(hashlib.sha256(repr(one).encode()).digest() for one in facts),
    )


def lines_of(screen: PlanScreen, screen_day: ScreenDay, catalogue: Catalogue, slot_ms: int) -> DayLines:
    """Bookings with what they were allotted, then notices: those of every minute, and the others in what is left of the
    venue's own time.
    """
    lines = _sold(screen_day.allotted, catalogue)
    ranges = [_notice_ranges(notice, screen_day, slot_ms) for notice in screen.notices]
    due = [(notice, mine) for notice, mine in zip(screen.notices, ranges, strict=True) if mine]
    pressing = [(notice, mine) for notice, mine in due if notice.every_minute]
    minutes = [_minutes(mine, slot_ms) for _, mine in pressing]
    lines = _with_notices(_giving_way(lines, pressing, minutes), pressing, minutes, screen_day)
    others = [(notice, mine) for notice, mine in due if not notice.every_minute]
    rests = rests_of(lines, screen_day.open, [mine for _, mine in others]) if others else []
    shares = [_notice_parts(notice, mine, [r for _, r in others], rests, screen.reserved) for notice, mine in others]
    return _with_notices(lines, others, shares, screen_day)


def _with_notices(
    lines: DayLines,
    due: Sequence[tuple[Notice, tuple[Range, ...]]],
    shares: Sequence[tuple[Part, ...]],
    screen_day: ScreenDay,
) -> DayLines:
    """The lines, and after them a line for each of these notices with its parts."""
    if not due:
        return lines
    catalogue = lines.catalogue
    kinds = [catalogue.numbers[notice] for notice, _ in due]
    wanted = [sum(part[2] for part in parts) for parts in shares]
    urgent = [notice.fresh or notice.from_ms >= screen_day.day.starts_ms for notice, _ in due]
    return DayLines(
        catalogue,
        np.concatenate([lines.kinds, kinds]).astype(np.int64),
        np.concatenate([lines.wanted, wanted]).astype(np.int64),
        (*lines.whys, *NO_WHY * len(due)),
        np.concatenate([lines.part_of, lines.part_of[-1] + _offsets(map(len, shares))[1:]]).astype(np.int32),
        np.concatenate([lines.parts, [part for parts in shares for part in parts]]).astype(np.int32),
        np.concatenate([lines.urgent, urgent]).astype(bool),
    )


def _giving_way(
    lines: DayLines, pressing: Sequence[tuple[Notice, tuple[Range, ...]]], minutes: Sequence[tuple[Part, ...]]
) -> DayLines:
    """Bookings owe fewer spots where their time and that of the notices of every minute do not both fit.

    Else the sequencer would be late with all of them, and a notice would miss its minute. `wanted` stays, so what a
    booking loses is reported as a shortfall and made good on later days.
    """
    if not pressing or not len(lines.parts):
        return lines
    means = np.array([float(mean) for mean in lines.catalogue.means])[lines.catalogue.mean_of[lines.kinds]]
    sold = _load(lines.parts, np.repeat(means, np.diff(lines.part_of)))
    slots = [notice.slots for (notice, _), parts in zip(pressing, minutes, strict=True) for _ in parts]
    taken = _load(np.array([part for parts in minutes for part in parts], np.int64), np.array(slots, float))
    size = max(len(sold), len(taken))
    sold, taken = np.pad(sold, (0, size - len(sold))), np.pad(taken, (0, size - len(taken)))
    some = taken > 1e-9  # what began and ended again may leave a trace of rounding
    room = np.where(some, FULL - taken, 1.0)  # elsewhere nothing changes
    kept = np.clip(room / np.maximum(sold, 1e-9), 0, 1)
    sums = np.concatenate([[0], np.cumsum(kept)])
    first, end = lines.parts[:, 0], lines.parts[:, 1]
    part = (sums[end] - sums[first]) / np.maximum(end - first, 1)
    spots = np.floor(lines.parts[:, 2] * part + 1e-6).astype(lines.parts.dtype)
    return replace(lines, parts=np.column_stack([first, end, spots]).astype(lines.parts.dtype))


def _load(parts: Numbers, lengths: Numbers) -> Numbers:
    """Slots owed for each slot of the day, every part's spread evenly over its range."""
    edges = np.zeros(int(parts[:, 1].max()) + 1)
    density = parts[:, 2] * lengths / np.maximum(parts[:, 1] - parts[:, 0], 1)
    np.add.at(edges, parts[:, 0], density)
    np.add.at(edges, parts[:, 1], -density)
    return np.cumsum(edges[:-1])


def _minutes(mine: Sequence[Range], slot_ms: int) -> tuple[Part, ...]:
    """One spot in each minute of a notice's time: a part for each, the last of a range with what is left over."""
    step = max(1, MINUTE_MS // slot_ms)
    return tuple(
        (at, min(at + step, end) if at + 2 * step <= end else end, 1)
        for first, end in mine
        for at in range(first, max(first + 1, end - step + 1), step)
    )


def _sold(row: Row, catalogue: Catalogue) -> DayLines:
    kinds = np.array([catalogue.numbers[booking] for booking in row.bookings], np.int64)
    return DayLines(catalogue, kinds, row.wanted, row.whys, row.part_of, row.parts, np.zeros(len(row), bool))


def pieces_of(lines: DayLines) -> Numbers:
    """The creatives of all lines, one line after the other, as numbers in the catalogue (K,)."""
    first, end = lines.catalogue.piece_of[lines.kinds], lines.catalogue.piece_of[lines.kinds + 1]
    begins = np.cumsum(end - first) - (end - first)
    return np.repeat(first - begins, end - first) + np.arange((end - first).sum())


@dataclass(frozen=True)
class Rest:
    """A stretch of slots, and how many of them nobody bought."""

    first: int
    end: int
    spare: Fraction


def rests_of(lines: DayLines, opened: Iterable[Range], more: Iterable[Iterable[Range]] = ()) -> list[Rest]:
    """The time in which the screen is on, cut wherever anyone's time begins or ends."""
    opened = tuple(opened)
    edges = set(np.unique(lines.parts[:, :2]).tolist())
    edges |= {edge for ranges in (opened, *more) for pair in ranges for edge in pair}
    cuts = [(first, end) for first, end in pairwise(sorted(edges)) if _covers(opened, first)]
    firsts = [first for first, _ in cuts]
    sold = [Fraction(0)] * len(cuts)
    for (first, end), slots in _sold_slots(lines):
        for n in range(bisect_right(firsts, first) - 1, bisect_right(firsts, end - 1)):
            sold[n] += slots * Fraction(cuts[n][1] - cuts[n][0], end - first)
    spare = (max(Fraction(0), end - first - slots) for (first, end), slots in zip(cuts, sold, strict=True))
    return [Rest(*cut, slots) for cut, slots in zip(cuts, spare, strict=True)]


def _sold_slots(lines: DayLines) -> Iterator[tuple[Range, Fraction]]:
    """How many slots are owed in each range that is anybody's part. Most lines share a few ranges and lengths."""
    means = np.repeat(lines.catalogue.mean_of[lines.kinds], np.diff(lines.part_of))
    first, end = lines.parts[:, 0].astype(np.int64), lines.parts[:, 1].astype(np.int64)
    kinds, at, kind_of = np.unique((first << 40) + (end << 20) + means, return_index=True, return_inverse=True)
    spots = np.bincount(kind_of, lines.parts[:, 2], len(kinds)).astype(np.int64).tolist()
    for n, count in zip(at.tolist(), spots, strict=True):
        yield (int(first[n]), int(end[n])), count * lines.catalogue.means[means[n]]


def _notice_ranges(notice: Notice, screen_day: ScreenDay, slot_ms: int) -> tuple[Range, ...]:
    """A notice's time on a day, where it fits whole."""
    day = screen_day.day
    first = max(0, ceil_div(notice.from_ms - day.starts_ms, slot_ms))
    end = day.whole_slots(slot_ms)
    if notice.until_ms is not None:
        end = min(end, (notice.until_ms - day.starts_ms) // slot_ms)
    ranges = intersect(screen_day.open, [(first, end)] if first < end else [])
    return tuple((a, b) for a, b in ranges if b - a >= notice.slots)


def _notice_parts(
    notice: Notice, mine: Sequence[Range], all_: Sequence[Sequence[Range]], rests: Sequence[Rest], reserved: Fraction
) -> tuple[Part, ...]:
    """The notices that run share what is reserved for them, or what is left of it; a range has whole spots."""
    parts: list[Part] = []
    owed = given = Fraction(0)
    for first, end in mine:
        for rest in rests:
            if first <= rest.first < end:
                running = sum(1 for ranges in all_ if _covers(ranges, rest.first))
                owed += min(reserved * (rest.end - rest.first), rest.spare) / running / notice.slots
        spots = int(owed - given + Fraction(1, 2))
        given += spots
        parts.append((first, end, spots))
    return tuple(parts)


def shown_in(table: DayTable, until: int) -> Counter[str]:
    """How often each item begins in the first slots of a table."""
    begins = np.frombuffer(bytes(table.starts[:until]), np.uint8) != 0
    times = np.bincount(np.asarray(table.slots[:until])[begins], minlength=len(table.items) + 1).tolist()
    return Counter({item: times[n] for n, item in enumerate(table.items, 1) if times[n]})


def begins_of(items: set[str], table: DayTable, until: int) -> list[int]:
    """The slots before `until` in which spots of these items begin."""
    numbers = [n for n, item in enumerate(table.items, 1) if item in items]
    mine = np.isin(np.asarray(table.slots[:until]), numbers) & np.frombuffer(bytes(table.starts[:until]), bool)
    return [int(slot) for slot in np.flatnonzero(mine)]


def _offsets(counts: Iterable[int]) -> Numbers:
    return np.concatenate([[0], np.cumsum(list(counts), dtype=np.int64)]).astype(np.int64)


def _covers(ranges: Sequence[Range], slot: int) -> bool:
    index = bisect_right(ranges, (slot, 1 << 60)) - 1
    return index >= 0 and slot < ranges[index][1]
