"""A server that is written to while it is backed up, and what a backup of it must hold."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from sqlalchemy import Engine
from sqlmodel import func, select

from media.store import MediaStore
from server import tables
from server.db import make_engine, reading, transaction, utc_now
from server.jobs.sweep import prune_store
from server.screens.models import Player
from server.screens.pictures import keep_picture
from server.settings import Settings
from server.timelines.retention import digests_in_use
from server.upkeep.backup import restore_backup, write_backup
from tests.factories import make_creative, make_player, make_screen


@contextmanager
def under_load(settings: Settings) -> Iterator[None]:
    """While the block runs: pictures are replaced, creatives come, files are pruned."""
    engine, store, ended = make_engine(settings.database_url), MediaStore(settings.media_dir), Event()
    with transaction(engine) as db:
        player_id = make_player(db, screen=make_screen(db)).id
    errors: list[BaseException] = []

    def keep_on(pause_s: float, act: Callable[[], None]) -> None:
        try:
            while not ended.wait(pause_s):
                act()
        except BaseException as error:
            errors.append(error)

    acts: list[tuple[float, Callable[[], None]]] = [
        (0.002, lambda: replace_picture(engine, store, player_id)),
        (0.05, lambda: add_creative(engine, store)),  # they stay: each makes the next backup longer
        (0.002, lambda: prune(engine, store)),
    ]
    threads = [Thread(target=keep_on, args=act) for act in acts]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()
        engine.dispose()
    assert errors == []


def replace_picture(engine: Engine, store: MediaStore, player_id: str) -> None:
    digest = store.put([os.urandom(2000)])
    with transaction(engine) as db:
        before = keep_picture(db, db.get_one(Player, player_id), digest, now=utc_now())
    if before is not None:
        store.remove(before)


def add_creative(engine: Engine, store: MediaStore) -> None:
    with transaction(engine) as db:
        make_creative(db, store)


def prune(engine: Engine, store: MediaStore) -> None:
    with reading(engine) as db:
        in_use = digests_in_use(db, now=utc_now())
    prune_store(store, in_use, named=lambda _digests: set())


def assert_whole(settings: Settings, elsewhere: Settings) -> None:
    """A backup is made and restored: as many rows as it says, and every file that they name."""
    out = io.BytesIO()
    written = write_backup(settings, out)
    assert written.missing == frozenset()
    assert restore_backup(elsewhere, io.BytesIO(out.getvalue())) == {"rows": written.rows, "files": written.files}
    engine, store = make_engine(elsewhere.database_url), MediaStore(elsewhere.media_dir)
    with reading(engine) as db:
        counts = (db.exec(select(func.count()).select_from(table)).one() for table in tables.metadata.sorted_tables)
        assert sum(counts) == written.rows
        named = digests_in_use(db, now=utc_now()) - set(db.exec(select(Player.picture_digest)))
    engine.dispose()
    assert named <= set(store.digests())
