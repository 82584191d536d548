"""The set-up WiFi is open before enrolment while the server is not reached, and otherwise only by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from player.setup.need import SETTLED_S, UNREACHED_S, SetupNeed


class Rig:
    def __init__(self, folder: Path) -> None:
        self.now_s, self.enrolled, self.reached, self.is_open = 100.0, False, False, False
        self.flag = folder / "liftcast-setup"
        self.need = SetupNeed(lambda: self.enrolled, lambda: self.reached, lambda: self.now_s, self.flag)

    def after(self, seconds: float) -> bool:
        self.now_s += seconds
        self.is_open = self.need.is_needed(is_open=self.is_open)
        return self.is_open


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def test_it_opens_when_the_server_was_not_reached_for_a_minute(rig: Rig) -> None:
    assert not rig.after(0)
    assert not rig.after(UNREACHED_S - 1)
    assert rig.after(1)


def test_a_router_that_starts_with_the_box_is_waited_for(rig: Rig) -> None:
    rig.after(0)
    rig.reached = True
    assert not rig.after(UNREACHED_S)
    rig.reached = False
    assert not rig.after(1)


def test_it_stays_until_the_phone_has_read_the_last_page(rig: Rig) -> None:
    rig.after(0)
    assert rig.after(UNREACHED_S)
    rig.reached = True
    assert rig.after(5)
    assert not rig.after(SETTLED_S)


def test_an_outage_of_an_enrolled_box_never_opens_it(rig: Rig) -> None:
    rig.enrolled = True
    rig.after(0)
    assert not rig.after(10 * UNREACHED_S)


def test_it_closes_when_the_box_is_enrolled(rig: Rig) -> None:
    rig.after(0)
    assert rig.after(UNREACHED_S)
    rig.enrolled = True
    assert not rig.after(1)


def test_the_installers_file_opens_it_until_it_is_gone(rig: Rig) -> None:
    rig.enrolled = rig.reached = True
    rig.flag.touch()
    assert rig.after(0)
    assert rig.after(1000)
    rig.flag.unlink()
    assert not rig.after(1)
