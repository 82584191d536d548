"""A screen's day as lines for the sequencer: bookings with their allotment, notices with the time reserved for them."""

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
from server.planner.model.arrays import END, FIRST, SPOTS, Flags, Numbers, numbered
from server.planner.model.days import Range, intersect
from server.planner.model.problem import Booking, Notice, PlanCreative, PlanScreen, ScreenDay

NO_WHY: tuple[Why] = ("",)
MINUTE_MS = 60_000
FULL = 0.98  # of the time, where notices of every minute run: the sequencer needs the rest to keep their minutes


@dataclass(frozen=True)
class Catalogue:
    """The bookings and notices that may have a line, in columns: everything about them that is the same on all days.

    There are B of them, with K creatives.
    advertiser, category (B,): groups that are kept apart; −1 for none · hourly (B,): most spots an hour, 0 for no cap
    piece_of (B + 1,): the first creative of each · items, slots, weights (K,): of the creatives
    means: the different mean lengths of a spot, exact · mean_of (B,): which of them · digests: of each one's columns
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
        """The creatives of each item: campaigns may share one."""
        named: dict[str, list[int]] = defaultdict(list)
        for piece, item in enumerate(self.items):
            named[item].append(piece)
        return named


@dataclass(frozen=True)
class DayLines:
    """The spots owed in parts of a day: a line for each booking, in the order of their ids, then one for each notice.

    kinds (L,): numbers in the catalogue · wanted (L,): spots bought · urgent (L,): whether the first is due at once
    part_of (L + 1,), parts (P, 3): first slot, end, spots owed; parts of a capped line do not cross hours
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
    creatives = [booking.creatives for booking in sold]
    creatives += [(PlanCreative(notice.item, 1, notice.slots),) for notice in notices]
    pieces = [creative for mine in creatives for creative in mine]
    advertisers = ["" if booking.takes_over else booking.advertiser for booking in sold] + [
        notice.item for notice in notices
    ]
    categories = ["" if booking.takes_over else booking.category for booking in sold] + [""] * len(notices)
    ids = [booking.id for booking in sold] + [""] * len(notices)
    means = [booking.mean_slots for booking in sold] + [Fraction(notice.slots) for notice in notices]
    different = {mean: n for n, mean in enumerate(dict.fromkeys(means))}
    numbers: dict[str | Notice, int] = {booking.id: n for n, booking in enumerate(sold)}
    numbers |= {notice: n for n, notice in enumerate(notices, len(sold))}
    entries = zip(ids, advertisers, categories, creatives, strict=True)
    return Catalogue(
        ids=tuple(ids),
        numbers=numbers,
        advertiser=numbered(advertisers),
        category=numbered(categories),
        hourly=np.array([booking.hourly or 0 for booking in sold] + [0] * len(notices), np.int64),
        piece_of=_offsets(map(len, creatives)),
        items=tuple(piece.item for piece in pieces),
        slots=np.array([piece.slots for piece in pieces], np.int64),
        weights=np.array([piece.weight for piece in pieces], np.int64),
        means=tuple(different),
        mean_of=np.array([different[mean] for mean in means], np.int64),
        digests=tuple(hashlib.sha256(repr(entry).encode()).digest() for entry in entries),
    )


def lines_of(screen: PlanScreen, screen_day: ScreenDay, catalogue: Catalogue, slot_ms: int) -> DayLines:
    """Lines of bookings with their allotment, then of the notices of every minute, then of the other notices, which
    share what these leave of the time that the venue reserves.
    """
    lines = _sold(screen_day.allotted, catalogue)
    ranges = [_notice_ranges(notice, screen_day, slot_ms) for notice in screen.notices]
    due = [(notice, mine) for notice, mine in zip(screen.notices, ranges, strict=True) if mine]
    pressing = [(notice, mine) for notice, mine in due if notice.every_minute]
    minutes = [_minutes(mine, slot_ms) for _, mine in pressing]
    lines = _with_notices(_reduced_for(lines, pressing, minutes), pressing, minutes, screen_day)
    others = [(notice, mine) for notice, mine in due if not notice.every_minute]
    stretches = stretches_of(lines, screen_day.open, [mine for _, mine in others]) if others else []
    notice_parts = [
        _notice_parts(notice, mine, [r for _, r in others], stretches, screen.reserved) for notice, mine in others
    ]
    return _with_notices(lines, others, notice_parts, screen_day)


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


def _reduced_for(
    lines: DayLines, pressing: Sequence[tuple[Notice, tuple[Range, ...]]], minutes: Sequence[tuple[Part, ...]]
) -> DayLines:
    """The bookings' lines, with fewer spots owed where they do not fit beside the notices of every minute.

    Otherwise the sequencer would be late with all of them, and a notice would miss its minute. `wanted` stays, so the
    spots that a booking loses are reported as a shortfall and made good on later days.
    """
    if not pressing or not len(lines.parts):
        return lines
    means = np.array([float(mean) for mean in lines.catalogue.means])[lines.catalogue.mean_of[lines.kinds]]
    sold = _load(lines.parts, np.repeat(means, np.diff(lines.part_of)))
    slots = [notice.slots for (notice, _), parts in zip(pressing, minutes, strict=True) for _ in parts]
    # Both loads are in parts of a slot: how much of each slot bookings, or notices of every minute, take.
    taken = _load(np.array([part for parts in minutes for part in parts], np.int64), np.array(slots, float))
    size = max(len(sold), len(taken))
    sold, taken = np.pad(sold, (0, size - len(sold))), np.pad(taken, (0, size - len(taken)))
    is_taken = taken > 1e-9  # sums that return to 0 may leave a trace of rounding
    room = np.where(is_taken, FULL - taken, 1.0)  # elsewhere all spots fit
    kept = np.clip(room / np.maximum(sold, 1e-9), 0, 1)
    # sums[b] − sums[a] is the sum of `kept` over a part's slots, so its mean is the part of the spots that stay.
    sums = np.concatenate([[0], np.cumsum(kept)])
    first, end = lines.parts[:, FIRST], lines.parts[:, END]
    part = (sums[end] - sums[first]) / np.maximum(end - first, 1)
    spots = np.floor(lines.parts[:, SPOTS] * part + 1e-6).astype(lines.parts.dtype)
    return replace(lines, parts=np.column_stack([first, end, spots]).astype(lines.parts.dtype))


def _load(parts: Numbers, lengths: Numbers) -> Numbers:
    """Of each slot of the day, the slots owed in it, every part's spots spread evenly over its range."""
    # A difference array: the density is added where a part begins and taken off where it ends; the running sum is it.
    edges = np.zeros(int(parts[:, END].max()) + 1)
    density = parts[:, SPOTS] * lengths / np.maximum(parts[:, END] - parts[:, FIRST], 1)
    np.add.at(edges, parts[:, FIRST], density)
    np.add.at(edges, parts[:, END], -density)
    return np.cumsum(edges[:-1])


def _minutes(mine: Sequence[Range], slot_ms: int) -> tuple[Part, ...]:
    """A part of one spot for each minute of a notice's time; the last of a range extends to the range's end."""
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
    # The ranges [first, end) of all lines in one array, without a loop: each entry counts on from its range's first.
    begins = np.cumsum(end - first) - (end - first)
    return np.repeat(first - begins, end - first) + np.arange((end - first).sum())


@dataclass(frozen=True)
class Stretch:
    """A range of slots, and how many of them are owed to no line."""

    first: int
    end: int
    unsold: Fraction


def stretches_of(lines: DayLines, opened: Iterable[Range], others: Iterable[Iterable[Range]] = ()) -> list[Stretch]:
    """The time in which the screen is on, cut wherever a line's part, or one of the `others`, begins or ends."""
    opened = tuple(opened)
    edges = set(np.unique(lines.parts[:, :2]).tolist())
    edges |= {edge for ranges in (opened, *others) for pair in ranges for edge in pair}
    cuts = [(first, end) for first, end in pairwise(sorted(edges)) if _covers(opened, first)]
    firsts = [first for first, _ in cuts]
    sold = [Fraction(0)] * len(cuts)
    for (first, end), slots in _sold_slots(lines):
        # Every part's edge is a cut, so each cut lies wholly inside or outside; it gets its share by length.
        for n in range(bisect_right(firsts, first) - 1, bisect_right(firsts, end - 1)):
            sold[n] += slots * Fraction(cuts[n][1] - cuts[n][0], end - first)
    # Parts may owe more than the time there is; then nothing is unsold, never less than nothing.
    unsold = (max(Fraction(0), end - first - slots) for (first, end), slots in zip(cuts, sold, strict=True))
    return [Stretch(*cut, slots) for cut, slots in zip(cuts, unsold, strict=True)]


def _sold_slots(lines: DayLines) -> Iterator[tuple[Range, Fraction]]:
    """The slots owed in each range that is a part of some line.

    Most lines share a few ranges and mean lengths, so equal ones are counted together: a key packs the first slot, the
    end and the number of the mean length into one integer, 20 bits each for the last two.
    """
    means = np.repeat(lines.catalogue.mean_of[lines.kinds], np.diff(lines.part_of))
    first, end = lines.parts[:, FIRST].astype(np.int64), lines.parts[:, END].astype(np.int64)
    kinds, at, kind_of = np.unique((first << 40) + (end << 20) + means, return_index=True, return_inverse=True)
    spots = np.bincount(kind_of, lines.parts[:, SPOTS], len(kinds)).astype(np.int64).tolist()
    for n, count in zip(at.tolist(), spots, strict=True):
        yield (int(first[n]), int(end[n])), count * lines.catalogue.means[means[n]]


def _notice_ranges(notice: Notice, screen_day: ScreenDay, slot_ms: int) -> tuple[Range, ...]:
    """The ranges of a day in which a notice runs and fits."""
    day = screen_day.day
    first = max(0, ceil_div(notice.from_ms - day.starts_ms, slot_ms))
    end = day.whole_slots(slot_ms)
    if notice.until_ms is not None:
        end = min(end, (notice.until_ms - day.starts_ms) // slot_ms)
    ranges = intersect(screen_day.open, [(first, end)] if first < end else [])
    return tuple((a, b) for a, b in ranges if b - a >= notice.slots)


def _notice_parts(
    notice: Notice,
    mine: Sequence[Range],
    all_: Sequence[Sequence[Range]],
    stretches: Sequence[Stretch],
    reserved: Fraction,
) -> tuple[Part, ...]:
    """The parts of one notice. Notices that run at once (`all_`) share the reserved time, as far as it is unsold.

    Spots are rounded along the running sum over ranges, so that many short ranges do not all get none.
    """
    parts: list[Part] = []
    owed = given = Fraction(0)
    for first, end in mine:
        for stretch in stretches:
            if first <= stretch.first < end:
                running = sum(1 for ranges in all_ if _covers(ranges, stretch.first))
                owed += min(reserved * (stretch.end - stretch.first), stretch.unsold) / running / notice.slots
        spots = int(owed - given + Fraction(1, 2))
        given += spots
        parts.append((first, end, spots))
    return tuple(parts)


def count_showings(table: DayTable, until: int) -> Counter[str]:
    """How many spots of each item begin before slot `until`."""
    begins = np.frombuffer(bytes(table.starts[:until]), np.uint8) != 0
    times = np.bincount(np.asarray(table.slots[:until])[begins], minlength=len(table.items) + 1).tolist()
    return Counter({item: times[n] for n, item in enumerate(table.items, 1) if times[n]})


def spot_begins(items: set[str], table: DayTable, until: int) -> list[int]:
    """The slots before `until` in which spots of these items begin."""
    numbers = [n for n, item in enumerate(table.items, 1) if item in items]
    mine = np.isin(np.asarray(table.slots[:until]), numbers) & np.frombuffer(bytes(table.starts[:until]), bool)
    return [int(slot) for slot in np.flatnonzero(mine)]


def _offsets(counts: Iterable[int]) -> Numbers:
    return np.concatenate([[0], np.cumsum(list(counts), dtype=np.int64)]).astype(np.int64)


def _covers(ranges: Sequence[Range], slot: int) -> bool:
    index = bisect_right(ranges, (slot, 1 << 60)) - 1
    return index >= 0 and slot < ranges[index][1]
