"""A day table: what one screen shows in each slot of one local day, as immutable bytes named by their digest.

Layout, little-endian: magic `LCDT1\\n` · uint32 length of the header · header JSON `{"items": [id, …], "slots": n}` ·
n uint16 · ceil(n / 8) bytes, bit i (lowest first) set where a spot starts in slot i.
A uint16 is 0 for house content, 65535 for off, else 1 + the index into the header's items.
The table holds no date and no screen, so equal days share one file.
"""

from __future__ import annotations

import hashlib
import json
import struct
import sys
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

MAGIC = b"LCDT1\n"
MIME = "application/x-liftcast-day"
HOUSE = 0
OFF = 65535
MAX_ITEMS = OFF - 1
MAX_SLOTS = 26 * 3600


class BadDayTable(ValueError):
    """These bytes are not a day table. Fetch the file again."""


@dataclass(frozen=True)
class DayTable:
    """`slots[i]` is what slot i shows; `starts[i]` is true where a spot begins."""

    items: tuple[str, ...]
    slots: Sequence[int]
    starts: Sequence[int]

    def __post_init__(self) -> None:
        if len(self.slots) != len(self.starts):
            raise BadDayTable("slots and starts differ in length")
        if any(HOUSE < index < OFF and index > len(self.items) for index in set(self.slots)):
            raise BadDayTable("a slot names an item that the table does not list")

    def item_at(self, slot: int) -> str | None:
        """The item of this slot, or None for house content and off."""
        index = self.slots[slot]
        return None if index in (HOUSE, OFF) else self.items[index - 1]

    def spot_from(self, slot: int) -> tuple[str, int] | None:
        """Item and end slot of the spot that begins in this slot; None if none does."""
        item = self.item_at(slot) if 0 <= slot < len(self.slots) else None
        if item is None or not (slot == 0 or self.starts[slot] or self.slots[slot - 1] != self.slots[slot]):
            return None
        end = slot + 1
        while end < len(self.slots) and self.slots[end] == self.slots[slot] and not self.starts[end]:
            end += 1
        return item, end

    def run_at(self, slot: int) -> tuple[int, int]:
        """First slot and end slot of the spot, or of the run of house or off slots, that covers this slot."""
        run = bisect_right(self._firsts, slot) - 1
        return self._firsts[run], self._firsts[run + 1]

    def house_runs_before(self, slot: int) -> int:
        """How many runs of house slots ended before the run that covers this slot."""
        return self._house_runs[bisect_right(self._firsts, slot) - 1]

    @cached_property
    def _firsts(self) -> array[int]:
        """The first slot of every run, and at the end the number of slots; made once, so that reading bisects."""
        pairs = zip(self.slots[1:], self.slots, self.starts[1:], strict=False)
        inner = [slot for slot, (this, last, begins) in enumerate(pairs, 1) if begins or this != last]
        return array("I", [0, *inner, len(self.slots)] if len(self.slots) else [0, 0])

    @cached_property
    def _house_runs(self) -> array[int]:
        return array("I", accumulate((self.slots[first] == HOUSE for first in self._firsts[:-1]), initial=0))

    @cached_property
    def encoded(self) -> bytes:
        header = json.dumps(
            {"items": list(self.items), "slots": len(self.slots)}, ensure_ascii=False, separators=(",", ":")
        ).encode()
        return MAGIC + struct.pack("<I", len(header)) + header + _words(self.slots) + _bits(self.starts)

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(self.encoded).hexdigest()


def decode(raw: bytes) -> DayTable:
    """Read a day table; anything but a whole, consistent one is refused."""
    if not raw.startswith(MAGIC) or len(raw) < len(MAGIC) + 4:
        raise BadDayTable("no day table magic")
    (header_bytes,) = struct.unpack_from("<I", raw, len(MAGIC))
    body = len(MAGIC) + 4 + header_bytes
    items, count = _header(raw[len(MAGIC) + 4 : body])
    if len(raw) != body + 2 * count + (count + 7) // 8:
        raise BadDayTable("the length does not fit the header")
    slots = array("H", raw[body : body + 2 * count])
    if sys.byteorder == "big":
        slots.byteswap()
    bits = raw[body + 2 * count :]
    return DayTable(items, slots, _unpacked(bits, count))


def _header(raw: bytes) -> tuple[tuple[str, ...], int]:
    try:
        header = json.loads(raw)
        items, count = tuple(map(str, header["items"])), int(header["slots"])
    except (ValueError, KeyError, TypeError) as error:
        raise BadDayTable("the header cannot be read") from error
    if not 0 <= count <= MAX_SLOTS:
        raise BadDayTable("a day has no such number of slots")
    return items, count


def _words(slots: Sequence[int]) -> bytes:
    words = array("H", slots)
    if sys.byteorder == "big":
        words.byteswap()
    return words.tobytes()


def _bits(starts: Sequence[int]) -> bytes:
    """Slot i is bit i, lowest first; packed through one large number, which is much faster than bit by bit."""
    digits = bytes(map(bool, reversed(starts))).translate(_TO_DIGITS)
    return int(digits or b"0", 2).to_bytes((len(starts) + 7) // 8, "little")


def _unpacked(bits: bytes, count: int) -> bytes:
    number = int.from_bytes(bits, "little") & ((1 << count) - 1)
    return format(number, f"0{count}b")[::-1].encode().translate(_TO_NUMBERS)[:count]


_TO_DIGITS = bytes.maketrans(b"\x00\x01", b"01")
_TO_NUMBERS = bytes.maketrans(b"01", b"\x00\x01")
