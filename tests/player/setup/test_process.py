"""The page's process and the unit's, beside each other: a request over the real socket.

Covers: player.setup.unit_process
"""

from __future__ import annotations

from pathlib import Path

from player.line_socket import LineServer
from player.settings import Settings
from player.setup import process
from player.setup.messages import Done, Failed, Open, Trouble, Wired
from player.setup.network import SetupNetwork, write_network
from player.setup.process import make_loop, send_to_unit
from player.setup.unit_process import SOCKET


def test_a_request_is_answered_by_the_unit(tmp_path: Path) -> None:
    unit = LineServer(tmp_path / SOCKET, lambda _: Done().model_dump_json().encode())
    unit.start()
    assert send_to_unit(tmp_path / SOCKET, Open()) == Done()
    unit.stop()


def test_without_the_unit_the_page_says_that_it_failed(tmp_path: Path) -> None:
    assert send_to_unit(tmp_path / SOCKET, Open()) == Failed(trouble=Trouble.FAILED)
    assert Wired().kind == "wired"


def test_a_box_that_is_enrolled_is_left_alone(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(process, "reach", lambda _: None)
    settings = Settings(server_url="http://a.invalid", player_dir=tmp_path, setup_dir=tmp_path)
    (tmp_path / "timeline").touch()
    write_network(tmp_path, SetupNetwork(ssid="Liftcast-ABCD", passphrase="x" * 10))
    loop = make_loop(settings)
    loop.look()
    assert not loop.is_open()
