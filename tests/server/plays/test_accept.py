from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session, select, update

from media.item_ids import creative_of
from server.db import to_ms
from server.plays import accept as accepting
from server.plays.models import DeliveredDay, PlayRow
from server.screens.service import begin_service
from server.screens.venues import lock_screen
from tests.factories import NOON, make_player, make_screen


def counts(db):
    """(plays, failed, shown_ms) over all days."""
    days = db.exec(select(DeliveredDay)).all()
    return tuple(sum(getattr(day, name) for day in days) for name in ("plays", "failed", "shown_ms"))


def statuses(answers):
    return [answer.status for answer in answers]


def test_a_play_is_accepted_and_counted_on_its_local_day(db, accept, player, play):
    late = play(starts_ms=to_ms(NOON) - 60_000, began_ms=to_ms(NOON) - 60_000, ended_ms=to_ms(NOON) - 50_000)
    assert statuses(accept(player, [late], now=NOON)) == ["accepted"]
    day = db.exec(select(DeliveredDay)).one()
    assert (day.on, day.plays, day.shown_ms, day.campaign_id) == (date(2026, 3, 2), 1, 10_000, late.campaign)
    assert day.item == creative_of(late.item)


def test_a_play_makes_the_impressions_of_its_hour_by_the_venues_clock(db, accept, screen, player, play):
    """An hour before noon UTC is seven in the evening in Shanghai."""
    screen.multipliers = [0.1] * 19 + [2.5] + [0.1] * 4
    db.flush()
    failed = play(2, result="failed", ended_ms=play(2).began_ms)
    accept(player, [play(0), play(1), failed, play(0)], now=NOON)
    assert sum(day.impressions_milli for day in db.exec(select(DeliveredDay))) == 5_000


@pytest.mark.parametrize("late_ms", [0, 5_500])
def test_a_play_from_before_plans_were_recorded_keeps_only_its_own_time(db, accept, player, play, late_ms):
    """The last one before an upgrade was shown some milliseconds late, and long; the first one after it counts."""
    old = play(0)
    times = {"began_ms": old.starts_ms + late_ms, "ended_ms": old.starts_ms + late_ms + 10_040}
    accept(player, [old.model_copy(update=times)], now=NOON)
    db.exec(update(PlayRow).values(planned_end_ms=None))
    accept(player, [play(0), play(1)], now=NOON)
    assert counts(db)[0] == 2


def test_a_changed_multiplier_counts_from_then_on(db, accept, screen, player, play):
    accept(player, [play(0)], now=NOON)
    screen.multipliers = [3.0]
    db.flush()
    accept(player, [play(1)], now=NOON)
    assert sum(day.impressions_milli for day in db.exec(select(DeliveredDay))) == 4_000


def test_spots_that_are_far_apart_are_not_held_against_all_that_lies_between(db, accept, player, play, monkeypatch):
    """A box may send a play of a month ago with one of now: between them lie a quarter of a million."""
    accept(player, [play(nth) for nth in range(30, 330)], now=NOON)
    spans, read = accepting._spans_between, []
    monkeypatch.setattr(accepting, "_spans_between", lambda *given: read.extend(found := spans(*given)) or found)
    accept(player, [play(0), play(29), play(100), play(359)], now=NOON)
    assert counts(db)[0] == 300 + 3
    assert len(read) < 10


def test_the_local_day_is_the_venues_not_utc(db, accept, player, play):
    evening = NOON.replace(hour=16, minute=30)
    at = to_ms(evening)
    accept(player, [play(starts_ms=at, began_ms=at, ended_ms=at + 10_000)], now=evening)
    assert db.exec(select(PlayRow.on)).one() == date(2026, 3, 3)


def test_a_replay_is_a_duplicate_and_counts_nothing(db, accept, player, play):
    batch = [play(nth) for nth in range(5)]
    accept(player, batch, now=NOON)
    before = counts(db)
    assert statuses(accept(player, batch, now=NOON)) == ["duplicate"] * 5
    assert counts(db) == before == (5, 0, 5 * 9_995)


def test_the_same_id_twice_in_a_batch_counts_once(db, accept, player, play):
    one = play()
    assert statuses(accept(player, [one, one], now=NOON)) == ["accepted", "duplicate"]
    assert counts(db)[0] == 1


def test_two_played_showings_of_one_spot_are_kept_and_one_counts(db, accept, player, play):
    assert statuses(accept(player, [play(), play()], now=NOON)) == ["accepted"] * 2
    assert statuses(accept(player, [play()], now=NOON)) == ["accepted"]
    assert counts(db)[0] == 1
    assert sorted(row.counts_for is None for row in db.exec(select(PlayRow))) == [False, True, True]


def test_a_failed_showing_leaves_the_spot_to_the_one_that_played(db, accept, player, play):
    accept(player, [play(result="failed", why="missing file"), play()], now=NOON)
    assert counts(db)[:2] == (1, 1)


@pytest.mark.parametrize("result", ["short", "failed", "interrupted"])
def test_a_play_that_was_not_played_counts_as_failed(db, accept, player, play, result):
    accept(player, [play(result=result)], now=NOON)
    assert counts(db) == (0, 1, 0)


def test_a_claim_to_have_played_is_checked_against_the_length(db, accept, player, play):
    short = play(ended_ms=play().began_ms + 9_400)
    accept(player, [short], now=NOON)
    row = db.exec(select(PlayRow)).one()
    assert (row.result, row.why) == ("short", "shown 9400 of 10000 ms")


def test_house_content_and_interrupts_are_kept_but_not_counted(db, accept, player, play, creative):
    plain = {"item": creative.id, "campaign": None}
    answers = accept(player, [play(0, kind="house", **plain), play(1, kind="interrupt", **plain)], now=NOON)
    assert statuses(answers) == ["accepted"] * 2
    assert counts(db) == (0, 0, 0)


def test_answers_come_in_the_order_of_the_plays(db, accept, player, play):
    batch = [play(nth, screen="somewhere-else" if nth % 3 else play().screen) for nth in range(30)]
    random.Random(7).shuffle(batch)
    assert [answer.id for answer in accept(player, batch, now=NOON)] == [play.id for play in batch]


# --- refused


def refusal(answers):
    (answer,) = answers
    assert answer.status == "refused"
    return answer.why, answer.final


def test_the_future_is_refused_for_now(db, accept, player, play):
    ahead = to_ms(NOON) + 11 * 60_000
    soon = play(starts_ms=ahead, began_ms=ahead, ended_ms=ahead + 10_000)
    why, final = refusal(accept(player, [soon], now=NOON))
    assert "future" in why
    assert not final
    assert statuses(accept(player, [soon], now=NOON + timedelta(minutes=15))) == ["accepted"]


def test_thirty_days_late_is_accepted_and_later_is_not(db, accept, player, play):
    one = play()
    ended = NOON - timedelta(hours=1)
    assert refusal(accept(player, [one], now=ended + timedelta(days=30, minutes=1)))[1]
    assert statuses(accept(player, [one], now=ended + timedelta(days=30))) == ["accepted"]


def test_a_screen_that_the_player_did_not_serve_is_refused_for_good(db, accept, player, play):
    other = make_screen(db)
    assert refusal(accept(player, [play(screen=other.id)], now=NOON)) == (
        "this player did not serve this screen then",
        True,
    )


def test_a_moved_box_may_still_report_its_old_screen(db, accept, player, play):
    begin_service(db, player, lock_screen(db, make_screen(db).id), now=NOON - timedelta(minutes=30))
    before, after = play(0), play(200)
    assert statuses(accept(player, [before, after], now=NOON)) == ["accepted", "refused"]


def test_the_next_player_of_a_screen_cannot_report_what_the_last_one_showed(db, accept, player, play, screen):
    newcomer = make_player(db)
    begin_service(db, newcomer, lock_screen(db, screen.id), now=NOON - timedelta(minutes=30))
    assert statuses(accept(newcomer, [play(0), play(200)], now=NOON)) == ["refused", "accepted"]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"item": "0" * 26, "campaign": None}, "unknown item"),
        ({"item": "\x00", "campaign": None}, "unknown item"),
        ({"campaign": None}, "the campaign is not that of the item"),
        ({"id": "not-a-ulid-but-26-symbols-"}, "the id is not a ULID"),
        ({"version": 2**40}, "a number is out of range"),
        ({"ended_ms": 0}, "ended before it began"),
        ({"starts_ms": 0}, "began more than an hour from its planned instant"),
        ({"starts_ms": 10**30}, "began more than an hour from its planned instant"),
    ],
)
def test_an_impossible_play_is_refused_for_good(db, accept, player, play, wrong, why):
    assert refusal(accept(player, [play(**wrong)], now=NOON)) == (why, True)
    assert db.exec(select(PlayRow)).all() == []


def test_a_reason_that_no_database_takes_is_kept_as_far_as_it_can(db, accept, player, play):
    accept(player, [play(result="failed", why="bad\x00file \ud800" + "x" * 300)], now=NOON)
    assert db.exec(select(PlayRow.why)).one().startswith("badfile x")


# --- speed, and as a whole


@contextmanager
def statements(db: Session) -> Iterator[list[str]]:
    """The statements that the database is sent meanwhile."""
    found: list[str] = []

    def listen(*args: Any) -> None:
        found.append(args[2])

    event.listen(db.get_bind(), "before_cursor_execute", listen)
    try:
        yield found
    finally:
        event.remove(db.get_bind(), "before_cursor_execute", listen)


def test_a_batch_of_a_thousand_takes_few_statements(db, accept, player, play):
    batch = [play(nth) for nth in range(300)]
    with statements(db) as found:
        accept(player, batch, now=NOON)
    assert len(found) <= 8
    with statements(db) as found:  # the same spots again: two more note that they do not count
        accept(player, [play(nth) for nth in range(300)], now=NOON)
    assert len(found) <= 10


def test_batches_of_any_size_are_the_same_statement(db, accept, player, play):
    """Connections keep the statements that they prepared: another text for each size would fill the memory."""
    with statements(db) as first:
        accept(player, [play(0)], now=NOON)
    with statements(db) as second:
        accept(player, [play(nth) for nth in range(1, 40)], now=NOON)
    assert set(second) == set(first)


def test_any_order_and_any_replay_ends_in_the_same_counts(db, accept, player, play):
    chance = random.Random(3)
    batch = [play(nth, result=chance.choice(["played", "played", "failed"])) for nth in range(120)]
    truth = sum(play.result == "played" for play in batch)
    sent = batch * 3
    chance.shuffle(sent)
    for first in range(0, len(sent), 50):
        accept(player, sent[first : first + 50], now=NOON)
    assert counts(db)[:2] == (truth, 120 - truth)
