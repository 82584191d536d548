"""A server of the bench: how phones connect to it and how a message reaches it, with what its processes use."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.fanout.phones import Phones

Message = dict[str, str]


@dataclass(frozen=True)
class Service(ABC):
    """pid: the process that is measured, with its children"""

    port: int
    pid: int

    @abstractmethod
    def connect(self, count: int) -> Phones:
        """So many phones that get all that is published from now on."""

    @abstractmethod
    def publish(self, message: Message) -> None:
        """Send it to all of them."""

    def cpu_s(self) -> float:
        """In user and system mode of all threads, to the nanosecond (`/proc/PID/schedstat` is per thread)."""
        stats = [thread / "schedstat" for pid in self._pids() for thread in Path(f"/proc/{pid}/task").iterdir()]
        return sum(int(stat.read_text().split()[0]) for stat in stats) / 1e9

    def resident_kb(self) -> int:
        return sum(resident_kb(pid) for pid in self._pids())

    def _pids(self) -> Iterator[int]:
        yield self.pid
        for thread in Path(f"/proc/{self.pid}/task").iterdir():
            yield from map(int, (thread / "children").read_text().split())


def resident_kb(pid: int) -> int:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Rss:"))
