"""Probing large pictures: one at a time, in a child process, so that the memory is bounded and given back.

A picture of half a megabyte can take hundreds of megabytes to decode. Several decoded at once in one process would take
them all together, and the allocator would keep a part for good.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import BoundedSemaphore, Lock
from time import monotonic, sleep

from pydantic import TypeAdapter

from media.refused import Refused
from server.creatives.probe.found import Found, Limits
from server.creatives.probe.pictures import count_pixels
from server.creatives.probe.probe import probe

SMALL_PIXELS = 4_000_000  # decoded in this process: at most some 50 MB, even in deep colours
TIME_LIMIT_S = 60
MOST_WAITING = 8  # threads of a process that decode or wait for their turn: the others go on serving files
TURN_WITHIN_S, LOOK_EVERY_S = 60, 0.1
FOUND, LIMITS = TypeAdapter(Found), TypeAdapter(Limits)

_small_turn = Lock()
_waiting = BoundedSemaphore(MOST_WAITING)


class TooManyWaiting(Exception):
    """Others are being decoded or drawn, and it would take too long until this one's turn."""


def probe_apart(path: Path, limits: Limits, *, memory_bytes: int, turn: Path) -> Found:
    """As `probe`. `turn` is a folder: of all processes that name it, one at a time decodes a large picture.

    Raises Refused, also for a picture that needs more than `memory_bytes` or a minute to decode, and TooManyWaiting.
    """
    pixels, in_all = count_pixels(path)
    if not pixels or pixels > limits.pixels:  # a film, or refused by its header
        return probe(path, limits)
    if in_all <= SMALL_PIXELS:
        with _small_turn:
            return probe(path, limits)
    with one_at_a_time(turn):
        return _probe_in_child(path, limits, memory_bytes)


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Of all processes with this folder as their lock, one is in the block. The kernel frees the lock of one that dies.

    Raises TooManyWaiting: at once if many threads of this process wait, or after a minute.
    """
    if not _waiting.acquire(blocking=False):
        raise TooManyWaiting
    handle = os.open(folder, os.O_RDONLY)
    try:
        _lock(handle)
        yield
    finally:
        os.close(handle)
        _waiting.release()


def _lock(handle: int) -> None:
    give_up_at = monotonic() + TURN_WITHIN_S
    while True:
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if monotonic() > give_up_at:
                raise TooManyWaiting from None
        sleep(LOOK_EVERY_S)


def _probe_in_child(path: Path, limits: Limits, memory_bytes: int) -> Found:
    limited = ["setpriv", "--pdeathsig", "KILL", "prlimit", f"--as={memory_bytes}"]
    command = [
        *limited,
        sys.executable,
        "-P",
        "-m",
        "server.creatives.probe.child_process",
        str(path),
        LIMITS.dump_json(limits).decode(),
    ]
    quiet = subprocess.DEVNULL
    try:
        child = subprocess.run(command, stdin=quiet, stdout=subprocess.PIPE, stderr=quiet, timeout=TIME_LIMIT_S)
    except subprocess.TimeoutExpired:
        raise _too_costly() from None
    if child.returncode != 0:
        raise _too_costly()
    answer = json.loads(child.stdout)
    if "refused" in answer:
        raise Refused(**answer["refused"])
    return FOUND.validate_python(answer["found"])


def _too_costly() -> Refused:
    return Refused(
        "picture_too_costly",
        "The picture needs more memory or time to be read than is allowed.",
        "Scale it down (a screen shows 1920 × 1080), save it as JPEG or PNG, and upload that.",
    )


def _answer(path: Path, limits: Limits) -> dict[str, object]:
    try:
        return {"found": FOUND.dump_python(probe(path, limits), mode="json")}
    except Refused as refused:
        return {"refused": {"code": refused.code, "message": refused.message, "remedy": refused.remedy}}


if __name__ == "__main__":
    print(json.dumps(_answer(Path(sys.argv[1]), LIMITS.validate_json(sys.argv[2]))))  # noqa: T201  the parent reads it
