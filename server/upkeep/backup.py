"""Backup and restore: the database's rows, the media and the key in one tar file, restorable on either database.

Rows leave as JSON lines, table by table in the order of their foreign keys, all from one snapshot. Media are
named by digest and never change, so they are copied after the rows, while the server runs; until the end no file is
pruned. A box's picture that is replaced meanwhile is left out: the box sends another one.
"""

from __future__ import annotations

import io
import json
import os
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, BinaryIO, cast

from sqlalchemy import Connection, Engine, Table, insert
from sqlmodel import Session, select

from media.store import MediaStore
from server import tables
from server.db import make_engine, reading, utc_now
from server.errors import Conflict, Invalid, LiftcastError
from server.runtime.disk import is_disk_full
from server.screens.models import Player
from server.settings import Settings
from server.timelines.retention import digests_in_use
from server.upkeep.migrate import prepare_database

FORMAT = 1
ROWS_AT_ONCE = 500
# Restoring a backup must not sign in anybody who signed out since it was made.
LEFT_OUT = ("outbox", "person_session")


class NotEmpty(Conflict):
    """There is data here already. Restore into an empty data folder and an empty database."""


class NoRoomForBackup(LiftcastError):
    """There is no room for the backup, and nothing of it was kept. Free space, or write it to another disk."""

    status = 507


class BackupNotWritten(LiftcastError):
    """The backup cannot be written. Choose a folder that exists and that may be written."""


class NotABackup(Invalid):
    """This file is not a whole backup of Liftcast. Use a file that `liftcast-server backup` has finished."""


@dataclass(frozen=True)
class Written:
    """The contents of a backup; `missing`: digests of files that its rows name and the data folder does not have."""

    rows: int
    files: int
    missing: frozenset[str] = frozenset()


def write_backup_file(settings: Settings, path: Path) -> Written:
    """Write a backup that is under its name only when it is whole, and that nobody else can read."""
    with _explained_errors(), _draft_of(path) as draft:
        return write_backup(settings, draft)


@contextmanager
def _draft_of(path: Path) -> Iterator[BinaryIO]:
    """A file beside this one, in whose place it is put when the block ends, and of which nothing stays if it fails."""
    with NamedTemporaryFile(dir=path.parent, prefix=f"{path.name}.", suffix=".part", delete=False) as draft:
        try:
            yield cast(BinaryIO, draft)
            draft.flush()
            os.fsync(draft.fileno())
            os.replace(draft.name, path)
        except BaseException:
            os.unlink(draft.name)
            raise


def write_backup(settings: Settings, out: BinaryIO) -> Written:
    """Write a backup as a tar stream."""
    engine = make_engine(settings.database_url)
    try:
        return _write_parts(settings, engine, out)
    finally:
        engine.dispose()


def _write_parts(settings: Settings, engine: Engine, out: BinaryIO) -> Written:
    store = MediaStore(settings.media_dir)
    with store.keeping_all(), tarfile.open(fileobj=out, mode="w|") as tar:
        _add(tar, "key", settings.secret_key.encode())
        with reading(engine, at_one_moment=True) as db:
            rows = _add_rows(tar, db.connection())
            named = _named_files(db)
        files = {digest for digest in sorted(store.digests()) if _add_file(tar, store, digest)}
        _add(tar, "end", json.dumps({"format": FORMAT, "rows": rows, "files": len(files)}).encode())
    return Written(rows, len(files), frozenset(named - files))


def _add_rows(tar: tarfile.TarFile, connection: Connection) -> int:
    count = 0
    for table in _tables_in_backup():
        for part, lines in enumerate(_row_parts(connection, table)):
            _add(tar, f"rows/{table.name}/{part:06d}.jsonl", b"\n".join(lines))
            count += len(lines)
    return count


def _named_files(db: Session) -> set[str]:
    """Digests of the files that rows name, without the pictures of boxes, which are sent anew."""
    pictures = set(db.exec(select(Player.picture_digest)))
    return digests_in_use(db, now=utc_now()) - pictures


def _add_file(tar: tarfile.TarFile, store: MediaStore, digest: str) -> bool:
    """False for a file that was removed since it was listed."""
    try:
        file = store.path(digest).open("rb")
    except FileNotFoundError:
        return False
    with file:
        entry = _entry(f"media/{digest}", os.fstat(file.fileno()).st_size)
        tar.addfile(entry, file)
    return True


@contextmanager
def _explained_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if is_disk_full(error):
            raise NoRoomForBackup from error
        why = (error.strerror or str(error)).lower()
        raise BackupNotWritten(f"The backup cannot be written: {why}.") from error


def restore_backup(settings: Settings, source: BinaryIO) -> dict[str, int]:
    """Restore into an empty place; a backup that is not whole leaves the database empty."""
    prepare_database(settings)
    engine = make_engine(settings.database_url)
    store = MediaStore(settings.media_dir)
    try:
        with engine.begin() as connection:
            _must_be_empty(connection)
            return _read_parts(source, connection, store, settings)
    except (tarfile.TarError, EOFError, json.JSONDecodeError) as error:
        raise NotABackup from error
    finally:
        engine.dispose()


def _read_parts(source: BinaryIO, connection: Connection, store: MediaStore, settings: Settings) -> dict[str, int]:
    counts, end = {"rows": 0, "files": 0}, None
    for name, body in _parts(source):
        if name == "key":
            _restore_key(settings, body.read())
        elif name.startswith("rows/"):
            counts["rows"] += _insert_rows(connection, name.split("/")[1], body)
        elif name.startswith("media/"):
            _restore_file(store, name.removeprefix("media/"), body)
            counts["files"] += 1
        elif name == "end":
            end = json.loads(body.read())
    if end is None or end.get("format") != FORMAT or any(end[name] != count for name, count in counts.items()):
        raise NotABackup
    return counts


def _parts(source: BinaryIO) -> Iterator[tuple[str, Any]]:
    with tarfile.open(fileobj=source, mode="r|") as tar:
        for member in tar:
            yield member.name, tar.extractfile(member)


def _tables_in_backup() -> list[Table]:
    return [table for table in tables.metadata.sorted_tables if table.name not in LEFT_OUT]


def _row_parts(connection: Connection, table: Table) -> Iterator[list[bytes]]:
    rows = connection.execute(table.select().order_by(*table.primary_key.columns)).mappings()
    for part in rows.partitions(ROWS_AT_ONCE):
        yield [json.dumps(dict(row), default=_plain, ensure_ascii=False).encode() for row in part]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"$at": value.isoformat()}
    if isinstance(value, date):
        return {"$on": value.isoformat()}
    raise TypeError(type(value).__name__)


def _insert_rows(connection: Connection, name: str, body: BinaryIO) -> int:
    table = tables.metadata.tables.get(name)
    if table is None:
        raise NotABackup
    rows = [json.loads(line, object_hook=_typed) for line in body.read().splitlines()]
    connection.execute(insert(table), rows)
    return len(rows)


def _typed(value: dict[str, Any]) -> Any:
    """The inverse of `_plain`."""
    if value.keys() == {"$at"}:
        return datetime.fromisoformat(value["$at"])
    if value.keys() == {"$on"}:
        return date.fromisoformat(value["$on"])
    return value


def _must_be_empty(connection: Connection) -> None:
    for table in _tables_in_backup():
        if connection.execute(table.select().limit(1)).first():
            raise NotEmpty


def _restore_key(settings: Settings, key: bytes) -> None:
    path = settings.data_dir / "secret_key"
    path.touch(mode=0o600)
    path.write_bytes(key)


def _restore_file(store: MediaStore, digest: str, body: BinaryIO) -> None:
    stored = store.put(iter(lambda: body.read(1 << 20), b""))
    if stored != digest:
        store.remove(stored)
        raise NotABackup


def _add(tar: tarfile.TarFile, name: str, body: bytes) -> None:
    tar.addfile(_entry(name, len(body)), io.BytesIO(body))


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime, entry.mode = size, int(time.time()), 0o600
    return entry
