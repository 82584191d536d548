"""The real daemon and the real VLC survive a server with the faults of a network."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from media.wire.timeline import Interrupt
from player.journal.journal import ENDED_WITHOUT_WARNING
from player.show.choose import UNTRUSTED
from player.sync.cache import DISK_FULL
from player.sync.clock import TimeSource, machine_time
from tests.rig.players.daemon_here import DaemonHere
from tests.rig.players.player_box import BOTH, SLOT_MS, STAND_BY, PlayerBox, Programme
from tests.rig.servers.fake_server import SCREEN, FakeServer
from tests.rig.servers.processes import eventually

pytestmark = [pytest.mark.vlc, pytest.mark.journey, pytest.mark.timeout(300)]

OTHER_SCREEN = "01JSCREEN0000000000000000B"


@pytest.fixture
def playing(box: PlayerBox, programme: Programme) -> PlayerBox:
    """A player that shows its plan."""
    programme.publish(*BOTH, house=[STAND_BY])
    box.start()
    box.wait_for_colour(*BOTH)
    return box


def test_a_box_is_enrolled_by_the_code_on_its_screen(server: FakeServer, programme: Programme, tmp_path: Path) -> None:
    programme.publish(*BOTH, house=[STAND_BY])
    with PlayerBox(tmp_path, server, enrolled=False) as box:
        box.start()
        eventually(lambda: server.enrolments, within_s=30, what="the box to request a code")
        eventually(lambda: list((box.player_dir / "cards").glob("*.png")), within_s=30, what="the card")
        eventually(lambda: box.colour() != "black", within_s=30, what="the card on the screen")
        assert oct((box.player_dir / "token").stat().st_mode)[-3:] == "600"
        server.type_code()
        box.wait_for_colour(*BOTH)


def test_a_player_without_its_server_goes_on_and_reports_every_play_once_afterwards(playing: PlayerBox) -> None:
    server = playing.server
    playing.wait_for_plays(1)
    _wait_for_the_middle(playing)
    server.down = True
    before = set(server.plays)
    finished = "SELECT id FROM play WHERE NOT open AND result = 'played'"
    eventually(lambda: len(playing.journal(finished)) >= 3, within_s=60, what="three plays to wait in the journal")
    played = {id_ for (id_,) in playing.journal(finished)}
    assert set(server.plays) == before
    server.down = False
    eventually(
        lambda: set(server.plays) >= played and len(playing.journal()) <= 1, within_s=40, what="all plays reported"
    )
    assert set(server.play_posts.values()) == {1}
    assert {server.plays[id_].result for id_ in played} == {"played"}


def test_with_the_uplink_cut_a_restarted_player_shows_from_its_disk(playing: PlayerBox) -> None:
    server = playing.server
    playing.wait_for_plays(1)
    _wait_for_the_middle(playing)
    server.cut()
    assert _ended_as_by_systemd(playing) == 0
    playing.start()
    playing.wait_for_colour(*BOTH)
    eventually(lambda: len(playing.journal()) >= 2, within_s=40, what="plays to wait in the journal")
    server.start()
    playing.wait_for_plays(3)
    eventually(lambda: len(playing.journal()) <= 1, within_s=40, what="the journal to empty")
    assert set(server.play_posts.values()) == {1}
    (stopped,) = (play for play in server.plays.values() if play.result == "interrupted")
    assert stopped.why == "the player was stopped"


def test_plays_whose_answer_was_lost_are_sent_again(playing: PlayerBox) -> None:
    server = playing.server
    server.swallow_answers = True
    playing.wait_for_plays(2)
    server.swallow_answers = False
    eventually(lambda: len(playing.journal()) <= 1, within_s=60, what="the journal to empty")
    assert max(server.play_posts.values()) >= 2


def test_a_file_the_server_does_not_have_is_replaced_until_it_has(box: PlayerBox, programme: Programme) -> None:
    for item in ("red", "green"):
        box.server.faults[programme.items[item].screen.digest] = "missing"
    programme.publish(*BOTH, house=[STAND_BY])
    box.start()
    box.wait_for_colour(STAND_BY)
    status = box.wait_for_override("is not here")
    assert {trouble.why for trouble in status.files_missing} == {"the server does not have this file"}
    box.server.faults.clear()
    box.wait_for_colour(*BOTH, within_s=60)


def test_a_damaged_file_is_replaced_removed_and_fetched_again(playing: PlayerBox, programme: Programme) -> None:
    digest = programme.items["red"].screen.digest
    path = playing.player_dir / "media" / digest[:2] / digest
    eventually(path.exists, within_s=30, what="the file")
    whole = path.read_bytes()
    path.write_bytes(b"\0" * len(whole))
    playing.wait_for_override("red could not be shown")
    eventually(lambda: path.exists() and path.read_bytes() == whole, within_s=40, what="the file to be whole again")
    # For a minute after a failure an item is not tried again; a restart does not remember.
    assert playing.process is not None
    playing.process.wait_for("file damaged and removed")


def test_vlc_killed_comes_back_with_the_same_showing(playing: PlayerBox) -> None:
    os.kill(playing.child_pid(), signal.SIGKILL)
    playing.wait_for_colour(*BOTH)
    _wait_for_why(playing, "the display broke down")
    playing.wait_for_plays(2)


def test_vlc_stopped_is_noticed_and_replaced(playing: PlayerBox) -> None:
    stopped = playing.child_pid()
    os.kill(stopped, signal.SIGSTOP)
    _wait_for_why(playing, "the display broke down")
    playing.child_pid(after=stopped)
    playing.wait_for_colour(*BOTH)
    playing.wait_for_plays(2)


def test_a_player_shows_again_seconds_after_kill_9_and_reports_the_cut_play(playing: PlayerBox) -> None:
    assert playing.process is not None
    _wait_for_the_middle(playing)
    playing.process.kill()
    playing.start()
    playing.wait_for_colour(
        *BOTH,
    )
    _wait_for_why(playing, ENDED_WITHOUT_WARNING)
    playing.wait_for_plays(2)
    assert set(playing.server.play_posts.values()) == {1}


def test_an_interrupt_takes_over_and_gives_back(playing: PlayerBox, programme: Programme) -> None:
    programme.add("yellow")
    raised = Interrupt(id="i1", item="yellow", from_ms=int(programme.server.now_ms()))
    programme.publish(*BOTH, house=[STAND_BY], interrupts=[raised], hint="interrupt")
    playing.wait_for_colour("yellow")
    programme.publish(*BOTH, house=[STAND_BY], hint="interrupt")
    playing.wait_for_colour(*BOTH)
    eventually(
        lambda: {"interrupt", "spot"} <= {play.kind for play in playing.server.plays.values()},
        within_s=30,
        what="both kinds of play",
    )


def test_a_box_moved_to_another_screen_shows_that_ones_plan(playing: PlayerBox, programme: Programme) -> None:
    programme.add("white")
    _wait_for_the_middle(playing)
    programme.publish("white", house=[STAND_BY], screen=OTHER_SCREEN)
    playing.wait_for_colour("white")
    _wait_for_why(playing, "the box was moved to another screen")
    both = {SCREEN, OTHER_SCREEN}
    eventually(lambda: both == {play.screen for play in playing.server.plays.values()}, within_s=30, what="both plays")
    assert playing.server.statuses[-1].screen == OTHER_SCREEN


def test_a_revoked_box_shows_nothing_of_the_screen_and_requests_a_new_code(playing: PlayerBox) -> None:
    server = playing.server
    server.revoked |= server.known
    eventually(lambda: server.enrolments, within_s=40, what="the box to request a code")
    eventually(lambda: playing.colour() not in (*BOTH, STAND_BY, "black"), within_s=30, what="the card on the screen")
    assert not (playing.player_dir / "timeline").exists()
    server.type_code()
    playing.wait_for_colour(*BOTH)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of eight megabytes."""
    folder = tmp_path / "player"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], check=False).returncode:
        pytest.skip("this machine does not let us mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_is_reported_and_survived(
    small_disk: Path, server: FakeServer, programme: Programme, tmp_path: Path
) -> None:
    film = programme.items["red"].screen
    large = server.files[film.digest] + os.urandom(9 << 20)
    ref = film.model_copy(update={"digest": server.add_media(large), "bytes": len(large)})
    programme.items["red"] = programme.items["red"].model_copy(update={"screen": ref})
    programme.publish(*BOTH, house=[STAND_BY])
    (small_disk / "token").write_text("t" * 64)
    with PlayerBox(tmp_path, server, enrolled=False) as box:
        _enrol_token(server, "t" * 64)
        box.start()
        box.wait_for_colour("green")
        status = box.wait_for_override("red is not here")
        assert [trouble.why for trouble in status.files_missing] == [DISK_FULL]
        assert box.process is not None
        filler = small_disk / "filler"
        _fill(filler)
        eventually(lambda: "plays cannot be written" in server.statuses[-1].display, within_s=40, what="the trouble")
        box.process.kill()
        box.start()
        box.wait_for_colour("green")
        filler.unlink()
        box.wait_for_plays(2)
        assert box.process.running


def test_a_start_in_1970_plays_house_content_until_the_server_gives_the_time(
    server: FakeServer, programme: Programme, box: PlayerBox
) -> None:
    programme.publish(*BOTH, house=[STAND_BY])
    box.start()
    box.wait_for_colour(*BOTH)
    box.stop()
    server.cut()
    with DaemonHere(box, server, _woken_in_1970()) as daemon:
        box.wait_for_colour(STAND_BY)
        eventually(lambda: daemon.loop.override, within_s=10, what="the override")
        assert daemon.loop.override is not None
        assert daemon.loop.override.why == UNTRUSTED
        server.start()
        box.wait_for_colour(*BOTH, within_s=60)
        assert daemon.clock.trusted


def _woken_in_1970() -> TimeSource:
    real = machine_time()
    return TimeSource(real.mono_ns, system_ms=lambda: 12_000, system_keeps_time=lambda: False, boot_id="another boot")


def _wait_for_the_middle(box: PlayerBox) -> None:
    """Until all plays but the present one are reported, and that one has two seconds to go: ended now, it is short."""

    def look() -> bool:
        rows = box.journal("SELECT open, began_ms, starts_ms FROM play")
        if [row[0] for row in rows] != [1]:
            return False
        (_, began_ms, starts_ms) = rows[0]
        return began_ms + 1_000 < box.server.now_ms() < starts_ms + 4 * SLOT_MS - 2_000

    eventually(look, within_s=60, what="the middle of a showing, with nothing else to report")


def _ended_as_by_systemd(box: PlayerBox) -> int:
    """Every process of the service gets the signal at once, VLC's too."""
    assert box.process is not None
    for pid in (box.child_pid(), box.process.pid):
        os.kill(pid, signal.SIGTERM)
    return box.process.popen.wait(15)


def _wait_for_why(box: PlayerBox, why: str) -> None:
    def look() -> bool:
        return any(why in play.why and play.result == "interrupted" for play in box.server.plays.values())

    eventually(look, within_s=40, what=f"a play interrupted because {why!r}")


def _enrol_token(server: FakeServer, token: str) -> None:
    server.enrol(hashlib.sha256(token.encode()).hexdigest())


def _fill(path: Path) -> None:
    """Every byte that is left."""
    with path.open("wb", buffering=0) as out:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while True:
                    out.write(b"\0" * size)
            except OSError:
                continue
