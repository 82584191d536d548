from __future__ import annotations

from media.presence import GOOD_FOR_MS, NEW_EVERY_MS, holds, shown_from, token_at

KEY = "a" * 64
NOON_MS = 1_772_452_800_000


def test_the_token_is_new_every_five_minutes():
    assert token_at(KEY, NOON_MS) == token_at(KEY, NOON_MS + NEW_EVERY_MS - 1)
    assert token_at(KEY, NOON_MS) != token_at(KEY, NOON_MS + NEW_EVERY_MS)


def test_a_token_is_good_for_thirty_minutes_after_it_was_last_shown():
    token = token_at(KEY, NOON_MS)
    assert holds(KEY, token, NOON_MS + NEW_EVERY_MS - 1 + GOOD_FOR_MS)
    assert not holds(KEY, token, NOON_MS + NEW_EVERY_MS + GOOD_FOR_MS)


def test_a_box_may_be_a_little_ahead_but_not_an_hour():
    assert holds(KEY, token_at(KEY, NOON_MS + NEW_EVERY_MS), NOON_MS)
    assert not holds(KEY, token_at(KEY, NOON_MS + 60 * 60_000), NOON_MS)


def test_another_screens_token_does_not_hold():
    assert not holds(KEY, token_at("b" * 64, NOON_MS), NOON_MS)


def test_anything_else_does_not_hold():
    assert not any(holds(KEY, token, NOON_MS) for token in ("", "aaaaaaaaaa", "电梯", token_at(KEY, NOON_MS).upper()))


def test_the_token_is_fixed_for_players_of_other_versions():
    assert token_at("0" * 64, 0) == "brkry5fmgo"


def test_a_token_says_when_the_screen_showed_it() -> None:
    token = token_at(KEY, NOON_MS)
    assert shown_from(KEY, token, NOON_MS + GOOD_FOR_MS) == NOON_MS // NEW_EVERY_MS * NEW_EVERY_MS
    assert shown_from(KEY, token, NOON_MS + 2 * GOOD_FOR_MS) is None
