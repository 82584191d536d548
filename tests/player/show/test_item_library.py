"""Items that may be shown: a file that failed is left out for a while, and an emergency for a moment only."""

from __future__ import annotations

from pathlib import Path

import pytest

from player.show.item_library import BAR_NS, URGENT_BAR_NS, ItemLibrary
from player.sync.clock import Clock
from tests.player.show_rig import MS, FakeTime
from tests.player.sync.test_timeline_store import Shelf
from tests.player.timelines import an_item, digest_of


class Rig:
    def __init__(self, folder: Path) -> None:
        self.time = FakeTime()
        self.shelf = Shelf(folder)
        self.item_library = ItemLibrary(self.shelf, Clock(self.time.source(), folder / "clock"))  # type: ignore[arg-type]


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    rig = Rig(tmp_path)
    rig.shelf.here.add(digest_of("a"))
    return rig


def test_only_what_is_here_can_be_shown(rig: Rig) -> None:
    assert rig.item_library.usable(an_item("a")) == ""
    assert rig.item_library.usable(an_item("b")) == "b is not here"


def test_a_failed_item_is_barred_for_a_minute_and_its_file_is_read_again(rig: Rig) -> None:
    rig.item_library.fail(an_item("a"), "VLC could not play it")
    rig.time.pass_ms(BAR_NS / MS - 1)
    assert rig.item_library.usable(an_item("a")) == "a could not be shown: VLC could not play it"
    assert [failure.why for failure in rig.item_library.failures()] == ["VLC could not play it"]
    assert rig.shelf.doubted == [digest_of("a")]
    rig.time.pass_ms(2)
    assert rig.item_library.usable(an_item("a")) == ""
    assert rig.item_library.failures() == []


def test_an_emergency_is_tried_again_within_seconds_whatever_failed_before(rig: Rig) -> None:
    rig.item_library.fail(an_item("a"), "VLC could not play it")
    rig.time.pass_ms(URGENT_BAR_NS / MS + 1)
    assert rig.item_library.usable(an_item("a"), urgent=True) == ""
    assert rig.item_library.usable(an_item("a")) != ""
