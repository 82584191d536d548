"""Running ffmpeg on what strangers uploaded: niced, limited in time and memory, gone when its worker is gone."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import IO

from media.ffprobe import SAFE_INPUT
from server.errors import LiftcastError

NICENESS = 10
THREADS = 2
ERROR_SHARE = "0.05"  # more broken frames than this are not worth showing
TAIL_CHARS = 4000

OnProgress = Callable[[float], None]


class RenditionFailed(LiftcastError):
    """The film could not be converted. Export it as MP4 (H.264, AAC) and upload that."""


class RenditionTooSlow(RenditionFailed):
    """Converting took longer than allowed. Upload a shorter or smaller file, or raise LIFTCAST_TRANSCODE_TIMEOUT_S."""


class RenditionTooBig(RenditionFailed):
    """Converting needed more memory than allowed. Upload a smaller file, or raise LIFTCAST_TRANSCODE_MEMORY_MB."""


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
    arguments: Sequence[str], *, limits: FfmpegLimits, total_ms: int = 0, on_progress: OnProgress | None = None
) -> None:
    """Run to the end or raise RenditionFailed; `on_progress` hears 0…1 and may raise to stop the run."""
    with tempfile.TemporaryFile() as complaints, _started(arguments, limits, complaints) as process:
        with _killed_after(limits.timeout_s, process) as too_late:
            assert process.stdout is not None
            for line in process.stdout:
                done_ms = _done_ms(line)
                if on_progress and total_ms and done_ms is not None:
                    on_progress(min(1.0, done_ms / total_ms))
            process.wait()
        if too_late():
            raise RenditionTooSlow
        told = _tail(complaints)
        if process.returncode != 0 or known_reason(told):  # ffmpeg may end with 0 on a full disk
            raise reason_of(told, process.returncode)


def input_of(path: Path, limits: FfmpegLimits) -> list[str]:
    """The options that make it safe to read a stranger's file."""
    return ["-max_pixels", str(limits.max_pixels), *SAFE_INPUT, "-i", f"file:{path}"]


def reason_of(complaints: str, returncode: int) -> RenditionFailed:
    """ffmpeg's last words as an error with a remedy."""
    known = known_reason(complaints)
    if known:
        return known()
    lines = [line for line in complaints.splitlines() if line.strip()]
    return RenditionFailed(ffmpeg=lines[-1] if lines else f"ended with {returncode}")


def known_reason(complaints: str) -> type[RenditionFailed] | None:
    return next((error for signs, error in REASONS if any(sign in complaints for sign in signs)), None)


def _started(arguments: Sequence[str], limits: FfmpegLimits, complaints: IO[bytes]) -> subprocess.Popen[str]:
    # setpriv: a worker that is killed takes its ffmpeg with it, so nobody writes beside its successor.
    limited = ["setpriv", "--pdeathsig", "KILL", "prlimit", f"--as={limits.memory_bytes}", "nice", "-n", str(NICENESS)]
    quiet = ["-nostdin", "-hide_banner", "-nostats", "-v", "error", "-y", "-max_error_rate", ERROR_SHARE]
    return subprocess.Popen(
        [*limited, "ffmpeg", *quiet, "-progress", "pipe:1", "-stats_period", "0.5", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=complaints,
        text=True,
    )


@contextmanager
def _killed_after(timeout_s: float, process: subprocess.Popen[str]) -> Iterator[Callable[[], bool]]:
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


def _done_ms(line: str) -> int | None:
    """`out_time_us=1234567` in milliseconds; other lines, and N/A, say nothing."""
    name, _, value = line.strip().partition("=")
    return int(value) // 1000 if name == "out_time_us" and value.lstrip("-").isdigit() else None


def _tail(complaints: IO[bytes]) -> str:
    size = complaints.seek(0, 2)
    complaints.seek(max(0, size - TAIL_CHARS))
    return complaints.read().decode(errors="replace")
