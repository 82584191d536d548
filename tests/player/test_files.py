from __future__ import annotations

import os
from pathlib import Path

import pytest

from player.files import read_if_there, remove_whole, write_whole


def test_what_was_written_is_read_and_nothing_else_is_left(tmp_path: Path) -> None:
    for raw in (b"first", b"", b"second"):
        write_whole(tmp_path / "state", raw)
        assert read_if_there(tmp_path / "state") == raw
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_only_the_owner_reads_a_secret(tmp_path: Path) -> None:
    write_whole(tmp_path / "token", b"secret", mode=0o600)
    assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("fails_at", ["fsync", "replace"])
def test_a_disk_that_fails_leaves_the_old_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: str) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    write_whole(tmp_path / "state", b"old")
    monkeypatch.setattr(os, fails_at, fail)
    with pytest.raises(OSError, match="No space left"):
        write_whole(tmp_path / "state", b"new")
    assert read_if_there(tmp_path / "state") == b"old"


def test_a_draft_that_a_power_cut_left_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "state.new").write_bytes(b"half of a much longer draft")
    write_whole(tmp_path / "state", b"new")
    assert read_if_there(tmp_path / "state") == b"new"


def test_bytes_are_on_the_disk_before_the_name_and_the_name_before_it_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    sync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (steps.append("sync"), sync(fd)))
    monkeypatch.setattr(os, "replace", lambda old, new: (steps.append("rename"), replace(old, new)))
    write_whole(tmp_path / "state", b"new")
    assert steps == ["sync", "rename", "sync"]


def test_a_file_that_is_gone_is_none_and_can_be_removed_again(tmp_path: Path) -> None:
    write_whole(tmp_path / "state", b"x")
    for _ in range(2):
        remove_whole(tmp_path / "state")
        assert read_if_there(tmp_path / "state") is None
