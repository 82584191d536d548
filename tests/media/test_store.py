from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from media.store import MediaStore, WrongDigest, digest_of
from tests.rig.servers.disks import small_disk


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path / "media")


def drafts(store: MediaStore) -> list[Path]:
    return list(store.drafts.iterdir())


def test_a_file_is_named_by_its_bytes(store: MediaStore) -> None:
    digest = store.put([b"one ", b"film"])
    assert store.path(digest).read_bytes() == b"one film"
    assert store.put([b"one film"]) == digest == digest_of(store.path(digest))
    assert list(store.digests()) == [digest]
    assert drafts(store) == []


def test_a_source_that_breaks_off_leaves_nothing(store: MediaStore) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half a"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        store.put(broken())
    assert (list(store.digests()), drafts(store)) == ([], [])


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path / "media", kilobytes=64):
        store = MediaStore(tmp_path / "media")
        with pytest.raises(OSError) as full:
            store.put([bytes(1024)] * 1024)
        assert full.value.errno == errno.ENOSPC
        assert (list(store.digests()), drafts(store)) == ([], [])


def test_a_finished_download_is_adopted_only_if_it_is_the_requested_file(store: MediaStore, tmp_path: Path) -> None:
    digest = store.put([b"film"])
    store.remove(digest)
    wrong, right = tmp_path / "wrong", tmp_path / "right"
    wrong.write_bytes(b"something else")
    right.write_bytes(b"film")
    with pytest.raises(WrongDigest):
        store.adopt(wrong, digest)
    assert not store.has(digest)
    store.adopt(right, digest)
    assert store.verify(digest)
    assert not right.exists()


def test_a_file_that_went_bad_is_found_out(store: MediaStore) -> None:
    digest = store.put([b"film"])
    assert store.verify(digest)
    store.path(digest).write_bytes(b"flim")
    assert store.has(digest)
    assert not store.verify(digest)


@pytest.mark.parametrize("name", ["", "..", "../../etc/passwd", "a" * 63, "A" * 64, "a" * 64 + "\n"])
def test_a_name_that_is_no_digest_has_no_path(store: MediaStore, name: str) -> None:
    with pytest.raises(WrongDigest):
        store.path(name)


def test_only_what_is_to_be_kept_survives_a_pruning(store: MediaStore) -> None:
    keep, go = store.put([b"keep"]), store.put([b"go"])
    assert store.prune([keep]) == [go]
    assert list(store.digests()) == [keep]


def test_stored_files_can_be_read_by_the_other_processes(store: MediaStore) -> None:
    assert os.stat(store.path(store.put([b"film"]))).st_mode & 0o777 == 0o600


def test_stored_files_can_be_read_by_the_processes_of_the_same_group_where_wanted(tmp_path: Path) -> None:
    store = MediaStore(tmp_path, mode=0o640)
    assert os.stat(store.path(store.put([b"film"]))).st_mode & 0o777 == 0o640


def test_a_file_that_is_kept_counts_as_new_again(tmp_path: Path) -> None:
    store = MediaStore(tmp_path)
    digest = store.put([b"film"])
    os.utime(store.path(digest), (0, 0))
    assert store.keep(digest)
    assert store.path(digest).stat().st_mtime > 0
    assert not store.keep("0" * 64)
