from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from media.games.draw_record import DrawRecord, differences
from media.games.draws import ODDS_OF, draw_winners, promise_of

SEED = bytes(range(32))
STARTS_AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


def record_of(entrants: range | list[int], *, most: int = 3, odds_ppm: int = ODDS_OF) -> DrawRecord:
    winners = draw_winners(SEED, entrants, most=most, odds_ppm=odds_ppm)
    fields = {
        "screen": "BCDFGH",
        "starts_at": STARTS_AT,
        "promise": promise_of(SEED),
        "seed": SEED.hex(),
        "entrants": list(entrants),
        "odds_ppm": odds_ppm,
        "most": most,
        "winners": winners,
        "prizes": winners[:1],
    }
    return DrawRecord.model_validate(fields)


def changed(**fields: Any) -> DrawRecord:
    """The record of a draw among ten, changed afterwards."""
    return DrawRecord.model_validate(record_of(range(10)).model_dump() | fields)


@given(st.sets(st.integers(0, 299)).map(sorted), st.integers(0, 20), st.integers(0, ODDS_OF))
def test_the_record_of_every_honest_draw_is_correct(entrants: list[int], most: int, odds_ppm: int) -> None:
    assert list(differences(record_of(entrants, most=most, odds_ppm=odds_ppm))) == []


def test_other_winners_are_named_beside_those_that_the_seed_draws() -> None:
    honest = record_of(range(10))
    other = tuple(seat for seat in range(10) if seat not in honest.winners)[:3]
    [said] = differences(changed(winners=other, prizes=[]))
    assert ", ".join(map(str, other)) in said
    assert ", ".join(map(str, honest.winners)) in said


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"seed": "00" * 32}, "promise"),
        ({"promise": "00" * 32}, "promise"),
        ({"entrants": []}, "no seat"),
        ({"entrants": [*range(10), 9]}, "more than once"),
        ({"odds_ppm": 0}, "no seat"),
        ({"most": 1}, "winners"),
        ({"prizes": [200]}, "not winners"),
    ],
)
def test_each_changed_field_shows(fields: dict[str, object], said: str) -> None:
    assert any(said in sentence for sentence in differences(changed(**fields)))


@pytest.mark.parametrize(
    "fields",
    [
        {"seed": "xyz"},
        {"seed": "00" * 31},
        {"promise": ""},
        {"entrants": [-1]},
        {"entrants": [10**9]},
        {"odds_ppm": ODDS_OF + 1},
        {"most": -1},
        {"more": 1},
        {"starts_at": "noon"},
    ],
)
def test_what_is_no_record_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        changed(**fields)
