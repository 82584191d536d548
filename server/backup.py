"""Backup and restore: the database's rows, the media and the key in one tar file, restorable on either database.

Rows leave as JSON lines, table by table in the order of their foreign keys, all from one snapshot. Media are
named by digest and never change, so those that the snapshot names are copied while the server runs.
"""

from __future__ import annotations

import io
import json
import tarfile
import time
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, BinaryIO

from sqlalchemy import Connection, Table, insert, select, text

from media.store import MediaStore
from server import tables
from server.db import make_engine
from server.errors import Conflict, Invalid
from server.migrate import prepare_database
from server.settings import Settings

FORMAT = 1
ROWS_AT_ONCE = 500
LEFT_OUT = ("outbox",)


class NotEmpty(Conflict):
    """There is data here already. Restore into an empty data folder and an empty database."""


class NotABackup(Invalid):
    """This file is not a whole backup of Liftcast. Use a file that `liftcast-server backup` has finished."""


def write_backup(settings: Settings, out: BinaryIO) -> dict[str, int]:
    """Write a backup as a tar stream; returns how many rows and files it holds."""
    store = MediaStore(settings.media_dir)
    counts = {"rows": 0, "files": 0}
    engine = make_engine(settings.database_url)
    with tarfile.open(fileobj=out, mode="w|") as tar:
        _add(tar, "key", settings.secret_key.encode())
        with engine.connect().execution_options(writes=False, **_snapshot(settings)) as connection:
            for table in _kept_tables():
                for part, lines in enumerate(_row_parts(connection, table)):
                    _add(tar, f"rows/{table.name}/{part:06d}.jsonl", b"\n".join(lines))
                    counts["rows"] += len(lines)
        for digest in sorted(store.digests()):
            tar.add(store.path(digest), arcname=f"media/{digest}")
            counts["files"] += 1
        _add(tar, "end", json.dumps({"format": FORMAT, **counts}).encode())
    engine.dispose()
    return counts


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


def _kept_tables() -> list[Table]:
    return [table for table in tables.metadata.sorted_tables if table.name not in LEFT_OUT]


def _snapshot(settings: Settings) -> dict[str, Any]:
    return {} if settings.on_sqlite else {"isolation_level": "REPEATABLE READ"}


def _row_parts(connection: Connection, table: Table) -> Iterator[list[bytes]]:
    rows = connection.execute(select(table).order_by(*table.primary_key.columns)).mappings()
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
    for table in _kept_tables():
        if connection.execute(select(text("1")).select_from(table).limit(1)).first():
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
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime, entry.mode = len(body), int(time.time()), 0o600
    tar.addfile(entry, io.BytesIO(body))
