"""What a screen's day is allotted, in columns: where a thousand campaigns meet, it has some thousand parts."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

Why = Literal["", "overbooked", "no_room", "closed", "too_short"]
Part = tuple[int, int, int]


@dataclass(frozen=True)
class Allotted:
    """What a booking has of one screen's day: `parts` are first slot, end and spots; `why` it is less than `wanted`."""

    booking: str
    wanted: int
    parts: tuple[Part, ...]
    why: Why = ""


@dataclass(frozen=True, eq=False)
class Row(Sequence[Allotted]):
    """All that is allotted of one screen's day, B bookings in the order of their ids.

    wanted (B,) · part_of (B + 1,): where a booking's parts begin · parts (P, 3): first slot, end, spots
    """

    bookings: tuple[str, ...]
    wanted: NDArray[Any]
    whys: tuple[Why, ...]
    part_of: NDArray[Any]
    parts: NDArray[Any]

    @classmethod
    def of(cls, allotted: Iterable[Allotted]) -> Row:
        ones = sorted(allotted, key=lambda one: one.booking)
        return cls(
            tuple(one.booking for one in ones),
            np.array([one.wanted for one in ones], np.int64),
            tuple(one.why for one in ones),
            np.cumsum([0, *(len(one.parts) for one in ones)]).astype(np.int32),
            np.array([part for one in ones for part in one.parts], np.int32).reshape(-1, 3),
        )

    def only(self, bookings: Container[str]) -> Row:
        """Without the others."""
        if all(booking in bookings for booking in self.bookings):
            return self
        return Row.of(one for one in self if one.booking in bookings)

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
