"""Seats: who takes part in one game, by phone identity. A phone that drops out and returns has its seat again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from media.games.faces import MOST_FACES
from media.games.phases import Phases

MOST_SEATS = MOST_FACES


class NoSeatBecause(StrEnum):
    """Why a phone watches instead of playing."""

    NOT_OPEN = "not_open"
    TOO_LATE = "too_late"
    FULL = "full"
    ADDRESS_FULL = "address_full"


class NoSeat(Exception):
    """There is no seat for this phone in this game; it watches."""

    def __init__(self, why: NoSeatBecause) -> None:
        super().__init__(why.value)
        self.why = why


class Seat(NamedTuple):
    """One phone's place in a game."""

    number: int
    joined_ms: int


@dataclass
class Seats:
    """The seats of one game, numbered from 0 in the order in which they are taken.

    most: in all · most_per_address: one on a box, where each DHCP lease has its own, so that private tabs of one phone
    fill no lanes; more at a server, where a whole lobby may share an address
    """

    phases: Phases
    most: int = MOST_SEATS
    most_per_address: int = 1
    by_phone: dict[str, Seat] = field(default_factory=dict)
    taken_at: Counter[str] = field(default_factory=Counter)

    def __len__(self) -> int:
        return len(self.by_phone)

    def take(self, phone: str, address: str, now_ms: int) -> Seat:
        """The seat of this phone: a new one, or the one that it has.

        Raises NoSeat.
        """
        if (seat := self.by_phone.get(phone)) is not None:
            return seat
        if why := self._refusal(address, now_ms):
            raise NoSeat(why)
        self.taken_at[address] += 1
        self.by_phone[phone] = Seat(len(self.by_phone), now_ms)
        return self.by_phone[phone]

    def _refusal(self, address: str, now_ms: int) -> NoSeatBecause | None:
        if now_ms < self.phases.starts_ms:
            return NoSeatBecause.NOT_OPEN
        if now_ms >= self.phases.last_join_ms:
            return NoSeatBecause.TOO_LATE
        if len(self.by_phone) >= min(self.most, MOST_SEATS):
            return NoSeatBecause.FULL
        if self.taken_at[address] >= self.most_per_address:
            return NoSeatBecause.ADDRESS_FULL
        return None
