"""Which window is on top when a film is slow to draw: the real child, with a recorded screen and VLC."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from player.display.json_socket import JsonSocket
from player.display.vlc_child import DRAW_NS, Child
from player.display.vlc_slot import MS, Phase, VlcSlot

BLACK = -1


class Screen:
    """Which slot is on top."""

    size = (320, 180)

    def __init__(self) -> None:
        self.top = BLACK

    def window(self, slot: int) -> int:
        return slot + 1

    def raise_slot(self, slot: int) -> None:
        self.top = slot

    def blank(self) -> None:
        self.top = BLACK


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def child(screen: Screen) -> Iterator[Child]:
    here, there = socket.socketpair()
    with here, there:
        made: Any = screen
        yield Child(JsonSocket(here), screen=made, engine=Mock(), lead_ns=0)


def slow_to_draw(child: Child, path: Path, name: str) -> VlcSlot:
    """Shown, begun, and awaited; then it draws, just before it was awaited long enough."""
    path.touch()
    showing = {"id": name, "path": str(path), "mime": "video/mp4", "length_ms": 9_000}
    child._obey([{"do": "prepare", "showing": showing}])
    slot = next(slot for slot in child._slots if slot.showing and slot.showing.id == name)
    slot.phase = Phase.READY
    child._obey([{"do": "show", "id": name, "at_ns": 0}])
    child._timers.run_due()
    assert child._visible is not slot
    child._on_sight("drawn", slot)
    assert child._visible is slot
    return slot


def run(child: Child, *, until_ns: int) -> None:
    while time.monotonic_ns() < until_ns:
        child._timers.run_due()
        time.sleep(0.001)
    child._timers.run_due()


def test_a_film_that_draws_late_does_not_cover_black(child: Child, screen: Screen, tmp_path: Path) -> None:
    slot = slow_to_draw(child, tmp_path / "red.mp4", "red")
    child._go_black(time.monotonic_ns())
    child._raise(slot)  # it was awaited long enough
    assert screen.top == BLACK
    run(child, until_ns=time.monotonic_ns() + DRAW_NS + 50 * MS)
    assert (screen.top, slot.showing) == (BLACK, None)


def test_a_film_that_draws_late_does_not_cover_the_next_one(child: Child, screen: Screen, tmp_path: Path) -> None:
    first = slow_to_draw(child, tmp_path / "red.mp4", "red")
    second = slow_to_draw(child, tmp_path / "blue.mp4", "blue")
    child._raise(first)
    assert (screen.top, child._visible) == (second.index, second)
