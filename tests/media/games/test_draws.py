from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.games.draws import ODDS_OF, draw_winners, new_seed, odds_of, promise_of, ticket_of

SEED = bytes(range(32))


def test_the_promise_is_the_hash_of_the_seed() -> None:
    assert promise_of(SEED) == sha256(SEED).hexdigest()
    assert len(new_seed()) == 32
    assert new_seed() != new_seed()


def test_the_lowest_tickets_win() -> None:
    by_hand = sorted(range(10), key=lambda seat: sha256(SEED + f"|{seat}".encode()).hexdigest())
    assert draw_winners(SEED, range(10), most=3) == by_hand[:3]


def test_a_seat_that_is_named_twice_has_one_ticket() -> None:
    assert draw_winners(SEED, [4, 4, 4], most=3) == [4]


@pytest.mark.parametrize(("odds_ppm", "won"), [(0, 0), (ODDS_OF, 1000)])
def test_impossible_and_certain_odds(odds_ppm: int, won: int) -> None:
    assert len(draw_winners(SEED, range(1000), most=1000, odds_ppm=odds_ppm)) == won


def test_odds_are_kept_over_many_seats() -> None:
    won = len(draw_winners(SEED, range(20_000), most=20_000, odds_ppm=100_000))
    assert abs(won - 2000) < 5 * (20_000 * 0.1 * 0.9) ** 0.5  # five standard deviations


@given(entrants=st.sets(st.integers(0, 431), max_size=40), more=st.sets(st.integers(0, 431), max_size=40))
def test_nobody_wins_or_loses_a_ticket_by_the_company(entrants: set[int], more: set[int]) -> None:
    won = draw_winners(SEED, entrants, most=500, odds_ppm=500_000)
    assert set(won) == entrants & set(draw_winners(SEED, entrants | more, most=500, odds_ppm=500_000))
    assert [ticket_of(SEED, seat) for seat in won] == sorted(ticket_of(SEED, seat) for seat in won)


@pytest.mark.parametrize(("one_in", "odds_ppm"), [(1, 1_000_000), (3, 333_333), (1000, 1000)])
def test_odds_are_in_millionths(one_in: int, odds_ppm: int) -> None:
    assert odds_of(one_in) == odds_ppm
