"""Small files that must be whole or not there at all, at any moment of a power cut."""

from __future__ import annotations

import os
from pathlib import Path


def write_whole(path: Path, raw: bytes, *, mode: int = 0o644, sync: bool = True) -> None:
    """Written beside, synced, then renamed: a reader sees the old bytes or the new ones."""
    draft = path.with_name(path.name + ".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as out:
        out.write(raw)
        out.flush()
        if sync:
            os.fsync(out.fileno())
    os.replace(draft, path)
    if sync:
        sync_folder(path.parent)


def remove_whole(path: Path) -> None:
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


def read_if_there(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def sync_folder(folder: Path) -> None:
    """A rename is on the disk only when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
