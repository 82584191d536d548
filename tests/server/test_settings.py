from __future__ import annotations

from pathlib import Path

import pytest

from media.environ import BadSetting
from server.settings import read_settings


def test_the_public_and_media_addresses_follow_from_the_port(tmp_path: Path) -> None:
    settings = read_settings({"LIFTCAST_DATA_DIR": str(tmp_path), "LIFTCAST_HOST": "0.0.0.0", "LIFTCAST_PORT": "9000"})
    assert (settings.public_url, settings.media_url) == ("http://127.0.0.1:9000", "http://127.0.0.1:8001")


def test_the_key_is_made_once_and_kept(tmp_path: Path) -> None:
    environ = {"LIFTCAST_DATA_DIR": str(tmp_path)}
    assert read_settings(environ).secret_key == read_settings(environ).secret_key
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("PORT", "eighty", "LIFTCAST_PORT is 'eighty', which cannot be used"),
        ("DAYS_AHEAD", "3", "LIFTCAST_DAYS_AHEAD is '3', which cannot be used"),
        ("DATABASE_URL", "mysql://x", "must begin with sqlite:// or postgresql://"),
        ("REDIS_URL", "http://localhost", "must begin with redis://"),
        ("PUBLIC_URL", "screens.example.org", "must be a whole address"),
        ("SECRET_KEY", "short", "must have at least 32 characters"),
        ("BOX_ZONE", "box", "must be a domain name like box.example.org"),
        ("ACME_URL", "http://ca.example.org", "must be a whole address that begins with https://"),
        ("PROT", "8000", "LIFTCAST_PROT is not a setting of Liftcast"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_sentence(tmp_path: Path, name: str, value: str, message: str) -> None:
    with pytest.raises(BadSetting, match="LIFTCAST_") as caught:
        read_settings({"LIFTCAST_DATA_DIR": str(tmp_path), f"LIFTCAST_{name}": value})
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_setting_of_the_player_is_no_spelling_mistake(tmp_path: Path) -> None:
    read_settings({"LIFTCAST_DATA_DIR": str(tmp_path), "LIFTCAST_SERVER_URL": "http://localhost:8000"})


def test_a_data_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadSetting, match=r"LIFTCAST_DATA_DIR is .* which cannot be used: not a directory"):
        read_settings({"LIFTCAST_DATA_DIR": str(tmp_path / "file" / "data")})


@pytest.mark.parametrize("zone", ["example.org", "screens.example.org"])
def test_no_box_can_have_the_servers_public_name(tmp_path: Path, zone: str) -> None:
    environ = {"LIFTCAST_DATA_DIR": str(tmp_path), "LIFTCAST_PUBLIC_URL": "https://screens.example.org"}
    assert read_settings(environ | {"LIFTCAST_BOX_ZONE": "box.example.org"}).box_zone == "box.example.org"
    with pytest.raises(BadSetting, match="LIFTCAST_BOX_ZONE"):
        read_settings(environ | {"LIFTCAST_BOX_ZONE": zone})


def test_a_zone_is_read_in_any_case_with_or_without_its_dot(tmp_path: Path) -> None:
    environ = {"LIFTCAST_DATA_DIR": str(tmp_path), "LIFTCAST_BOX_ZONE": "Box.Example.ORG."}
    assert read_settings(environ).box_zone == "box.example.org"
