"""The check list reads what the kernel says."""

from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from player.setup.checks import Part, Reached, read_checks

Usage = namedtuple("Usage", "total used free")


def checked(root: Path, server: Reached | None = None) -> dict[Part, bool | None]:
    return {check.part: check.is_well for check in read_checks(root, root, server)}


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_bare_box_lacks_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(8, 8, 1_000_000))
    write(tmp_path / "sys/class/drm/card0-HDMI-A-1/status", "disconnected\n")
    write(tmp_path / "proc/asound/cards", "--- no soundcards ---\n")
    assert checked(tmp_path) == {**dict.fromkeys(Part, False), Part.CLOCK: None}


def test_a_box_with_all_is_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(8, 8, 10**10))
    write(tmp_path / "sys/class/drm/card0-HDMI-A-1/status", "disconnected\n")
    write(tmp_path / "sys/class/drm/card0-HDMI-A-2/status", "connected\n")
    write(tmp_path / "proc/asound/cards", " 0 [vc4hdmi0]: vc4-hdmi\n")
    (tmp_path / "sys/class/net/wlan0/phy80211").mkdir(parents=True)
    assert checked(tmp_path, Reached(clock_off_s=-3)) == dict.fromkeys(Part, True)


@pytest.mark.parametrize("off_s", [61, -61, 10**9])
def test_a_clock_that_is_off_by_more_than_a_minute_is_named(tmp_path: Path, off_s: float) -> None:
    assert checked(tmp_path, Reached(clock_off_s=off_s))[Part.CLOCK] is False
