"""A virtual screen for a player: the Xvfb that the player itself would start."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from player.display.xserver import OwnServer


@dataclass(frozen=True)
class VirtualScreen:
    """An X server's DISPLAY and its size in pixels."""

    name: str
    size: tuple[int, int]


@contextmanager
def virtual_screen(size: tuple[int, int] = (1280, 720)) -> Iterator[VirtualScreen]:
    server = OwnServer(size)
    try:
        yield VirtualScreen(server.name(), size)
    finally:
        server.close()
