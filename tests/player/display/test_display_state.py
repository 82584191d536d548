"""A new child gets the messages that make the screen what it was."""

from dataclasses import replace
from pathlib import Path

import pytest

from player.display.api import NotPrepared, Showing
from player.display.display_state import MS, REJOIN_NS, STRIKES, DisplayState, Playback

FILM = Showing("film", Path("/media/film"), "video/mp4", length_ms=10_000)
NEXT = Showing("next", Path("/media/next"), "image/png", length_ms=5_000)
LATER = Showing("later", Path("/media/later"), "video/mp4", length_ms=5_000)
NOON = 12 * 3600 * 1000 * MS


def showing_film(since_ns: int = NOON) -> DisplayState:
    state = DisplayState()
    state.prepare(FILM)
    state.show("film", since_ns)
    state.shown("film", since_ns)
    return state


def test_a_film_joins_where_it_would_be_by_then() -> None:
    _, prepare, show = showing_film().again(NOON + 3_000 * MS)
    assert prepare["showing"]["from_ms"] == 3_000 + REJOIN_NS // MS
    assert show == {"do": "show", "id": "film", "at_ns": NOON + 3_000 * MS + REJOIN_NS}


def test_a_film_that_joined_late_counts_from_there() -> None:
    state = DisplayState()
    state.prepare(replace(FILM, from_ms=2_000))
    state.shown("film", NOON)
    assert state.again(NOON)[1]["showing"]["from_ms"] == 2_000 + REJOIN_NS // MS


def test_the_strip_is_drawn_again() -> None:
    state = showing_film()
    state.png = Path("/run/strip.png")
    assert state.again(NOON)[0] == {"do": "strip", "png": "/run/strip.png"}


def test_a_waiting_showing_is_prepared_and_armed_again() -> None:
    state = showing_film()
    state.prepare(NEXT)
    state.show("next", NOON + 9_000 * MS)
    sent = [(message["do"], message.get("id")) for message in state.again(NOON)]
    assert sent == [("strip", None), ("prepare", None), ("show", "film"), ("prepare", None), ("show", "next")]


def test_a_showing_that_ends_before_its_return_does_not_return() -> None:
    state = showing_film()
    state.prepare(NEXT)
    state.show("next", NOON + REJOIN_NS)
    assert state.rejoins(NOON) is None


def test_a_black_screen_stays_black() -> None:
    state = showing_film()
    state.blank_ns = NOON + 1
    assert state.rejoins(NOON + 2) is None


def test_a_black_screen_still_to_come_is_requested_again() -> None:
    state = showing_film()
    state.blank_ns = NOON + 5_000 * MS
    assert state.again(NOON)[-1] == {"do": "blank", "at_ns": NOON + 5_000 * MS}
    assert state.rejoins(NOON) == FILM


def test_a_showing_after_black_is_not_black() -> None:
    state = showing_film()
    state.blank_ns = NOON + 1
    state.prepare(NEXT)
    state.shown("next", NOON + 2)
    assert not state.is_black(NOON + 3)


def test_only_what_is_prepared_can_be_shown() -> None:
    with pytest.raises(NotPrepared):
        showing_film().show("next", NOON)


def test_a_newer_one_takes_the_place_of_an_older_one() -> None:
    state = showing_film()
    for showing in (NEXT, LATER, replace(LATER, id="latest")):
        state.prepare(showing)
    with pytest.raises(NotPrepared):
        state.show("next", NOON)


def playing_film() -> DisplayState:
    """A child that has drawn the film, and plays it."""
    state = showing_film()
    state.opened("film")
    return state


def test_a_film_that_plays_at_every_death_is_given_up() -> None:
    state = playing_film()
    given_up = [state.blame() for _ in range(STRIKES)]
    assert given_up == [[]] * (STRIKES - 1) + [["film"]]
    assert state.visible is None


def test_an_opening_showing_is_suspected_before_the_playing_one() -> None:
    state = playing_film()
    state.prepare(NEXT)
    assert [state.blame() for _ in range(STRIKES)][-1] == ["next"]
    assert state.visible == FILM


def test_a_film_that_is_stalled_is_blamed_alone() -> None:
    state = playing_film()
    state.prepare(NEXT)
    assert [state.blame(stalled=True) for _ in range(STRIKES)][-1] == ["film"]
    assert state.waiting == [NEXT]


def test_a_new_child_opens_all_that_it_is_sent() -> None:
    state = playing_film()
    state.again(NOON)
    assert state.opening == {"film"}


def test_a_picture_that_is_drawn_is_never_blamed() -> None:
    state = DisplayState()
    state.prepare(NEXT)
    state.opened("next")
    state.shown("next", NOON)
    assert [state.blame() for _ in range(STRIKES + 1)] == [[]] * (STRIKES + 1)
    assert state.visible == NEXT


def test_deaths_long_apart_are_nobodys_fault() -> None:
    state = playing_film()
    for _ in range(STRIKES):
        assert state.blame() == []
        state.lived()


def test_a_playing_film_that_does_not_move_is_stalled() -> None:
    playback = Playback("film", playing=True, time_ms=500, at_ns=NOON, runs=True)
    assert playback.is_stalled(NOON + 3_001 * MS, stall_s=3)
    assert not playback.is_stalled(NOON + 2_999 * MS, stall_s=3)


def test_a_still_and_a_held_frame_may_stand_for_ever() -> None:
    playback = Playback("still", playing=False, time_ms=0, at_ns=NOON, runs=True)
    assert not playback.is_stalled(NOON + 10**15, stall_s=3)


def test_a_position_runs_on_between_two_reports() -> None:
    assert Playback("film", playing=True, time_ms=500, at_ns=NOON, runs=True).time_at(NOON + 200 * MS) == 700
    assert Playback("film", playing=False, time_ms=500, at_ns=NOON, runs=False).time_at(NOON + 200 * MS) == 500
