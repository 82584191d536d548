"""Settings of the player: read once, and a wrong one stops the start with one plain sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from media.environ import BadSetting
from player.settings import hardware_of, read_settings

GOOD = {"LIFTCAST_SERVER_URL": "https://screens.example.org/"}


def test_a_player_needs_no_setting_but_the_server() -> None:
    settings = read_settings(GOOD)
    assert settings.server_url == "https://screens.example.org"
    assert settings.poll_s == 15


def test_settings_of_a_server_on_the_same_machine_are_no_mistakes() -> None:
    assert read_settings({**GOOD, "LIFTCAST_DATABASE_URL": "sqlite://", "LIFTCAST_PORT": "1"})


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("POLL_S", "0", "LIFTCAST_POLL_S is '0', which cannot be used: input should be greater than or equal to 1."),
        ("SERVER_URL", "screens", "must be a whole address like https://screens.example.org."),
        ("LOG_LEVEL", "LOUD", "must be DEBUG, INFO, WARNING or ERROR."),
        ("HARDWARE_ID", "ab", "must have at least 4 characters."),
        ("POL_S", "5", "LIFTCAST_POL_S is not a setting of Liftcast"),
    ],
)
def test_a_wrong_value_is_explained_in_one_sentence(name: str, value: str, reason: str) -> None:
    with pytest.raises(BadSetting) as caught:
        read_settings({**GOOD, f"LIFTCAST_{name}": value})
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_without_a_server_it_says_which_setting_is_missing() -> None:
    with pytest.raises(BadSetting, match=r"LIFTCAST_SERVER_URL is missing"):
        read_settings({})


def test_hardware_is_a_hash_of_the_serial_number_before_the_machine_id(tmp_path: Path) -> None:
    (tmp_path / "serial").write_bytes(b"10000000abcdef\0")
    (tmp_path / "machine-id").write_text("m\n")
    serial, machine = tmp_path / "serial", tmp_path / "machine-id"
    assert hardware_of((serial, machine)) == hardware_of((serial,)) != hardware_of((machine,))
    assert "abcdef" not in hardware_of((serial,))


def test_a_machine_without_any_identity_requires_the_setting(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="LIFTCAST_HARDWARE_ID"):
        hardware_of((tmp_path / "nothing",))
