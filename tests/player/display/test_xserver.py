"""Where the display draws: on the box's own X server, or on one started for it."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from player.display.api import DisplayUnavailable, Event, XServerUnavailable
from player.display.display_state import STRIKES
from player.display.vlc_display import Patience, VlcDisplay
from player.display.xserver import GivenServer, OwnServer, check_answers, x_server
from tests.player.display import vlc_rig
from tests.player.display.vlc_rig import GREEN, Rig, await_true, film, is_gone
from tests.rig.players.xgrab import grab_picture

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


def test_without_xvfb_the_message_says_what_to_install(own: OwnServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(DisplayUnavailable, match="install xvfb"):
        own.name()


def test_a_display_that_is_not_there_stops_the_start_without_a_traceback(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(DisplayUnavailable, match=r'did not start: Can.t connect to display ":9999"'):
        VlcDisplay(GivenServer(":9999"), patience=Patience(hello_s=30))
    assert "Traceback" not in capfd.readouterr().err


class BoxServer:
    """The X server of a box: always at the same display, and started and stopped by somebody else."""

    def __init__(self) -> None:
        self.name = f":{10_000 + os.getpid()}"  # -displayfd gives low numbers
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        width, height = SIZE
        command = ["Xvfb", self.name, "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp", "-noreset"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        await_true(self.answers, "the X server")

    def answers(self) -> bool:
        try:
            check_answers(self.name)
        except XServerUnavailable:
            return False
        return True

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
def box_server() -> Iterator[BoxServer]:
    server = BoxServer()
    server.start()
    yield server
    server.kill()


@pytest.fixture
def rig(box_server: BoxServer) -> Iterator[Rig]:
    rig = Rig(GivenServer(box_server.name))
    yield rig
    rig.close()


def await_deaths(rig: Rig, count: int) -> list[Event]:
    """So many more events that the display died; nothing failed meanwhile."""
    deaths: list[Event] = []

    def enough() -> bool:
        events = rig.display.events()
        assert [event for event in events if event.kind == "failed"] == []
        deaths.extend(event for event in events if event.kind == "died")
        return len(deaths) >= count

    await_true(enough, f"{count} deaths")
    return deaths


def test_an_x_server_that_is_away_counts_against_nothing_that_is_shown(
    rig: Rig, box_server: BoxServer, tmp_path: Path
) -> None:
    rig.show(film(tmp_path / "emergency.mp4", "lime", seconds=60), id="emergency")
    box_server.kill()
    deaths = await_deaths(rig, STRIKES + 1)
    assert {death.cause for death in deaths} == {"x_server"}
    assert box_server.name in deaths[-1].why
    box_server.start()
    rig.await_event("restarted", "emergency")
    rig.await_colour(GREEN)


def test_an_x_server_that_hangs_does_not_answer(box_server: BoxServer, monkeypatch: pytest.MonkeyPatch) -> None:
    check_answers(box_server.name)
    monkeypatch.setattr("player.display.xserver.ANSWER_S", 0.1)
    box_server.signal(signal.SIGSTOP)
    with pytest.raises(XServerUnavailable, match="timed out"):
        check_answers(box_server.name)


@pytest.mark.parametrize("name", ["screen", ":70000", "127.0.0.1:9"])
def test_where_no_x_server_is_none_answers(name: str) -> None:
    with pytest.raises(XServerUnavailable):
        check_answers(name)
