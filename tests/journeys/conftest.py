"""Fixtures of all journeys: a browser, a server for pages, and a player beside a fake server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.rig.phones.browser import chromium
from tests.rig.phones.phone import OpenPage
from tests.rig.players.player_box import STAND_BY, PlayerBox, Programme
from tests.rig.servers.fake_server import FakeServer, running_server
from tests.rig.servers.house import RunningHouse, running_house

# A minute and more each. They begin first, or one of them would be left to run alone at the end.
LONG = (
    "demo",
    "hotspot",
    "player_faults",
    "phone_page_cut_off",
    "vlc_display",
    "phone_page",
    "player_and_server",
    "offline",
    "player_endures",
)


# For a broken page, not for a slow one: three journeys share two cores.
expect.set_options(timeout=60_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    ranks = {f"test_{name}": rank for rank, name in enumerate(LONG)}
    items.sort(key=lambda item: ranks.get(item.path.stem, len(LONG)))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    """The web process alone: enough for pages."""
    with running_house(tmp_path_factory.mktemp("house"), parts=("web",)) as house:
        yield house


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Opens pages as different phones; a page that throws fails its test."""
    errors: list[str] = []
    with ExitStack() as stack:

        def opened(address: str, *, width: int = 390, **more: Any) -> Page:
            phone = browser.new_context(viewport={"width": width, "height": 780}, **more)
            stack.callback(phone.close)
            page = phone.new_page()
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.goto(address)
            return page

        yield opened
    assert errors == []


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with running_server() as server:
        yield server


@pytest.fixture
def programme(server: FakeServer) -> Programme:
    """A red film and a green picture in turn; blue house content."""
    programme = Programme(server)
    programme.add("red", film=True)
    programme.add("green")
    programme.add(STAND_BY)
    return programme


@pytest.fixture
def box(server: FakeServer, programme: Programme, tmp_path: Path) -> Iterator[PlayerBox]:
    with PlayerBox(tmp_path, server) as box:
        yield box
        print(*server.plays.values(), sep="\n")
