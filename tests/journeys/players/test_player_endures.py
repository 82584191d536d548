"""The player survives for long: deaths at any moment, clocks that jump, weeks without a network."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest

from tests.rig.players.daemon_here import DaemonHere, SystemClock
from tests.rig.players.journal_copy import JournalCopy
from tests.rig.players.player_box import BOTH, DAY_MS, STAND_BY, PlayerBox, Programme
from tests.rig.servers.fake_server import FakeServer
from tests.rig.servers.processes import eventually

pytestmark = [pytest.mark.vlc, pytest.mark.journey, pytest.mark.timeout(300)]


@pytest.fixture
def programme(programme: Programme) -> Programme:
    """Published before the box is there."""
    programme.publish(*BOTH, house=[STAND_BY])
    return programme


def test_kill_9_at_any_moment_loses_no_finished_play_and_shows_nothing_twice(box: PlayerBox) -> None:
    """While it starts, while it opens the next item, in the middle of a showing, and just after one."""
    box.start()
    box.wait_for_colour(*BOTH)
    box.wait_for_plays(1)
    journal = JournalCopy(box.player_dir / "journal.sqlite3")
    for after_s in (0.4, 1.1, 2.3, 3.2, 5.1, 6.6):
        assert box.process is not None
        time.sleep(after_s)
        box.process.kill()
        box.start()
    box.wait_for_colour(*BOTH)
    box.wait_for_plays(2)
    assert box.process is not None
    box.process.stop()
    waiting = journal.waiting()
    finished = {id_ for id_ in journal.plays() if id_ not in waiting}
    assert len(finished) >= 3
    assert finished <= set(box.server.plays)
    shown = sorted(box.server.plays.values(), key=lambda play: play.began_ms)
    assert [(a, b) for a, b in pairwise(shown) if b.began_ms < a.ended_ms] == []


def test_a_system_clock_that_jumps_changes_nothing_on_the_screen(
    server: FakeServer, programme: Programme, box: PlayerBox
) -> None:
    programme.add("yellow")
    stills = ("green", "yellow")  # a film that opens late would end the item before it late
    programme.publish(*stills, house=[STAND_BY])
    told_by_system, since_ms = SystemClock(), server.now_ms()
    with DaemonHere(box, server, told_by_system.source()) as daemon:
        box.wait_for_colour(*stills)
        for jump_ms in (400 * DAY_MS, -50 * 365 * DAY_MS):
            told_by_system.ahead_ms = jump_ms
            box.wait_for_plays(2)
        assert daemon.clock.steps == 0
        assert abs(daemon.clock.now_ms() - server.now_ms()) < 100
    # Started again before the box was: what its own memory says counts, and not 1970.
    server.cut()
    with DaemonHere(box, server, told_by_system.source()) as daemon:
        assert daemon.clock.trusted
        box.wait_for_colour(*stills)
        assert abs(daemon.clock.now_ms() - server.now_ms()) < 100
    for play in server.plays.values():
        assert since_ms < play.began_ms <= play.ended_ms < server.now_ms()
        assert play.result != "failed"


def test_after_weeks_without_uplink_house_content_plays_and_every_play_of_that_time_is_reported(
    server: FakeServer, programme: Programme, box: PlayerBox
) -> None:
    box.start()
    box.wait_for_colour(*BOTH)
    box.stop()
    server.cut()
    cut_ms = time.time() * 1000
    server.offset_ms = 20 * DAY_MS
    weeks_later = SystemClock(ahead_ms=20 * DAY_MS, boot_id="another boot")
    with DaemonHere(box, server, weeks_later.source()) as daemon:
        box.wait_for_colour(STAND_BY)
        assert daemon.clock.trusted
        finished = f"SELECT id FROM play WHERE kind = 'house' AND NOT open AND began_ms > {cut_ms}"
        eventually(lambda: len(box.journal(finished)) >= 2, within_s=60, what="plays of house content in the journal")
        server.start()
        programme.publish(*BOTH, house=[STAND_BY])
        box.wait_for_colour(*BOTH, within_s=60)
        eventually(lambda: len(box.journal()) <= 1, within_s=60, what="the journal to empty")
    # A box that starts may show house content for a moment, until it trusts its clock: that was before the weeks.
    offline = [play for play in server.plays.values() if play.kind == "house" and play.began_ms > cut_ms]
    assert len(offline) >= 2
    assert min(play.began_ms for play in offline) > time.time() * 1000 + 19 * DAY_MS
    assert set(server.play_posts.values()) == {1}
