from __future__ import annotations

from media.games.scoring import Standing, ranked


def test_the_best_is_first_then_who_was_earlier_then_the_lower_seat() -> None:
    standings = [
        Standing((4,), points=0, reached_ms=0),
        Standing((3,), points=7, reached_ms=50),
        Standing((2,), points=7, reached_ms=50),
        Standing((1,), points=7, reached_ms=40),
        Standing((9,), points=8, reached_ms=90),
    ]
    assert [standing.seats for standing in ranked(standings)] == [(9,), (1,), (2,), (3,), (4,)]
    assert ranked(reversed(standings)) == ranked(standings)


def test_nobody_is_ranked_where_nobody_played() -> None:
    assert ranked(()) == []
