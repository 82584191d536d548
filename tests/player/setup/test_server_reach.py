"""Only a Liftcast server counts as reached."""

from __future__ import annotations

from pathlib import Path

import pytest

from player.setup.server_reach import reach, server_of
from tests.rig.servers.fake_server import FakeServer
from tests.rig.servers.ports import free_port


def test_a_server_answers_with_its_clock(server: FakeServer) -> None:
    reached = reach(server.url)
    assert reached is not None
    assert abs(reached.clock_off_s) < 3600


def test_nobody_is_not_reached() -> None:
    assert reach(f"http://127.0.0.1:{free_port()}") is None
    assert reach("http://not-set-up.invalid") is None


@pytest.mark.parametrize(
    ("stored", "found"),
    [
        ("LIFTCAST_SERVER_URL=https://b.example.org\n", "https://b.example.org"),
        ("", "https://a.example.org"),
        ("\0\0\0", "https://a.example.org"),
    ],
)
def test_the_address_that_was_set_last_counts(tmp_path: Path, stored: str, found: str) -> None:
    assert server_of(tmp_path / "server.env", "https://a.example.org") == "https://a.example.org"
    (tmp_path / "server.env").write_text(stored)
    assert server_of(tmp_path / "server.env", "https://a.example.org") == found
