"""The strip: drawn ahead, one for each item and presence token, and readable by a phone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image
from pyzbar.pyzbar import decode

from media.cards.pango import TextFailed
from media.presence import holds
from media.timeline import Timeline
from media.wire.timeline import ScreenSettings
from player.show.strips import StripKey, StripMaker, draw_strip, language_of, page_link
from player.sync.clock import Clock
from tests.player.show_rig import FakeTime, ping
from tests.player.timelines import MONDAY_MS, a_timeline
from tests.rig.servers.processes import eventually

SETTINGS = ScreenSettings(
    page_url="https://screens.example.org/s/ABC234", short_address="screens.example.org/s/ABC234",
    presence_key="k" * 32, venue="Harbour Tower", zone="Asia/Shanghai", wifi="Liftcast",
)  # fmt: skip


class Rig:
    def __init__(self, folder: Path) -> None:
        self.time = FakeTime()
        self.clock = Clock(self.time.source(), folder / "clock")
        self.clock.learn(ping(self.time, MONDAY_MS))
        self.drawn = 0
        self.strips = StripMaker(folder / "strips", (1280, 720), self.clock, on_drawn=self._drawn)
        self.timeline = a_timeline(settings=SETTINGS)

    def _drawn(self) -> None:
        self.drawn += 1

    def strip_of(self, name: str) -> Path:
        item = self.timeline.item(name)
        return eventually(lambda: self.strips.at_hand(item), within_s=20, what=f"the strip of {name}")


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    rig.strips.start()
    yield rig
    rig.strips.stop()


def picture_of(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")


def scanned(path: Path) -> dict[str, list[str]]:
    with Image.open(path) as image:
        (code,) = decode(image)
    return parse_qs(urlsplit(code.data.decode()).query)


def test_a_phone_that_scans_it_knows_the_item_and_proves_its_presence(rig: Rig) -> None:
    rig.strips.ahead(rig.timeline, rig.timeline.item("a"))
    query = scanned(rig.strip_of("a"))
    assert query["i"] == ["a"]
    assert holds(SETTINGS.presence_key, query["p"][0], MONDAY_MS)


def test_after_a_strip_that_cannot_be_drawn_the_next_one_is(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any error of the libraries that draw letters and codes."""

    def draw(key: StripKey) -> Image.Image:
        if key.item == "a":
            raise TextFailed
        return draw_strip(key)

    monkeypatch.setattr("player.show.strips.draw_strip", draw)
    rig.strips.ahead(rig.timeline, rig.timeline.item("a"))
    rig.strips.ahead(rig.timeline, rig.timeline.item("b"))
    assert scanned(rig.strip_of("b"))["i"] == ["b"]


def test_a_strip_drawn_ahead_is_available_at_once(rig: Rig) -> None:
    rig.strips.ahead(rig.timeline, rig.timeline.item("a"))
    eventually(lambda: rig.drawn, within_s=20, what="the strip")
    assert rig.strips.at_hand(rig.timeline.item("a")) is not None
    assert rig.strips.at_hand(rig.timeline.item("b")) is None


def test_after_five_minutes_the_old_one_stays_until_the_new_one_is_drawn(rig: Rig) -> None:
    rig.strips.ahead(rig.timeline, rig.timeline.item("a"))
    old = rig.strip_of("a")
    rig.time.pass_ms(5 * 60_000)
    item = rig.timeline.item("a")
    assert rig.strips.at_hand(item) in {old, *old.parent.glob("*.png")}
    new = eventually(lambda: (p := rig.strips.at_hand(item)) != old and p, within_s=20, what="the new strip")
    assert scanned(new)["p"] != scanned(old)["p"]


def test_a_screen_without_a_strip_has_none(rig: Rig) -> None:
    bare = a_timeline(settings=SETTINGS.model_copy(update={"strip": False}))
    rig.strips.ahead(bare, bare.item("a"))
    assert rig.strips.at_hand(bare.item("a")) is None
    assert rig.drawn == 0


def test_old_pictures_do_not_pile_up(rig: Rig) -> None:
    for number in range(40):
        rig.strips.ahead(rig.timeline, rig.timeline.item("a").model_copy(update={"id": f"item{number}"}))
    eventually(lambda: rig.drawn == 40, within_s=60, what="all strips")
    assert len(list((rig.strips._folder).glob("*.png"))) == 32


def test_identify_says_which_screen_it_is_for_a_while(rig: Rig) -> None:
    rig.strips.ahead(rig.timeline, rig.timeline.item("a"))
    usual = rig.strip_of("a")
    rig.strips.identify(for_s=15)
    assert rig.strips.at_hand(rig.timeline.item("a")) not in (usual, None)
    rig.time.pass_ms(15_001)
    assert rig.strips.at_hand(rig.timeline.item("a")) == usual


def test_over_the_buildings_card_the_time_changes_on_the_minute(rig: Rig) -> None:
    card = rig.timeline.item("a").model_copy(update={"clock": "Asia/Shanghai"})
    rig.strips.ahead(rig.timeline, card)
    first = eventually(lambda: rig.strips.at_hand(card), within_s=20, what="the panel")
    assert picture_of(first).height == 288
    rig.time.pass_ms(55_000)
    assert rig.strips.at_hand(card) == first
    eventually(lambda: rig.drawn == 2, within_s=20, what="the next minute's panel")
    rig.time.pass_ms(5_000)
    second = rig.strips.at_hand(card)
    assert second not in (None, first)
    assert picture_of(second).tobytes() != picture_of(first).tobytes()
    assert scanned(first)["i"] == scanned(second)["i"] == ["a"]


def test_a_screen_without_a_strip_has_the_panel_of_its_buildings_card(rig: Rig) -> None:
    bare = a_timeline(settings=SETTINGS.model_copy(update={"strip": False}))
    card = bare.item("a").model_copy(update={"clock": "Asia/Shanghai"})
    rig.strips.ahead(bare, card)
    assert scanned(eventually(lambda: rig.strips.at_hand(card), within_s=20, what="the panel"))["i"] == ["a"]


def test_no_time_is_drawn_that_may_be_wrong() -> None:
    shown = StripKey((1280, 288), SETTINGS, "a", 5, "Asia/Shanghai", minute=29_540_160)
    bare = draw_strip(replace(shown, minute=None)).tobytes()
    assert draw_strip(shown).tobytes() != bare
    assert draw_strip(replace(shown, zone="Mars/Olympus")).tobytes() == bare


def test_a_screen_without_a_presence_key_has_a_link_without_a_token() -> None:
    bare = SETTINGS.model_copy(update={"presence_key": ""})
    assert page_link(bare, "a", MONDAY_MS) == "https://screens.example.org/s/ABC234?i=a"


def test_a_screen_speaks_the_language_of_its_place() -> None:
    assert language_of("Asia/Shanghai") == "zh"
    assert language_of("Europe/Berlin") == "en"


def test_a_timeline_that_went_takes_its_strips_along(rig: Rig) -> None:
    none: Timeline | None = None
    rig.strips.ahead(none, None)
    assert rig.strips.at_hand(rig.timeline.item("a")) is None
