"""Fixtures of the player's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rig.servers.fake_server import FakeServer, running_server


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with running_server() as server:
        yield server
