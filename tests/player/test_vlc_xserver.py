"""Where the display draws: on the box's own X server, or on one started for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from player.display import DisplayUnavailable
from player.vlc_display import Patience, VlcDisplay
from player.xserver import GivenServer, OwnServer, x_server
from player.xwindows import fit
from tests.player import vlc_rig
from tests.player.vlc_rig import await_true, is_gone
from tests.rig.xgrab import grab_picture

pytestmark = pytest.mark.vlc
SIZE = (320, 180)


@pytest.fixture
def own() -> Iterator[OwnServer]:
    server = OwnServer(SIZE)
    yield server
    server.close()


def test_a_display_that_is_named_is_used() -> None:
    assert x_server(":7", size=SIZE).name() == ":7"


@pytest.mark.parametrize("display", [None, ""])
def test_without_a_display_one_is_started(display: str | None) -> None:
    server = x_server(display, size=SIZE)
    assert grab_picture(server.name(), SIZE).size == SIZE
    server.close()


def test_a_running_server_is_not_started_twice(own: OwnServer) -> None:
    assert own.name() == own.name()


def test_a_dead_server_is_started_again(own: OwnServer) -> None:
    own.name()
    dead = own.pid
    assert dead is not None
    vlc_rig.kill(dead)
    await_true(lambda: is_gone(dead), "the end of the first")
    own.name()
    assert own.pid != dead


def test_two_servers_never_share_a_display(own: OwnServer) -> None:
    other = OwnServer(SIZE)
    assert other.name() != own.name()
    other.close()


def test_a_machine_without_xvfb_is_told_what_to_install(own: OwnServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(DisplayUnavailable, match="install xvfb"):
        own.name()


def test_a_display_that_is_not_there_stops_the_start_without_a_traceback(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(DisplayUnavailable, match=r'did not start: Can.t connect to display ":9999"'):
        VlcDisplay(GivenServer(":9999"), patience=Patience(hello_s=30))
    assert "Traceback" not in capfd.readouterr().err


def test_a_picture_turned_by_its_camera_stands_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter
    Image.new("RGB", (90, 40), "red").save(tmp_path / "turned.jpg", exif=exif)
    with Image.open(tmp_path / "turned.jpg") as image:
        fitted = fit(image, (180, 90))
    assert fitted.getpixel((90, 5)) == (254, 0, 0)
    assert fitted.getpixel((20, 45)) == (0, 0, 0)
