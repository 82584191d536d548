"""The installer's input is applied whole or not at all, and a WiFi that cannot be joined leads back.

Covers: player.setup.network, player.setup.connections, player.setup.messages
"""

from __future__ import annotations

import errno
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from player.hotspot.enforcer import CommandFailed
from player.setup import unit as unit_module
from player.setup.connections import SETUP, UPLINK
from player.setup.messages import SETUP_ANSWER, Close, Done, Failed, Open, SetUp, SetupAnswer, SetupRequest, Trouble
from player.setup.network import SetupNetwork, new_network, read_network
from player.setup.unit import COUNTRY_FILE, SERVER_FILE, SetupUnit

SSID = "大堂 [wifi]\\;#"
PASSWORD = 'p a"s\\s#word;'


class Rig:
    """failing: commands that contain one of these texts fail"""

    def __init__(self, folder: Path, *, hotspot_radio: str = "", radios: Sequence[str] = ("wlan0",)) -> None:
        self.folder, self.connections = folder / "state", folder / "connections"
        for made in (self.folder, self.connections):
            made.mkdir(exist_ok=True)
        for radio in radios:
            (folder / "net" / radio / "phy80211").mkdir(parents=True, exist_ok=True)
        self.failing: set[str] = set()
        self.commands: list[str] = []
        self.flag = folder / "flag"
        self.unit = SetupUnit(
            self.folder, connections=self.connections, run=self._run, hardware="box-1", hotspot_radio=hotspot_radio,
            radios=folder / "net", flag=self.flag, names=folder / "names.conf",
        )  # fmt: skip
        self.unit.start()

    def _run(self, command: Sequence[str], given: str = "") -> str:
        line = " ".join(command)
        self.commands.append(line)
        if any(text in line for text in self.failing):
            raise CommandFailed(f"{command[0]} is failing")
        return ""

    def send(self, request: SetupRequest) -> SetupAnswer:
        return SETUP_ANSWER.validate_json(self.unit.answer(request.model_dump_json().encode()))

    @property
    def network(self) -> SetupNetwork:
        network = read_network(self.folder)
        assert network
        return network

    def keyfile(self, name: str) -> str:
        return (self.connections / f"{name}.nmconnection").read_text()


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def set_up(**fields: Any) -> SetUp:
    given = {"server_url": "https://screens.example.org", "country": "CN", "uplink": {"kind": "wired"}, **fields}
    return SetUp.model_validate(given)


def by_wifi(password: str = PASSWORD) -> SetUp:
    return set_up(uplink={"kind": "wifi", "ssid": SSID, "password": password})


def test_the_network_has_a_name_of_this_box_and_a_passphrase_of_its_own(rig: Rig, tmp_path: Path) -> None:
    name, passphrase = rig.network.ssid, rig.network.passphrase
    assert name.startswith("Liftcast-")
    assert len(name) == 13
    assert len(passphrase) == 10
    assert new_network("box-1").ssid == name
    assert new_network("box-2").ssid != name
    assert new_network("box-1").passphrase != passphrase
    Rig(tmp_path)
    assert rig.network.passphrase == passphrase, "it is printed in nobody's notes anew after each start"


def test_it_is_opened_and_closed(rig: Rig) -> None:
    assert rig.send(Open()) == Done()
    assert rig.network.is_open
    assert "mode=ap" in rig.keyfile(SETUP)
    assert rig.network.passphrase not in rig.keyfile(SETUP)
    assert (rig.connections / f"{SETUP}.nmconnection").stat().st_mode & 0o777 == 0o600
    rig.send(Close())
    assert not rig.network.is_open


def test_a_start_finds_it_closed(rig: Rig, tmp_path: Path) -> None:
    rig.send(Open())
    assert not Rig(tmp_path).network.is_open


def test_a_box_without_a_radio_says_so(tmp_path: Path) -> None:
    rig = Rig(tmp_path, radios=())
    assert rig.send(Open()) == Failed(trouble=Trouble.NO_RADIO)
    assert rig.send(by_wifi()) == Failed(trouble=Trouble.NO_RADIO)
    assert rig.send(set_up()) == Done()


def test_by_cable_the_address_and_the_country_are_stored_and_the_player_restarted(rig: Rig, tmp_path: Path) -> None:
    rig.flag.touch()
    assert rig.send(set_up()) == Done()
    assert (rig.folder / SERVER_FILE).read_text() == "LIFTCAST_SERVER_URL=https://screens.example.org\n"
    assert (rig.folder / COUNTRY_FILE).read_text() == "CN"
    assert rig.commands[-1] == "systemctl restart liftcast-player.service"
    assert not rig.flag.exists()
    assert "iw reg set CN" in Rig(tmp_path).commands, "a start gives the radio its country again"


def test_a_wifi_is_joined_after_the_set_up_network_has_given_way(rig: Rig) -> None:
    rig.send(Open())
    rig.commands.clear()
    assert rig.send(by_wifi()) == Done()
    down, up = (next(n for n, line in enumerate(rig.commands) if f"{word} id" in line) for word in ("down", "up"))
    assert down < up
    assert rig.commands[up].endswith(f"up id {UPLINK}")
    assert not rig.network.is_open


def test_nothing_that_was_typed_can_begin_another_setting(rig: Rig) -> None:
    rig.send(by_wifi())
    keyfile = rig.keyfile(UPLINK)
    assert keyfile.count("[") == 5
    assert PASSWORD not in keyfile
    assert f"ssid={''.join(f'{byte};' for byte in SSID.encode())}" in keyfile.splitlines()


def test_the_key_is_that_of_the_standard(rig: Rig) -> None:
    """IEEE 802.11i, annex H.4.3, test case 1."""
    rig.send(set_up(uplink={"kind": "wifi", "ssid": "IEEE", "password": "password"}))
    assert "psk=f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e" in rig.keyfile(UPLINK)


def test_an_open_wifi_has_no_key(rig: Rig) -> None:
    rig.send(by_wifi(""))
    assert "psk" not in rig.keyfile(UPLINK)


def test_a_wrong_password_leads_back_to_the_set_up_network_and_changes_nothing(rig: Rig) -> None:
    rig.send(Open())
    rig.failing = {f"up id {UPLINK}"}
    assert rig.send(by_wifi()) == Failed(trouble=Trouble.NOT_JOINED)
    assert rig.network.is_open
    assert not (rig.connections / f"{UPLINK}.nmconnection").exists()
    assert not (rig.folder / SERVER_FILE).exists()
    assert not (rig.folder / COUNTRY_FILE).exists()


def test_after_a_wrong_password_the_wifi_of_before_is_there_again(rig: Rig) -> None:
    rig.send(by_wifi())
    before = rig.keyfile(UPLINK)
    rig.failing = {f"up id {UPLINK}"}
    rig.send(by_wifi("another one"))
    assert rig.keyfile(UPLINK) == before


def test_the_radio_of_the_phones_gives_way_to_the_set_up_but_is_no_uplink(tmp_path: Path) -> None:
    rig = Rig(tmp_path, hotspot_radio="wlan0")
    rig.send(Open())
    assert "systemctl stop liftcast-hostapd.service" in rig.commands
    assert rig.send(by_wifi()) == Failed(trouble=Trouble.RADIO_IS_HOTSPOT)
    assert not (rig.folder / SERVER_FILE).exists()
    rig.send(Close())
    assert rig.commands[-1] == "systemctl start liftcast-hostapd.service"


def test_a_second_radio_is_the_uplink(tmp_path: Path) -> None:
    rig = Rig(tmp_path, hotspot_radio="wlan0", radios=("wlan0", "wlan1"))
    assert rig.send(by_wifi()) == Done()
    assert "interface-name=wlan1" in rig.keyfile(UPLINK)


def test_a_full_disk_changes_nothing(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(unit_module, "write_whole", full)
    assert rig.send(set_up()) == Failed(trouble=Trouble.DISK)
    assert not (rig.folder / SERVER_FILE).exists()


HOSTILE: list[dict[str, Any]] = [
    {"server_url": "https://a.example.org\nLD_PRELOAD=/tmp/x"},
    {"server_url": 'https://a.example.org/"$(reboot)'},
    {"server_url": "ftp://a.example.org"},
    {"server_url": "https://user:secret@a.example.org"},
    {"server_url": "https://a.example.org:99999"},
    {"server_url": "https://"},
    {"country": "XX"},
    {"country": "-h"},
    {"uplink": {"kind": "wifi", "ssid": "", "password": "long enough"}},
    {"uplink": {"kind": "wifi", "ssid": "大" * 11, "password": "long enough"}},
    {"uplink": {"kind": "wifi", "ssid": "a\0b", "password": "long enough"}},
    {"uplink": {"kind": "wifi", "ssid": "Lobby", "password": "short"}},
    {"uplink": {"kind": "wifi", "ssid": "Lobby", "password": "x" * 64}},
    {"uplink": {"kind": "wifi", "ssid": "Lobby", "password": "line\nbreak in it"}},
    {"uplink": {"kind": "modem"}},
    {"also": "this"},
]


@pytest.mark.parametrize("fields", HOSTILE, ids=lambda fields: next(iter(fields)))
def test_a_request_that_could_not_be_carried_out_is_refused(rig: Rig, fields: dict[str, Any]) -> None:
    whole = {"kind": "set_up", "server_url": "https://a.example.org", "country": "CN", "uplink": {"kind": "wired"}}
    rig.commands.clear()
    answer = SETUP_ANSWER.validate_json(rig.unit.answer(json.dumps({**whole, **fields}).encode()))
    assert answer == Failed(trouble=Trouble.BAD_REQUEST)
    assert rig.commands == []


def test_a_password_is_in_no_representation_of_the_request() -> None:
    assert PASSWORD not in repr(by_wifi())
