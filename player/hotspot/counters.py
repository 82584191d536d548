"""Measurements of the privileged unit for operators: how long phones take to join, and the bytes of the uplink."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from statistics import median

ARRIVALS_STORED = 500
JOINS_STORED = 50
LONGEST_S = 600.0  # a phone that joins later was in no hurry: its time says nothing about the portal


class JoinTimes:
    """Seconds from a phone's first address to its visit, by the phone's pseudonym.

    monotonic: seconds
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._arrived_s: dict[str, float] = {}
        self._took_s: deque[float] = deque(maxlen=JOINS_STORED)

    def arrive(self, phone: str) -> None:
        self._arrived_s.pop(phone, None)
        self._arrived_s[phone] = self._monotonic()
        if len(self._arrived_s) > ARRIVALS_STORED:
            del self._arrived_s[next(iter(self._arrived_s))]  # the oldest

    def join(self, phone: str) -> None:
        arrived_s = self._arrived_s.pop(phone, None)
        if arrived_s is not None and (took_s := self._monotonic() - arrived_s) <= LONGEST_S:
            self._took_s.append(took_s)

    def median_s(self) -> int | None:
        """Of the last 50 phones that joined within ten minutes; None if none did."""
        return round(median(self._took_s)) if self._took_s else None


def command_to_show(interface: str) -> list[str]:
    return ["ip", "-s", "-j", "link", "show", "dev", interface]


def read_bytes(listing: str) -> int | None:
    """Bytes received and sent, from `ip -s -j link`; None if it lists no interface."""
    for entry in json.loads(listing or "[]"):
        return int(entry["stats64"]["rx"]["bytes"]) + int(entry["stats64"]["tx"]["bytes"])
    return None
