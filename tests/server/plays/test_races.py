"""Replays and rival showings that arrive at the same moment, on real threads and real connections.

Covers: server.plays.accept, server.plays.judge_batch
"""

from __future__ import annotations

import random
import threading
from itertools import pairwise

from sqlmodel import Session, col, func, select

from media.store import MediaStore
from media.wire.plays import Play
from server.db import new_id, reading, to_ms, transaction
from server.plays.accept import accept_plays
from server.plays.judge_batch import judge_plays
from server.plays.models import DeliveredDay, PlayRow
from server.screens.models import Player, Screen
from tests.factories import NOON, make_creative, make_player, make_screen
from tests.rig.players.planned import publish_spots, publish_turns

SPOTS = 60
SENDERS = 4


def make_plays(db: Session, store: MediaStore, player: Player, count: int = SPOTS) -> list[Play]:
    item = make_creative(db).id
    publish_turns(db, store, db.get_one(Screen, player.screen_id), [item], at=NOON)
    starts = [to_ms(NOON) - 3_600_000 + nth * 10_000 for nth in range(count)]
    facts = {"kind": "spot", "screen": player.screen_id, "item": item, "version": 1, "result": "played"}
    return [
        Play.model_validate({"id": new_id(), **facts, "starts_ms": at, "began_ms": at, "ended_ms": at + 10_000})
        for at in starts
    ]


def send_at_once(engine, store, player_id, batches):
    """Each batch on a thread of its own; returns what all were answered."""
    start, statuses = threading.Barrier(len(batches)), []

    def send(batch):
        with reading(engine) as db:
            judged = judge_plays(db, store, db.get_one(Player, player_id), batch, now=NOON)
        start.wait()
        with transaction(engine) as db:
            answers = accept_plays(db, judged, now=NOON)
        statuses.extend(answer.status for answer in answers)

    threads = [threading.Thread(target=send, args=(batch,)) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def counted(engine):
    """(plays that count by their rows, by their days)."""
    with reading(engine) as db:
        rows = db.exec(select(func.count(PlayRow.counts_for))).one()
        return rows, db.exec(select(func.sum(DeliveredDay.plays))).one()


def test_a_batch_replayed_at_the_same_moment_in_another_order_counts_once(engine, store):
    with transaction(engine) as db:
        player = make_player(db, screen=make_screen(db))
        plays = make_plays(db, store, player)
    batches = [random.Random(seed).sample(plays, SPOTS) for seed in range(SENDERS)]
    statuses = send_at_once(engine, store, player.id, batches)
    assert (statuses.count("accepted"), statuses.count("duplicate")) == (SPOTS, SPOTS * (SENDERS - 1))
    assert counted(engine) == (SPOTS, SPOTS)


def test_rival_showings_of_the_same_spots_at_the_same_moment_count_once_each(engine, store):
    with transaction(engine) as db:
        player = make_player(db, screen=make_screen(db))
        plays = make_plays(db, store, player)
    rivals = [[play.model_copy(update={"id": new_id()}) for play in plays] for _ in range(SENDERS)]
    statuses = send_at_once(engine, store, player.id, [random.Random(1).sample(batch, SPOTS) for batch in rivals])
    assert statuses == ["accepted"] * SPOTS * SENDERS
    assert counted(engine) == (SPOTS, SPOTS)


def test_spots_of_two_versions_that_overlap_sent_at_the_same_moment_count_once(engine, store):
    """No unique key decides here: each spot begins in the middle of another one."""
    with transaction(engine) as db:
        player = make_player(db, screen=make_screen(db))
        plays = make_plays(db, store, player)
        spots = [(play.starts_ms + 5_000, play.item, 2) for play in plays]
        publish_spots(db, store, db.get_one(Screen, player.screen_id), spots, version=2)
    shifted = [_shifted(play, 5_000) for play in plays]
    batches = [*(plays[n::2] for n in range(2)), *(shifted[n::2] for n in range(2))]
    assert send_at_once(engine, store, player.id, batches).count("accepted") == 2 * SPOTS
    with reading(engine) as db:
        starts = sorted(db.exec(select(PlayRow.starts_ms).where(col(PlayRow.counts_for).is_not(None))))
    assert SPOTS // 2 <= len(starts) <= SPOTS + 1
    assert all(later - earlier >= 10_000 for earlier, later in pairwise(starts))


def _shifted(play: Play, by_ms: int) -> Play:
    times = {name: getattr(play, name) + by_ms for name in ("starts_ms", "began_ms", "ended_ms")}
    return play.model_copy(update={"id": new_id(), "version": 2, **times})
