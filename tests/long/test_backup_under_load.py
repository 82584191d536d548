"""Ten backups of a server under load, each restored and counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.settings import Settings
from tests.rig.backups import assert_whole, under_load

ROUNDS = 10


@pytest.mark.long
def test_ten_backups_under_load_are_whole(settings: Settings, tmp_path: Path) -> None:
    with under_load(settings):
        for nth in range(ROUNDS):
            folder = tmp_path / f"restored-{nth}"
            url = f"sqlite:///{folder / 'liftcast.sqlite3'}"
            assert_whole(settings, Settings(data_dir=folder, database_url=url, secret_key="e" * 64))
