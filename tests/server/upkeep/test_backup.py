from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from media.store import MediaStore
from server import tables
from server.db import make_engine, transaction
from server.jobs.sweep import prune_store
from server.settings import Settings
from server.upkeep.backup import (
    BackupNotWritten,
    NoRoomForBackup,
    NotABackup,
    NotEmpty,
    restore_backup,
    write_backup,
    write_backup_file,
)
from server.upkeep.migrate import prepare_database
from tests.factories import make_campaign, make_creative, make_offer, make_person, make_player, make_screen
from tests.rig.backups import assert_whole, under_load
from tests.rig.servers.disks import small_disk


@pytest.fixture
def filled(settings: Settings, engine: Engine) -> Settings:
    """A house with something of everything that an operator would miss."""
    (settings.data_dir / "secret_key").write_text(settings.secret_key)
    store = MediaStore(settings.media_dir)
    with transaction(engine) as db:
        make_person(db)
        make_player(db, screen=make_screen(db))
        make_campaign(db, creatives=[make_creative(db, store=store)])
        make_offer(db)
    return settings


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Settings]:
    """An empty place: always SQLite, from either kind of backup."""
    folder = tmp_path / "elsewhere"
    return Settings(data_dir=folder, database_url=f"sqlite:///{folder / 'restored.sqlite3'}", secret_key="e" * 64)


def backup_of(settings: Settings) -> bytes:
    out = io.BytesIO()
    write_backup(settings, out)
    return out.getvalue()


def rows_of(settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    engine = make_engine(settings.database_url)
    with engine.connect() as connection:
        rows = {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
            for table in tables.metadata.sorted_tables
            if table.name != "outbox"
        }
    engine.dispose()
    return rows


def test_a_backup_restored_into_an_empty_place_is_the_same_house(filled: Settings, elsewhere: Settings) -> None:
    restore_backup(elsewhere, io.BytesIO(backup_of(filled)))
    assert rows_of(elsewhere) == rows_of(filled)
    assert sorted(MediaStore(elsewhere.media_dir).digests()) == sorted(MediaStore(filled.media_dir).digests())
    assert (elsewhere.data_dir / "secret_key").read_text() == filled.secret_key


def test_a_backup_of_sqlite_restores_into_postgresql(tmp_path: Path, elsewhere: Settings, database_url: str) -> None:
    target = Settings(data_dir=tmp_path / "target", database_url=database_url, secret_key="t" * 64)
    prepare_database(elsewhere)
    engine = make_engine(elsewhere.database_url)
    with transaction(engine) as db:
        make_player(db, screen=make_screen(db))
    engine.dispose()
    restore_backup(target, io.BytesIO(backup_of(elsewhere)))
    assert rows_of(target) == rows_of(elsewhere)


def test_a_backup_is_not_restored_over_data(filled: Settings) -> None:
    before = rows_of(filled)
    with pytest.raises(NotEmpty):
        restore_backup(filled, io.BytesIO(backup_of(filled)))
    assert rows_of(filled) == before


@pytest.mark.parametrize("part", [0.3, 0.9])
def test_a_backup_that_broke_off_leaves_the_database_empty(filled: Settings, elsewhere: Settings, part: float) -> None:
    whole = backup_of(filled).rstrip(b"\0")  # without the padding, of which none is missed
    with pytest.raises(NotABackup):
        restore_backup(elsewhere, io.BytesIO(whole[: int(len(whole) * part) // 512 * 512 - 200]))
    assert not any(rows_of(elsewhere).values())


def test_a_file_that_is_no_backup_is_refused(elsewhere: Settings) -> None:
    with pytest.raises(NotABackup):
        restore_backup(elsewhere, io.BytesIO(b"not a tar at all" * 1000))


# --- while the server runs


def test_a_picture_that_is_replaced_while_files_are_copied_is_left_out(
    filled: Settings, elsewhere: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = MediaStore(filled.media_dir)
    picture = store.put([b"a picture of the screen"])
    listed = MediaStore.digests

    def list_and_replace(here: MediaStore) -> Iterator[str]:
        found = list(listed(here))
        here.remove(picture)
        return iter(found)

    with monkeypatch.context() as patch:
        patch.setattr(MediaStore, "digests", list_and_replace)
        backup = backup_of(filled)
    restored = restore_backup(elsewhere, io.BytesIO(backup))
    assert restored["files"] == len(list(store.digests()))
    assert not MediaStore(elsewhere.media_dir).has(picture)


def test_no_file_is_pruned_while_a_backup_may_still_copy_it(store: MediaStore) -> None:
    unused = store.put([b"nobody needs this"])
    os.utime(store.path(unused), (0, 0))
    with store.keeping_all(), MediaStore(store.root).keeping_all():  # two backups do not wait for each other
        assert prune_store(store, set(), named=lambda _digests: set()) == []
    assert prune_store(store, set(), named=lambda _digests: set()) == [unused]


def test_files_that_rows_name_and_the_folder_lost_are_counted(filled: Settings) -> None:
    store = MediaStore(filled.media_dir)
    lost = next(iter(store.digests()))
    store.remove(lost)
    assert write_backup(filled, io.BytesIO()).missing == {lost}


def test_a_backup_is_under_its_name_only_when_it_is_whole(filled: Settings, tmp_path: Path) -> None:
    """On a disk that is too small for it; the one before stays."""
    MediaStore(filled.media_dir).put([os.urandom(1 << 20)])
    with small_disk(tmp_path / "small", kilobytes=512) as disk:
        target = disk / "liftcast.backup"
        target.write_bytes(b"the one of yesterday")
        with pytest.raises(NoRoomForBackup):
            write_backup_file(filled, target)
        assert [(path.name, path.read_bytes()) for path in disk.iterdir()] == [(target.name, b"the one of yesterday")]


def test_a_backup_is_private_and_names_an_existing_file_in_the_way(filled: Settings, tmp_path: Path) -> None:
    write_backup_file(filled, tmp_path / "liftcast.backup")
    assert (tmp_path / "liftcast.backup").stat().st_mode & 0o777 == 0o600
    with pytest.raises(BackupNotWritten, match="no such file or directory"):
        write_backup_file(filled, tmp_path / "nowhere" / "liftcast.backup")


def test_a_backup_under_load_holds_every_file_that_its_rows_name(filled: Settings, elsewhere: Settings) -> None:
    with under_load(filled):
        assert_whole(filled, elsewhere)
