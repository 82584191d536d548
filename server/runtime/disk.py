"""The disk of the data folder: how much space is left, and which errors mean that there is none."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from server.errors import LiftcastError

SHORT_SHARE = 0.10
POSTGRES_DISK_FULL = "53100"


class DiskFull(LiftcastError):
    """The server's disk is full. Nothing was kept; free space on the server, then try again."""

    status = 507
    retry_after_s = 60


@dataclass(frozen=True)
class DiskSpace:
    """Bytes of the disk that holds a folder."""

    free: int
    total: int

    @property
    def share(self) -> float:
        return self.free / self.total if self.total else 0.0

    @property
    def is_short(self) -> bool:
        return self.share < SHORT_SHARE


def disk_space_of(folder: Path) -> DiskSpace:
    usage = shutil.disk_usage(folder)
    return DiskSpace(usage.free, usage.used + usage.free)  # without what is reserved for root


def is_disk_full(error: BaseException | None) -> bool:
    """Whether this error, or one of its causes, means that a disk is full: of files, of SQLite or of PostgreSQL."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if _says_full(error):
            return True
        seen.add(id(error))
        error = getattr(error, "orig", None) or error.__cause__ or error.__context__
    return False


@contextmanager
def full_disk_named() -> Iterator[None]:
    """Raises DiskFull in place of an error that says the same less well."""
    try:
        yield
    except DiskFull:
        raise
    except Exception as error:
        if is_disk_full(error):
            raise DiskFull from error
        raise


def _says_full(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL
    return isinstance(error, DiskFull) or getattr(error, "sqlstate", None) == POSTGRES_DISK_FULL
