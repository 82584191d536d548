from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from server.plays import uncounted
from server.plays.judge import Refusal, Verdict
from server.plays.models import Uncounted, UncountedPlays
from server.plays.uncounted import (
    LISTED_FOR,
    STORED_WITHIN,
    Source,
    count_uncounted,
    list_uncounted,
    note_uncounted,
    refuse_too_many,
)
from tests.factories import NOON, make_player, make_screen

ON = date(2026, 3, 2)
HERE = Source("box", "screen", ON)
GOOD = Verdict("played", "", "creative", None, ON, 12, 1000, None, uncounted=None)
ODD = replace(GOOD, uncounted=Uncounted.OVERLAP)


def row(reason: Uncounted | None, **more: Any) -> dict[str, Any]:
    return {"screen_id": "screen", "on": ON, "campaign_id": None, "uncounted": reason, **more}


def counts(db: Session) -> dict[tuple[str, str], int]:
    return {(count.campaign_id, count.reason): count.plays for count in db.exec(select(UncountedPlays))}


def test_stored_and_refused_plays_are_counted_by_reason_and_campaign(db: Session) -> None:
    rows = [row(Uncounted.OVERLAP), row(Uncounted.OVERLAP), row(Uncounted.OVERLAP, campaign_id="c"), row(None)]
    note_uncounted(db, HERE, rows, [Uncounted.TOO_OLD] * 3, now=NOON)
    assert counts(db) == {("", "overlap"): 2, ("c", "overlap"): 1, ("", "too_old"): 3}


def test_a_second_batch_adds_to_the_same_counts(db: Session) -> None:
    later = NOON + timedelta(hours=1)
    for now in (NOON, later):
        note_uncounted(db, HERE, [row(Uncounted.OFF_TIME)], [], now=now)
    (count,) = db.exec(select(UncountedPlays)).all()
    assert (count.plays, count.first_at, count.last_at) == (2, NOON, later)


def test_without_any_nothing_is_written(db: Session) -> None:
    note_uncounted(db, HERE, [row(None)], [], now=NOON)
    note_uncounted(db, HERE, [], [], now=NOON)
    assert counts(db) == {}


def test_the_list_sums_days_and_campaigns_and_names_the_place_where_there_is_one(db: Session) -> None:
    screen = make_screen(db)
    player = make_player(db, screen=screen, hardware="盒-7")
    for on in (ON, ON + timedelta(days=1)):
        here = Source(player.id, screen.id, on)
        note_uncounted(db, here, [], [Uncounted.TOO_OLD] * 2, now=NOON)
    note_uncounted(db, Source("gone", "", ON), [], [Uncounted.NOT_SERVED], now=NOON + timedelta(hours=1))
    homeless, placed = list_uncounted(db, now=NOON)
    assert (homeless.place, homeless.hardware, homeless.plays) == (None, "", 1)
    assert (placed.hardware, placed.reason, placed.plays) == ("盒-7", Uncounted.TOO_OLD, 4)
    assert placed.place is not None
    assert placed.place[0].id == screen.id
    assert len(list_uncounted(db, now=NOON, most=1)) == 1


@pytest.mark.parametrize(("ago", "listed"), [(LISTED_FOR - timedelta(seconds=1), 1), (LISTED_FOR, 0)])
def test_old_counts_are_listed_no_more(db: Session, ago: timedelta, listed: int) -> None:
    note_uncounted(db, HERE, [], [Uncounted.TOO_OLD], now=NOON - ago)
    assert len(list_uncounted(db, now=NOON)) == listed


def test_the_plays_of_a_time_are_counted(db: Session) -> None:
    note_uncounted(db, HERE, [], [Uncounted.TOO_OLD] * 5, now=NOON - timedelta(hours=2))
    hours = [count_uncounted(db, now=NOON, since=timedelta(hours=hours)) for hours in (1, 2, 3)]
    assert hours == [0, 0, 5]


def test_a_box_that_stored_too_many_has_the_rest_refused(db: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uncounted, "STORED_MOST", 3)
    verdicts: dict[str, Refusal | Verdict] = {"good": GOOD, "odd": ODD}
    note_uncounted(db, HERE, [], [Uncounted.TOO_OLD] * 2, now=NOON)
    assert refuse_too_many(db, HERE, verdicts, now=NOON) is verdicts
    note_uncounted(db, HERE, [], [Uncounted.TOO_OLD], now=NOON)
    refused = refuse_too_many(db, HERE, verdicts, now=NOON)
    assert refused["good"] is GOOD
    assert isinstance(refused["odd"], Refusal)
    assert refused["odd"].reason is Uncounted.TOO_MANY
    assert refuse_too_many(db, Source("another", "screen", ON), verdicts, now=NOON) is verdicts
    assert refuse_too_many(db, HERE, verdicts, now=NOON + STORED_WITHIN) is verdicts
