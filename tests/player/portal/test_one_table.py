from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from player.portal.one_table import open_table

TABLE = "CREATE TABLE IF NOT EXISTS fault (id TEXT)"


def test_a_table_is_made_once_and_keeps_its_rows(tmp_path: Path) -> None:
    for _ in range(2):
        with closing(open_table(tmp_path / "faults", TABLE)) as db, db:
            db.execute("INSERT INTO fault VALUES ('a')")
    with closing(open_table(tmp_path / "faults", TABLE)) as db:
        assert db.execute("SELECT count(*) FROM fault").fetchone() == (2,)


@pytest.mark.parametrize("content", [b"no database" * 100, None])
def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "faults"
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    with pytest.raises(sqlite3.Error):
        open_table(file, TABLE)
