"""Protect the data folder: it holds the key that signs everything, and the originals of uploads."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from sqlalchemy.engine import make_url

from server.settings import Settings

logger = logging.getLogger(__name__)

UMASK = 0o077
FOLDER, FILE = 0o700, 0o600


def make_files_private() -> None:
    """Files that this process and its children write are readable by nobody else. Call it before the settings are
    read."""
    os.umask(UMASK)


def close_data_folder(settings: Settings) -> None:
    """Take others' rights away from a folder that an earlier version, or someone's umask, left open."""
    folder = settings.data_dir
    inside = folder.iterdir() if folder.is_dir() else ()  # nobody gets past these, so what is deeper may stay as it is
    for path in {folder, *inside, *_database_files(settings)}:
        if path.exists():
            _restrict(path, FOLDER if path.is_dir() else FILE)


def _database_files(settings: Settings) -> list[Path]:
    if not settings.on_sqlite or not (name := make_url(settings.database_url).database):
        return []
    return [Path(f"{name}{ending}") for ending in ("", "-wal", "-shm")]


def _restrict(path: Path, mode: int) -> None:
    try:
        path.chmod(path.stat().st_mode & mode)
    except PermissionError:
        logger.warning("others may read it, and this user cannot change that path=%s", path)
