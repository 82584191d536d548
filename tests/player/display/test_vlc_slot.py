"""A slot's phases from opening a file to its first frame, with a VLC and a screen that only take notes."""

from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
import vlc

from player.display.api import Showing
from player.display.vlc_slot import FRESH_NS, MS, SETTLE_NS, SHORTEST_MS, TAIL_MS, UNDRAWN_NS, Note, Phase, VlcSlot

LENGTH_MS = 10_000


class Rig:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notes: list[Note] = []
        self.screen, self.engine = Mock(), Mock()
        self.vlc = self.engine.player.return_value
        self.vlc.get_length.return_value = LENGTH_MS
        self.slot = VlcSlot(1, engine=self.engine, screen=self.screen, note=self.notes.append)

    def open(self, name: str = "film.mp4", mime: str = "video/mp4", **more: Any) -> None:
        (self.folder / name).touch()
        self.slot.open(Showing(name, self.folder / name, mime, LENGTH_MS, **more))

    def settle(self, *, at_ns: int = 0, **more: Any) -> None:
        """Opened, sought, and with a window since this instant."""
        self.open(**more)
        self.slot.seek_to_start()
        self.slot.had_vout(at_ns)
        self.slot.laid_out(at_ns)


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def test_a_still_is_ready_at_once_without_vlc(rig: Rig) -> None:
    rig.open("still.png", "image/png")
    assert (rig.slot.phase, rig.slot.drawn) == (Phase.READY, True)
    rig.screen.paint.assert_called_once_with(1, rig.folder / "still.png")
    rig.vlc.play.assert_not_called()


def test_a_film_is_opened_paused_and_sought_before_it_can_settle(rig: Rig) -> None:
    rig.open(from_ms=2000)
    assert rig.slot.phase is Phase.OPENING
    rig.slot.seek_to_start()
    assert rig.slot.phase is Phase.SETTLING
    rig.vlc.set_time.assert_called_once_with(2000)


@pytest.mark.parametrize(("from_ms", "sought"), [(0, 0), (9_600, 9_600), (9_900, LENGTH_MS - TAIL_MS), (99_000, 9_700)])
def test_a_late_join_seeks_to_no_later_than_a_little_before_the_end(rig: Rig, from_ms: int, sought: int) -> None:
    rig.open(from_ms=from_ms)
    rig.slot.seek_to_start()
    rig.vlc.set_time.assert_called_once_with(sought)


def test_a_film_has_settled_when_its_window_was_left_alone_and_it_was_drawn(rig: Rig) -> None:
    rig.settle()
    rig.slot.saw_drawing(FRESH_NS)
    assert not rig.slot.settled(SETTLE_NS - 1)
    assert rig.slot.settled(SETTLE_NS)


def test_a_drawing_before_the_last_change_of_the_window_does_not_count(rig: Rig) -> None:
    rig.settle()
    rig.slot.saw_drawing(FRESH_NS)
    rig.slot.laid_out(2 * FRESH_NS)
    rig.slot.saw_drawing(3 * FRESH_NS - 1)  # the empty background of the new window
    assert not rig.slot.drawn
    assert not rig.slot.settled(2 * FRESH_NS + SETTLE_NS)
    assert rig.slot.settled(2 * FRESH_NS + UNDRAWN_NS)


def test_a_late_join_draws_nothing_while_it_is_paused_and_settles_all_the_same(rig: Rig) -> None:
    rig.settle(from_ms=2000)
    assert rig.slot.settled(SETTLE_NS)


def test_without_a_window_nothing_settles(rig: Rig) -> None:
    rig.open()
    rig.slot.seek_to_start()
    rig.slot.had_vout(0)
    assert not rig.slot.settled(UNDRAWN_NS)


def test_once_started_its_place_runs_on_from_its_first_frame(rig: Rig) -> None:
    rig.settle(from_ms=2000)
    rig.slot.start(5 * MS, lead_ns=7 * MS)
    anchor, _ = rig.slot.state()
    assert (anchor.time_ms, anchor.at_ns, anchor.runs) == (2000, 12 * MS, True)
    rig.vlc.set_pause.assert_called_once_with(0)


def test_a_film_held_on_its_last_frame_stands_at_its_end(rig: Rig) -> None:
    rig.settle()
    rig.slot.start(0, lead_ns=0)
    rig.vlc.get_state.return_value = vlc.State.Paused
    anchor, plays = rig.slot.state()
    assert (anchor.time_ms, anchor.runs, plays) == (LENGTH_MS, False, False)


@pytest.mark.parametrize(
    ("length", "too_short"), [(0, False), (1, True), (SHORTEST_MS - 1, True), (SHORTEST_MS, False)]
)
def test_a_film_that_vlc_would_end_before_it_draws_it_is_too_short(rig: Rig, length: int, too_short: bool) -> None:
    rig.vlc.get_length.return_value = length
    assert rig.slot.is_too_short() is too_short


@pytest.mark.parametrize(("sound", "paused"), [(True, True), (False, False)])
def test_only_what_sounds_is_silenced(rig: Rig, sound: bool, paused: bool) -> None:
    rig.open(sound=sound)
    rig.slot.silence()
    assert rig.vlc.set_pause.called is paused


def test_a_file_without_a_picture_is_found_by_its_tracks(rig: Rig) -> None:
    rig.open()
    rig.vlc.video_get_track_count.return_value = 0
    assert rig.slot.has_no_picture()
    rig.slot.had_vout(0)
    assert not rig.slot.has_no_picture()


def test_a_missing_film_is_refused(rig: Rig) -> None:
    with pytest.raises(FileNotFoundError, match=r"gone\.mp4 is missing"):
        rig.slot.open(Showing("gone", rig.folder / "gone.mp4", "video/mp4", LENGTH_MS))


@pytest.mark.parametrize(("name", "mime"), [("film.mp4", "video/mp4"), ("still.png", "image/png")])
def test_a_slot_that_is_cleared_is_empty_and_can_be_cleared_again(rig: Rig, name: str, mime: str) -> None:
    rig.open(name, mime)
    for _ in range(2):
        rig.slot.clear()
        assert (rig.slot.phase, rig.slot.showing, rig.slot.drawn) == (Phase.EMPTY, None, False)
    stopped = rig.screen.unpaint if mime == "image/png" else rig.vlc.stop
    stopped.assert_called_once()


def test_a_note_names_the_file_that_it_is_about(rig: Rig) -> None:
    """A late note about the file before must not be taken for one about the next."""
    listeners = {call.args[2]: call.args[1] for call in rig.vlc.event_manager().event_attach.call_args_list}
    rig.open("first.mp4")
    listeners["error"](Mock(), "error")
    rig.open("second.mp4")
    listeners["time"](Mock(u=Mock(new_time=40)), "time")
    assert [(note.slot, note.load, note.word, note.value) for note in rig.notes] == [
        (1, 1, "error", 0),
        (1, 2, "time", 40),
    ]
