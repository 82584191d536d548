from __future__ import annotations

import numpy as np

from media.cards.games.board import GameWords
from media.cards.games.race_board import RaceBoard
from media.games.phases import phases_of
from tests.bench.games.seen import Seen, Tap, Track, delays_ms, read_screen, taps_of_lane
from tests.rig.players.xgrab import Grab

SIZE = (1280, 720)
PHASES = phases_of(0, 30_000)
MS = 1_000_000


def test_runners_are_read_where_the_board_draws_them() -> None:
    board = RaceBoard(GameWords("Run"), link="https://example.org", size=SIZE)
    picture, track = board.track(2, 9), Track.of(SIZE, 2)
    for taps in (0, 7, 60, 150):
        position = int(1000 * taps / (10 * PHASES.played_ms / 1000))
        for patch in board.moved([position, 0]):
            picture.paste(patch.picture, (patch.left, patch.top))
        seen = read_screen(np.asarray(picture.convert("L")), track)
        assert abs(seen.lefts[0] - track.pixel(taps, PHASES)) <= 1
        assert abs(seen.lefts[1] - track.left) <= 1
        assert not seen.is_black


def test_a_black_screen_is_black() -> None:
    assert read_screen(np.zeros((720, 1280), np.uint8), Track.of(SIZE, 2)).is_black


def test_a_lane_is_the_mean_of_its_phones_once_all_have_tapped() -> None:
    assert list(taps_of_lane([[1, 3, 4], [2]])) == [Tap(2, 1.0), Tap(3, 1.5), Tap(4, 2.0)]
    assert list(taps_of_lane([[1, 3], []])) == []


def test_a_delay_is_from_a_tap_to_the_first_grab_that_shows_its_place() -> None:
    track = Track.of(SIZE, 2)
    lefts = [track.pixel(taps, PHASES) for taps in (0, 0, 1, 2, 2)]
    grabs = [Grab(nth * 10 * MS, Seen((left, track.left), is_black=False)) for nth, left in enumerate(lefts)]
    taps = [Tap(5 * MS, 1), Tap(6 * MS, 2), Tap(45 * MS, 3)]
    assert list(delays_ms(taps, grabs, 0, track, PHASES, until_ns=100 * MS)) == [15.0, 24.0]
    assert list(delays_ms(taps, grabs, 0, track, PHASES, until_ns=5 * MS)) == [15.0]
