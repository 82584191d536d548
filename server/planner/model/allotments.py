"""The allotment of a screen's day, in columns: where a thousand campaigns meet, it has some thousand parts."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

Why = Literal["", "overbooked", "no_room", "closed", "too_short"]
Part = tuple[int, int, int]  # first slot, end, and spots to be shown between them


@dataclass(frozen=True)
class Allotted:
    """A booking's spots on one screen's day, by parts; `why` they are fewer than `wanted`."""

    booking: str
    wanted: int
    parts: tuple[Part, ...]
    why: Why = ""


@dataclass(frozen=True, eq=False)
class Row(Sequence[Allotted]):
    """The whole allotment of one screen's day: B bookings in the order of their ids.

    wanted (B,) · part_of (B + 1,): the first part of each booking · parts (P, 3): first slot, end, spots
    """

    bookings: tuple[str, ...]
    wanted: NDArray[Any]
    whys: tuple[Why, ...]
    part_of: NDArray[Any]
    parts: NDArray[Any]

    @classmethod
    def of(cls, allotted: Iterable[Allotted]) -> Row:
        entries = sorted(allotted, key=lambda entry: entry.booking)
        return cls(
            tuple(entry.booking for entry in entries),
            np.array([entry.wanted for entry in entries], np.int64),
            tuple(entry.why for entry in entries),
            np.cumsum([0, *(len(entry.parts) for entry in entries)]).astype(np.int32),
            np.array([part for entry in entries for part in entry.parts], np.int32).reshape(-1, 3),
        )

    def only(self, bookings: Container[str]) -> Row:
        """The row without all other bookings."""
        if all(booking in bookings for booking in self.bookings):
            return self
        return Row.of(allotted for allotted in self if allotted.booking in bookings)

    def __len__(self) -> int:
        return len(self.bookings)

    @overload
    def __getitem__(self, index: int) -> Allotted: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Allotted]: ...
    def __getitem__(self, index: int | slice) -> Allotted | Sequence[Allotted]:
        if isinstance(index, slice):
            return [self[n] for n in range(*index.indices(len(self)))]
        n = range(len(self))[index]
        mine = self.parts[self.part_of[n] : self.part_of[n + 1]].tolist()
        parts = tuple((first, end, spots) for first, end, spots in mine)
        return Allotted(self.bookings[n], int(self.wanted[n]), parts, self.whys[n])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Row):
            return NotImplemented
        return self is other or (
            (self.bookings, self.whys) == (other.bookings, other.whys)
            and np.array_equal(self.wanted, other.wanted)
            and np.array_equal(self.part_of, other.part_of)
            and np.array_equal(self.parts, other.parts)
        )

    def __hash__(self) -> int:
        return hash((self.bookings, self.parts.tobytes()))


NOTHING = Row.of(())
