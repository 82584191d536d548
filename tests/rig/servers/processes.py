"""Real processes for journeys, benches and the demo: output in a file, ended with all that they started."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self, TypeVar

Found = TypeVar("Found")


class Process:
    """One process in a session of its own, so that ending it ends what it started."""

    started: ClassVar[list[Process]] = []  # what a failing test would look at: see tests/conftest.py

    def __init__(self, name: str, command: Sequence[str | Path], *, folder: Path, env: Mapping[str, str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.log = folder / f"{name}.log"
        with self.log.open("ab") as out:
            self._begins_at = out.tell()  # where the log of an earlier process of this name ends
            self.popen = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**clean_environ(), **env},
                start_new_session=True,
            )
        self.started.append(self)

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def running(self) -> bool:
        return self.popen.poll() is None

    def output(self) -> str:
        return self.log.read_bytes()[self._begins_at :].decode(errors="replace")

    def wait_for(self, pattern: str, *, within_s: float = 30) -> re.Match[str]:
        """Wait until the output holds this; a process that ends first fails with what it said."""

        def look() -> re.Match[str] | None:
            found = re.search(pattern, self.output())
            if found is None and not self.running:
                raise RuntimeError(f"{self.name} ended with {self.popen.returncode}:\n{self.output()[-3000:]}")
            return found

        return eventually(look, within_s=within_s, what=f"{self.name} to say {pattern!r}")

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Signal this process alone; what it started is left as a crash would leave it."""
        os.kill(self.pid, number)
        if number == signal.SIGKILL:
            self.popen.wait()

    def stop(self, *, grace_s: float = 15) -> None:
        """End it and all it started."""
        if self.running:
            self.popen.terminate()
            try:
                self.popen.wait(grace_s)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
        if error is not None:
            error.add_note(f"--- {self.name} said\n{self.output()[-4000:]}")


def eventually(look: Callable[[], Found | None], *, within_s: float, what: str, every_s: float = 0.05) -> Found:
    """Look until there is something; the deadline is for a broken system, not for a slow one."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(every_s)
    raise TimeoutError(f"waited {within_s:g} s for {what}")


def clean_environ() -> dict[str, str]:
    """This environment without settings of Liftcast and without a display."""
    return {name: value for name, value in os.environ.items() if not name.startswith("LIFTCAST_") and name != "DISPLAY"}


def program(name: str) -> Path:
    """A program of the virtual environment that runs this."""
    return Path(sys.executable).parent / name
