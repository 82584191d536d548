"""The check list: what a box needs before it is enrolled. It reads the kernel's files, and the server's answer."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

LEAST_DISK = 2_000_000_000
CLOCK_OFF_S = 60


class Part(StrEnum):
    SCREEN = "screen"
    SOUND = "sound"
    UPLINK = "uplink"
    CLOCK = "clock"
    RADIO = "radio"
    DISK = "disk"


@dataclass(frozen=True)
class Check:
    """is_well: None while it cannot be known, as the clock without the server"""

    part: Part
    is_well: bool | None


@dataclass(frozen=True)
class Reached:
    """The server answered. clock_off_s: by how much the box's clock is ahead of it"""

    clock_off_s: float


def read_checks(root: Path, disk: Path, server: Reached | None) -> list[Check]:
    """root: of the file system · disk: a folder on the disk that media will be on · server: None: not reached"""
    return [
        Check(Part.SCREEN, _has_screen(root)),
        Check(Part.SOUND, _has_sound(root)),
        Check(Part.RADIO, any((root / "sys/class/net").glob("*/phy80211"))),
        Check(Part.UPLINK, server is not None),
        Check(Part.CLOCK, abs(server.clock_off_s) <= CLOCK_OFF_S if server else None),
        Check(Part.DISK, shutil.disk_usage(disk).free >= LEAST_DISK),
    ]


def _has_screen(root: Path) -> bool:
    return any(_text(status) == "connected" for status in (root / "sys/class/drm").glob("card*-*/status"))


def _has_sound(root: Path) -> bool:
    cards = _text(root / "proc/asound/cards")
    return bool(cards) and "no soundcards" not in cards


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
