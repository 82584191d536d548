"""Starts processes again when they die, as the shipped systemd units do, and in their order."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import gevent

from tests.rig.servers.processes import Process

RESTART_S = 2.0  # RestartSec of the units
LOOK_EVERY_S = 0.1
STOPPED_WITHIN_S = 30  # TimeoutStopSec of the units


class Supervisor:
    """`starts` says how each unit is started; one that is held down stays down. `complaints`: what did not obey.

    `after`: a unit that is started at the same time as these waits until they have started.
    """

    def __init__(self) -> None:
        self.starts: dict[str, Callable[[], Process]] = {}
        self.after: dict[str, Sequence[str]] = {}
        self.processes: dict[str, Process] = {}
        self.held: set[str] = set()
        self.starting: set[str] = set()
        self.complaints: list[str] = []
        self.stopping = False
        self._watchers: list[gevent.Greenlet] = []

    def add(self, name: str, start: Callable[[], Process], *, after: Sequence[str] = ()) -> None:
        self.starts[name], self.after[name], self.processes[name] = start, after, start()
        self._watchers.append(gevent.spawn(self._watch, name))

    def kill(self, name: str) -> None:
        self.processes[name].kill()

    def kill_group(self, name: str) -> None:
        """With the processes that it started, as systemd does where the main one is killed."""
        os.killpg(self.processes[name].pid, signal.SIGKILL)

    def signal(self, name: str, number: int) -> None:
        os.kill(self.processes[name].pid, number)

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """Neither it nor what it started runs."""
        process = self.processes[name]
        os.killpg(process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGCONT)

    @contextmanager
    def held_down(self, names: Iterable[str]) -> Iterator[None]:
        """Ended in order, all at once, and started again at the end of the block."""
        names = set(names)
        self.held |= names
        while names & self.starting:
            gevent.sleep(LOOK_EVERY_S)
        for name in names:
            if self.processes[name].running:  # else it died a moment ago, and is not started again
                self.signal(name, signal.SIGTERM)
        for name in names:
            self._wait_until_stopped(name)
        try:
            yield
        finally:
            self.held -= names

    def _wait_until_stopped(self, name: str) -> None:
        process = self.processes[name]
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.popen.wait(STOPPED_WITHIN_S)
        if process.running:
            self.complaints.append(f"{name} did not stop within {STOPPED_WITHIN_S} s")
            process.kill()

    @contextmanager
    def replaced(self, name: str, start: Callable[[], Process]) -> Iterator[None]:
        """Another process runs in its place."""
        with self.held_down([name]):
            other = start()
            try:
                yield
            finally:
                other.stop()

    def stop(self) -> None:
        self.stopping = True
        gevent.killall(self._watchers)
        for process in reversed(self.processes.values()):
            process.stop()

    def _watch(self, name: str) -> None:
        while not self.stopping:
            gevent.sleep(LOOK_EVERY_S)
            if self.processes[name].running or name in self.held:
                continue
            gevent.sleep(RESTART_S)
            while self._must_wait(name):
                gevent.sleep(LOOK_EVERY_S)
            if name not in self.held and not self.stopping:
                self._start_again(name)

    def _must_wait(self, name: str) -> bool:
        starting = (other for other in self.after[name] if other not in self.held)
        return not self.stopping and any(not self.processes[other].running for other in starting)

    def _start_again(self, name: str) -> None:
        """One that ends at once, for its database is away, is started again later."""
        self.starting.add(name)
        with contextlib.suppress(RuntimeError, TimeoutError):
            self.processes[name] = self.starts[name]()
        self.starting.remove(name)
