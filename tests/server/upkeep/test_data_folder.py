"""The data folder is closed to others, and a file that cannot be closed stops nothing."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from server.settings import Settings
from server.upkeep.data_folder import close_data_folder


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    folder, database = tmp_path / "data", tmp_path / "elsewhere.sqlite3"
    (folder / "media").mkdir(parents=True)
    for path in (folder, folder / "media"):
        path.chmod(0o755)
    for path in (folder / "secret_key", database, Path(f"{database}-wal")):
        path.write_text("secret")
        path.chmod(0o644)
    return Settings(data_dir=folder, database_url=f"sqlite:///{database}", secret_key="k" * 64)


def test_folders_files_and_a_database_elsewhere_are_closed(settings: Settings, tmp_path: Path) -> None:
    close_data_folder(settings)
    folder = settings.data_dir
    assert [mode(path) for path in (folder, folder / "media")] == [0o700, 0o700]
    files = (folder / "secret_key", tmp_path / "elsewhere.sqlite3", tmp_path / "elsewhere.sqlite3-wal")
    assert [mode(path) for path in files] == [0o600] * 3


def test_rights_are_taken_away_and_none_given(settings: Settings) -> None:
    key = settings.data_dir / "secret_key"
    key.chmod(0o444)
    close_data_folder(settings)
    assert mode(key) == 0o400


def test_a_folder_that_does_not_exist_yet_is_no_error(tmp_path: Path) -> None:
    close_data_folder(
        Settings(data_dir=tmp_path / "none", database_url="postgresql+psycopg://nowhere/none", secret_key="k" * 64)
    )
    assert not (tmp_path / "none").exists()


def test_a_file_of_another_user_is_reported_and_the_rest_closed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    chmod = Path.chmod

    def refuse_the_key(path: Path, mode: int) -> None:
        if path.name == "secret_key":
            raise PermissionError
        chmod(path, mode)

    monkeypatch.setattr(Path, "chmod", refuse_the_key)
    close_data_folder(settings)
    assert mode(settings.data_dir / "media") == 0o700
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "secret_key" in caplog.text
