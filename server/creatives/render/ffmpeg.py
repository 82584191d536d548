"""Run ffmpeg on uploads of strangers: niced, limited in time and memory, ended with its worker."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread, Timer
from typing import IO

from server.creatives.probe.ffprobe import SAFE_INPUT
from server.errors import LiftcastError

NICENESS = 10
THREADS = 2
ERROR_SHARE = "0.05"  # more broken frames than this are not worth showing
TAIL_CHARS = 4000

OnProgress = Callable[[float], None]


class RenditionFailed(LiftcastError):
    """The film could not be converted. Export it as MP4 (H.264, AAC) and upload that."""


class RenditionTooSlow(RenditionFailed):
    """Converting took longer than allowed. Upload a shorter or smaller film."""


class RenditionTooBig(RenditionFailed):
    """Converting needed more memory than allowed. Export it with fewer pixels (1920 × 1080) and upload that."""


class NoRoomForRenditions(RenditionFailed):
    """The server's disk is full. Free space in the data folder, then try the creative again."""


REASONS: tuple[tuple[tuple[str, ...], type[RenditionFailed]], ...] = (
    (("No space left on device", "Disk quota exceeded"), NoRoomForRenditions),
    (("Cannot allocate memory", "malloc of size", "std::bad_alloc", "failed to map segment"), RenditionTooBig),
)


@dataclass(frozen=True)
class FfmpegLimits:
    timeout_s: float
    memory_bytes: int
    max_pixels: int


def run_ffmpeg(
    arguments: Sequence[str],
    *,
    limits: FfmpegLimits,
    total_ms: int = 0,
    on_progress: OnProgress | None = None,
    feed: Iterable[bytes] = (),
) -> None:
    """Run to the end or raise RenditionFailed; `on_progress` receives 0…1 and may raise to stop the run.

    `feed` is what ffmpeg reads as pipe:0; an error in it stops the run and is raised.
    """
    with tempfile.TemporaryFile() as complaints, _started(arguments, limits, complaints) as process:
        with _killed_after(limits.timeout_s, process) as too_late, _fed(process, feed):
            assert process.stdout is not None
            for line in process.stdout:
                done_ms = _done_ms(line.decode())
                if on_progress and total_ms and done_ms is not None:
                    on_progress(min(1.0, done_ms / total_ms))
            process.wait()
        if too_late():
            raise RenditionTooSlow
        errors = _tail(complaints)
        if process.returncode != 0 or known_reason(errors):  # ffmpeg may end with 0 on a full disk
            raise reason_of(errors, process.returncode)


def input_of(path: Path, limits: FfmpegLimits) -> list[str]:
    """The options that make it safe to read a stranger's file."""
    return ["-max_pixels", str(limits.max_pixels), *SAFE_INPUT, "-i", f"file:{path}"]


def reason_of(complaints: str, returncode: int) -> RenditionFailed:
    """ffmpeg's last line as an error with a remedy."""
    known = known_reason(complaints)
    if known:
        return known()
    lines = [line for line in complaints.splitlines() if line.strip()]
    return RenditionFailed(ffmpeg=lines[-1] if lines else f"ended with {returncode}")


def known_reason(complaints: str) -> type[RenditionFailed] | None:
    return next((error for signs, error in REASONS if any(sign in complaints for sign in signs)), None)


def _started(arguments: Sequence[str], limits: FfmpegLimits, complaints: IO[bytes]) -> subprocess.Popen[bytes]:
    # setpriv: a worker that is killed takes its ffmpeg with it, so nobody writes beside its successor.
    limited = ["setpriv", "--pdeathsig", "KILL", "prlimit", f"--as={limits.memory_bytes}", "nice", "-n", str(NICENESS)]
    quiet = ["-nostdin", "-hide_banner", "-nostats", "-v", "error", "-y", "-max_error_rate", ERROR_SHARE]
    return subprocess.Popen(
        [*limited, "ffmpeg", *quiet, "-progress", "pipe:1", "-stats_period", "0.5", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=complaints,
    )


@contextmanager
def _killed_after(timeout_s: float, process: subprocess.Popen[bytes]) -> Iterator[Callable[[], bool]]:
    """Kills the process when time is up, or when the block is left early; yields whether time was up."""
    fired: list[bool] = []

    def kill() -> None:
        fired.append(True)
        process.kill()

    timer = Timer(timeout_s, kill)
    timer.daemon = True
    timer.start()
    try:
        yield lambda: bool(fired)
    finally:
        timer.cancel()
        if process.poll() is None:
            process.kill()


@contextmanager
def _fed(process: subprocess.Popen[bytes], feed: Iterable[bytes]) -> Iterator[None]:
    """Writes the feed to the process, in a thread, while the block reads its output."""
    broken: list[Exception] = []

    def write() -> None:
        assert process.stdin is not None
        try:
            with suppress(BrokenPipeError), process.stdin:  # it ended before its input did, and says why itself
                process.stdin.writelines(feed)
        except Exception as error:
            broken.append(error)
            process.kill()

    writer = Thread(target=write, name="feed", daemon=True)
    writer.start()
    try:
        yield
    finally:
        if process.poll() is None:
            process.kill()
        writer.join()
    if broken:
        raise broken[0]


def _done_ms(line: str) -> int | None:
    """`out_time_us=1234567` in milliseconds; other lines, and N/A, give None."""
    name, _, value = line.strip().partition("=")
    return int(value) // 1000 if name == "out_time_us" and value.lstrip("-").isdigit() else None


def _tail(complaints: IO[bytes]) -> str:
    size = complaints.seek(0, 2)
    complaints.seek(max(0, size - TAIL_CHARS))
    return complaints.read().decode(errors="replace")
