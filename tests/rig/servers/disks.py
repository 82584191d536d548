"""A disk that is really full: a small tmpfs of the test's own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


class MayNotMount(RuntimeError):
    """Mounting a small disk needs root."""


@contextmanager
def small_disk(at: Path, *, kilobytes: int) -> Iterator[Path]:
    """Mount a tmpfs of this size; the test is skipped where that is not allowed."""
    try:
        mount_small_disk(at, kilobytes=kilobytes)
    except MayNotMount as error:
        pytest.skip(str(error))
    try:
        yield at
    finally:
        unmount(at)


def mount_small_disk(at: Path, *, kilobytes: int) -> None:
    at.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k,mode=0755", "tmpfs", str(at)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        raise MayNotMount(MayNotMount.__doc__)


def enlarge(at: Path, *, kilobytes: int) -> None:
    """Give a mounted small disk this size."""
    subprocess.run(["mount", "-o", f"remount,size={kilobytes}k", str(at)], check=True)


def unmount(at: Path) -> None:
    subprocess.run(["umount", "--lazy", str(at)], check=True)


@contextmanager
def fill(folder: Path) -> Iterator[Path]:
    """A file that takes all that is left on the disk of this folder; it goes at the end of the block."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
    try:
        yield filler
    finally:
        filler.unlink(missing_ok=True)
