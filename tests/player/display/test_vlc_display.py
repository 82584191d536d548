"""The display on real VLC and a real X server; what is visible is read back from the server.

Covers: player.display.child_process, player.display.vlc_child, player.display.vlc_slot
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from player.display.api import NotPrepared, Showing
from player.display.display_state import STRIKES
from player.display.xserver import OwnServer
from tests.player.display import vlc_rig
from tests.player.display.vlc_rig import BLACK, BLUE, BOTTOM, GREEN, RED, SIZE, Rig, await_true, film, is_gone, still
from tests.rig.players.xgrab import Grabber, Gray

pytestmark = pytest.mark.vlc


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    film(folder / "red.mp4", "red")
    film(folder / "blue.mp4", "blue")
    film(folder / "short.mp4", "red", "blue", seconds=1)
    film(folder / "loud.mp4", "red", sound=True)
    film(folder / "jingle.mp4", "red", "blue", seconds=2, sound_s=12)
    film(folder / "halves.mp4", "red", "blue", seconds=20)
    (folder / "text.mp4").write_text("this is no film\n" * 1000)
    (folder / "cut.mp4").write_bytes((folder / "red.mp4").read_bytes()[300:900])
    (folder / "empty.mp4").touch()
    (folder / "text.png").write_text("this is no picture")
    return folder


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    yield rig
    rig.close()


def test_a_film_is_visible(rig: Rig, media: Path) -> None:
    rig.show(media / "red.mp4")
    rig.await_colour(RED)


@pytest.mark.parametrize(("ending", "mime"), [("jpg", "image/jpeg"), ("png", "image/png"), ("webp", "image/webp")])
def test_a_still_is_visible(rig: Rig, tmp_path: Path, ending: str, mime: str) -> None:
    rig.show(still(tmp_path / f"green.{ending}", GREEN), mime)
    rig.await_colour(GREEN)


def test_a_tall_still_stands_whole_between_black(rig: Rig, tmp_path: Path) -> None:
    rig.show(still(tmp_path / "tall.png", GREEN, size=(100, 400)), "image/png")
    rig.await_colour(GREEN)
    assert rig.pixel((10, 90)) == BLACK


def test_a_prepared_showing_stays_hidden_until_its_instant(rig: Rig, media: Path) -> None:
    rig.show(media / "red.mp4")
    rig.prepare(media / "blue.mp4", id="blue")
    rig.await_colour(RED)


def test_a_showing_is_not_visible_before_its_instant(rig: Rig, media: Path) -> None:
    rig.show(media / "red.mp4")
    rig.prepare(media / "blue.mp4", id="blue")
    due_ns = time.monotonic_ns() + 500_000_000
    rig.display.show("blue", due_ns)
    assert rig.await_event("shown", "blue").at_ns >= due_ns


def test_nothing_is_black_between_two(rig: Rig, media: Path, tmp_path: Path) -> None:
    rig.show(media / "red.mp4", id="0")
    rig.await_colour(RED)
    grabber = Grabber(rig.server.name(), SIZE, see=brightness)
    grabber.await_frames(10)
    picture = still(tmp_path / "green.png", GREEN)
    for number in range(1, 9):
        path, mime = [(media / "blue.mp4", "video/mp4"), (picture, "image/png"), (media / "red.mp4", "video/mp4")][
            number % 3
        ]
        rig.show(path, mime, id=str(number))
    seen = [grab.seen for grab in grabber.close()]
    assert min(seen) > 10
    assert len({round(level, -1) for level in seen}) == 3


def test_the_strip_stays_over_what_changes_below(rig: Rig, media: Path, tmp_path: Path) -> None:
    rig.display.strip(still(tmp_path / "strip.png", GREEN, size=(SIZE[0], 10)))
    rig.show(media / "red.mp4")
    rig.await_colour(RED)
    rig.await_colour(GREEN, BOTTOM)
    rig.show(media / "blue.mp4")
    rig.await_colour(BLUE)
    rig.await_colour(GREEN, BOTTOM)
    rig.display.strip(None)
    rig.await_colour(BLUE, BOTTOM)


def test_the_strip_can_be_redrawn_at_the_same_path(rig: Rig, media: Path, tmp_path: Path) -> None:
    rig.show(media / "red.mp4")
    for colour in (GREEN, BLUE):
        rig.display.strip(still(tmp_path / "strip.png", colour, size=(640, 40)))
        rig.await_colour(colour, BOTTOM)


def test_black_covers_everything_until_the_next(rig: Rig, media: Path, tmp_path: Path) -> None:
    rig.display.strip(still(tmp_path / "strip.png", GREEN, size=(SIZE[0], 10)))
    rig.show(media / "red.mp4")
    rig.display.blank(time.monotonic_ns())
    rig.await_colour(BLACK)
    rig.await_colour(BLACK, BOTTOM)
    assert rig.display.position_ms() is None
    rig.show(media / "blue.mp4")
    rig.await_colour(BLUE)
    rig.await_colour(GREEN, BOTTOM)


def test_a_killed_child_comes_back_with_what_was_visible(rig: Rig, media: Path, tmp_path: Path) -> None:
    rig.display.strip(still(tmp_path / "strip.png", GREEN, size=(SIZE[0], 10)))
    rig.show(media / "red.mp4")
    vlc_rig.kill(rig.child)
    rig.await_event("died", "red")
    rig.await_event("restarted", "red")
    rig.await_colour(RED)
    rig.await_colour(GREEN, BOTTOM)


def test_a_display_starts_over_as_often_as_that_is_requested(rig: Rig, media: Path) -> None:
    rig.show(media / "red.mp4")
    for _ in range(STRIKES + 1):
        before = rig.child
        rig.display.start_over()
        assert "on request" in rig.await_event("died", "red").why
        rig.await_event("restarted", "red")
        assert is_gone(before)
    rig.await_colour(RED)


def test_a_child_that_gets_a_signal_leaves_its_end_to_the_daemon(rig: Rig, media: Path) -> None:
    rig.show(media / "red.mp4")
    child = rig.child
    for number in (signal.SIGTERM, signal.SIGINT):
        os.kill(child, number)
    rig.show(media / "blue.mp4")
    rig.await_colour(BLUE)
    assert rig.child == child


def test_a_film_comes_back_at_its_place_in_time(rig: Rig, media: Path) -> None:
    rig.show(media / "halves.mp4", from_ms=9_000)
    rig.await_colour(BLUE)
    vlc_rig.kill(rig.child)
    rig.await_event("restarted", "halves")
    rig.await_colour(BLUE)
    assert (rig.display.position_ms() or 0) > 10_000


def test_a_hung_child_is_killed_and_comes_back(rig: Rig, media: Path) -> None:
    rig.show(media / "red.mp4")
    hung = rig.child
    vlc_rig.stop(hung)
    assert "silent" in rig.await_event("died", "red").why
    rig.await_event("restarted", "red")
    rig.await_colour(RED)
    assert is_gone(hung)


def test_the_new_child_shows_the_waiting_showing(rig: Rig, media: Path) -> None:
    rig.show(media / "red.mp4")
    rig.prepare(media / "blue.mp4", id="blue")
    vlc_rig.kill(rig.child)
    rig.await_event("restarted", "red")
    rig.display.show("blue", time.monotonic_ns())
    rig.await_event("shown", "blue")
    rig.await_colour(BLUE)


def test_a_returning_film_does_not_cover_a_newer_one(rig: Rig, media: Path) -> None:
    rig.show(media / "red.mp4")
    vlc_rig.kill(rig.child)
    rig.await_event("died", "red")
    await_true(lambda: rig.display.child_pid is not None, "a new child")
    rig.show(media / "blue.mp4")
    await_true(lambda: (rig.display.position_ms() or 0) > 1_500, "time for the old one to come back")
    rig.await_colour(BLUE)


def test_a_screen_gone_black_since_stays_black(rig: Rig, media: Path) -> None:
    rig.show(media / "red.mp4")
    vlc_rig.kill(rig.child)
    rig.await_event("died", "red")
    rig.display.blank(time.monotonic_ns())
    rig.await_event("restarted", None)
    rig.show(media / "blue.mp4")
    rig.await_colour(BLUE)


def test_a_dead_x_server_is_started_again(rig: Rig, media: Path) -> None:
    rig.show(media / "red.mp4")
    assert isinstance(rig.server, OwnServer)
    assert rig.server.pid is not None
    vlc_rig.kill(rig.server.pid)
    rig.await_event("restarted", "red")
    rig.await_colour(RED)


@pytest.mark.parametrize("name", ["text.mp4", "cut.mp4", "empty.mp4", "missing.mp4", "text.png", "missing.png"])
def test_a_file_that_cannot_be_shown_fails_and_the_old_one_stays(rig: Rig, media: Path, name: str) -> None:
    rig.show(media / "red.mp4")
    mime = "image/png" if name.endswith("png") else "video/mp4"
    rig.display.prepare(Showing(name, media / name, mime, length_ms=5_000))
    assert rig.await_event("failed", name).why
    rig.await_colour(RED)
    rig.show(media / "blue.mp4")
    rig.await_colour(BLUE)


def test_a_short_film_holds_its_last_frame(rig: Rig, media: Path) -> None:
    rig.show(media / "short.mp4")
    grabber = Grabber(rig.server.name(), SIZE, see=brightness)
    await_true(lambda: (rig.display.position_ms() or 0) >= 1_000, "the end of the film")
    grabber.await_frames(150)  # well past it
    assert min(grab.seen for grab in grabber.close()) > 10
    rig.await_colour(BLUE)


def test_joining_past_the_end_shows_the_last_frame(rig: Rig, media: Path) -> None:
    rig.show(media / "short.mp4", from_ms=50_000)
    rig.await_colour(BLUE)


def test_joining_where_only_the_sound_goes_on_shows_the_last_frame(rig: Rig, media: Path) -> None:
    rig.show(media / "jingle.mp4", from_ms=8_000, sound=True)
    rig.await_colour(BLUE)


def test_sound_without_a_device_hangs_nothing(rig: Rig, media: Path) -> None:
    rig.show(media / "loud.mp4", sound=True)
    rig.await_colour(RED)
    await_true(lambda: (rig.display.position_ms() or 0) > 1_000, "the film runs on")
    assert not rig.heard


def test_a_newer_one_takes_the_place_of_what_waits(rig: Rig, media: Path) -> None:
    rig.show(media / "red.mp4")
    rig.prepare(media / "blue.mp4", id="older")
    rig.prepare(media / "short.mp4", id="old")
    rig.prepare(media / "blue.mp4", id="new")
    with pytest.raises(NotPrepared):
        rig.display.show("older", time.monotonic_ns())
    rig.display.show("new", time.monotonic_ns())
    rig.await_event("shown", "new")
    rig.await_colour(BLUE)


def test_the_picture_is_what_the_screen_shows(rig: Rig, media: Path) -> None:
    rig.show(media / "red.mp4")
    rig.await_colour(RED)
    jpeg = rig.display.picture()
    assert jpeg is not None
    red, green, blue = np.asarray(Image.open(BytesIO(jpeg)))[90, 160]
    assert (red > 200, green < 60, blue < 60) == (True, True, True)


def test_closing_leaves_no_process(media: Path) -> None:
    rig = Rig()
    rig.show(media / "red.mp4")
    assert isinstance(rig.server, OwnServer)
    left = [rig.child, rig.server.pid or 0]
    rig.close()
    assert all(is_gone(pid) for pid in left)


PARENT = """
import time
from player.display.vlc_display import VlcDisplay
from player.display.xserver import OwnServer
server = OwnServer((320, 180))
display = VlcDisplay(server)
print(display.child_pid, server.pid, flush=True)
time.sleep(600)
"""


def test_killing_the_daemon_leaves_no_process() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        left = [int(pid) for pid in parent.stdout.readline().split()]
        parent.kill()
    assert len(left) == 2
    await_true(lambda: all(is_gone(pid) for pid in left), "the child and its X server are gone")


def brightness(frame: Gray) -> float:
    return float(frame[40:120].mean())
