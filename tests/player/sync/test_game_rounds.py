from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from media.wire.game_rounds import MOST_ROUNDS, RoundAnswer, RoundPrize, RoundReport
from player.sync import game_rounds
from player.sync.game_rounds import RoundStore

REPORT = RoundReport(
    screen="screen", starts_ms=1, item="game", version=1, seed="5" * 64, joined=2, played=2, finished=1
)


def report(starts_ms: int, **more: object) -> RoundReport:
    return REPORT.model_copy(update={"starts_ms": starts_ms, **more})


def answer(starts_ms: int) -> RoundAnswer:
    return RoundAnswer(screen="screen", starts_ms=starts_ms, status="accepted")


@pytest.fixture
def store(tmp_path: Path) -> RoundStore:
    return RoundStore(tmp_path / "games.sqlite3")


def test_the_first_record_of_a_round_stays(store: RoundStore) -> None:
    prizes = (RoundPrize(seat=0, claim="0" * 26),)
    assert store.store(report(1, prizes=prizes)) == store.store(report(1)) == store.find("screen", 1)
    assert store.unreported() == [report(1, prizes=prizes)]


def test_rounds_are_reported_oldest_first_until_they_are_answered(store: RoundStore) -> None:
    for starts_ms in range(MOST_ROUNDS + 2, 0, -1):
        store.store(report(starts_ms))
    first = store.unreported()
    assert [found.starts_ms for found in first] == list(range(1, MOST_ROUNDS + 1))
    assert store.settle([answer(found.starts_ms) for found in first]) == MOST_ROUNDS
    assert store.settle([answer(1), answer(999)]) == 0
    assert [found.starts_ms for found in store.unreported()] == [MOST_ROUNDS + 1, MOST_ROUNDS + 2]
    assert store.find("screen", MOST_ROUNDS) is not None


def test_the_oldest_rounds_go_when_there_are_too_many(store: RoundStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(game_rounds, "MOST_STORED", 3)
    for starts_ms in range(5):
        store.store(report(starts_ms))
    assert [found.starts_ms for found in store.unreported()] == [2, 3, 4]


def test_a_broken_file_is_deleted_and_the_next_round_is_stored(store: RoundStore, tmp_path: Path) -> None:
    (tmp_path / "games.sqlite3").write_bytes(b"no database at all, " * 100)
    with pytest.raises(game_rounds.sqlite3.DatabaseError):
        store.unreported()
    assert store.store(report(7)) == report(7)


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.player.sync.test_game_rounds import RoundStore, report
RoundStore(Path(sys.argv[1])).store(report(5))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_round_that_is_stored_outlives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "games.sqlite3"
    ended = subprocess.run([sys.executable, "-c", KILLED, path], env=os.environ | {"PYTHONPATH": "."}, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert RoundStore(path).unreported() == [report(5)]
