"""The journal of plays: on the disk when a showing starts, gone when it is acknowledged, never lost silently."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from ulid import ULID

from media.wire.plays import Play, PlayAnswer
from player.journal.journal import ENDED_WITHOUT_WARNING, INSERT, SCHEMA, Journal, JournalClosed

T0 = 1_772_452_800_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite3"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    journal = Journal(path)
    yield journal
    journal.close()


def a_play(at_ms: int = T0, *, kind: str = "spot") -> Play:
    return Play.model_validate(
        {
            "id": str(ULID.from_timestamp(at_ms / 1000)), "kind": kind, "screen": "s", "starts_ms": at_ms, "item": "a",
            "version": 3, "began_ms": at_ms + 4, "ended_ms": at_ms + 4, "result": "interrupted",
        }
    )  # fmt: skip


def played(journal: Journal, at_ms: int, *, kind: str = "spot") -> Play:
    play = a_play(at_ms, kind=kind)
    journal.begin(play)
    journal.finish(play.id, ended_ms=at_ms + 10_000, result="played")
    return play


def fill(path: Path, plays: list[Play]) -> None:
    """Finished plays, written at once: one by one each would be synced twice."""
    with closing(sqlite3.connect(path)) as db, db:
        db.executemany(INSERT, [play.model_dump() for play in plays])
        db.execute("UPDATE play SET open = 0, result = 'played'")


def test_a_showing_that_is_on_is_not_sent(journal: Journal) -> None:
    journal.begin(a_play())
    assert journal.unsent() == []
    assert journal.waiting() == 1


def test_a_finished_showing_is_sent_as_it_was(journal: Journal) -> None:
    play = played(journal, T0)
    (sent,) = journal.unsent()
    assert sent == play.model_copy(update={"ended_ms": T0 + 10_000, "result": "played"})


def test_a_row_is_on_the_disk_as_soon_as_it_began(journal: Journal, path: Path) -> None:
    play = a_play()
    journal.begin(play)
    with sqlite3.connect(path) as other:
        assert other.execute("SELECT id FROM play").fetchall() == [(play.id,)]
    other.close()


def test_the_oldest_are_sent_first(journal: Journal) -> None:
    later, earlier = played(journal, T0 + 60_000), played(journal, T0)
    assert [play.id for play in journal.unsent()] == [earlier.id, later.id]


def test_acknowledged_and_finally_refused_plays_are_deleted(journal: Journal) -> None:
    plays = [played(journal, T0 + n * 1000) for n in range(4)]
    settled = journal.settle(
        [
            PlayAnswer(id=plays[0].id, status="accepted"),
            PlayAnswer(id=plays[1].id, status="duplicate"),
            PlayAnswer(id=plays[2].id, status="refused", why="too old", final=True),
            PlayAnswer(id=plays[3].id, status="refused", why="clock", final=False),
        ]
    )
    assert settled == 3
    assert [play.id for play in journal.unsent()] == [plays[3].id]


def test_a_play_refused_for_a_while_does_not_block_the_others(journal: Journal) -> None:
    first, second = played(journal, T0), played(journal, T0 + 1000)
    journal.settle([PlayAnswer(id=first.id, status="refused", final=False)])
    assert [play.id for play in journal.unsent(1)] == [second.id]


def test_the_server_cannot_settle_what_is_still_on(journal: Journal) -> None:
    play = a_play()
    journal.begin(play)
    assert journal.settle([PlayAnswer(id=play.id, status="accepted")]) == 0
    assert journal.waiting() == 1


def test_after_a_crash_the_open_row_ended_when_it_was_last_known_to_be_on(path: Path) -> None:
    crashed = Journal(path)
    crashed.begin(a_play())
    crashed.still_on(T0 + 5_000)
    crashed.close()
    journal = Journal(path)
    (row,) = journal.unsent()
    assert (row.result, row.why, row.ended_ms) == ("interrupted", ENDED_WITHOUT_WARNING, T0 + 5_000)
    journal.close()


def test_a_finished_row_is_not_finished_twice(journal: Journal) -> None:
    play = played(journal, T0)
    journal.finish(play.id, ended_ms=T0 + 99_000, result="failed")
    assert journal.unsent()[0].result == "played"


def test_a_showing_never_ends_before_it_began(journal: Journal) -> None:
    play = a_play()
    journal.begin(play)
    journal.finish(play.id, ended_ms=T0 - 60_000, result="short")
    assert journal.unsent()[0].ended_ms == play.began_ms


def test_a_full_journal_drops_the_oldest_house_content_first(path: Path) -> None:
    Journal(path).close()
    house = [a_play(T0 + n * 1000, kind="house") for n in range(600)]
    fill(path, [*house, *(a_play(T0 + 10**6 + n * 1000) for n in range(900))])
    journal = Journal(path, rows_kept=1500)
    played(journal, T0 + 10**7)
    kinds = [play.kind for play in journal.unsent(5000)]
    assert kinds.count("house") == 0
    assert len(kinds) == journal.waiting() == 501
    journal.close()


def test_a_broken_journal_is_set_aside_and_a_new_one_begun(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    journal = Journal(path)
    played(journal, T0)
    assert journal.waiting() == 1
    assert path.with_name("journal.sqlite3.broken-1").read_bytes().endswith(b"\xff" * 5000)
    journal.close()


def test_a_journal_that_breaks_while_it_is_used_is_set_aside_too(path: Path) -> None:
    journal = Journal(path)
    for n in range(200):
        played(journal, T0 + n)
    journal.close()
    raw = bytearray(path.read_bytes())
    raw[4096:] = b"\xff" * (len(raw) - 4096)
    path.write_bytes(raw)
    journal = Journal(path)
    assert journal.waiting() == 0
    assert path.with_name("journal.sqlite3.broken-1").exists()
    journal.close()


def test_a_journal_that_a_full_disk_keeps_shut_is_opened_when_there_is_room(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL
    monkeypatch.setattr(Journal, "_connect", lambda _: _raise(full))
    journal = Journal(path)
    assert journal.unsent() == []
    with pytest.raises(JournalClosed):
        journal.begin(a_play())
    monkeypatch.undo()
    played(journal, T0)
    assert journal.waiting() == 1
    journal.close()


def _raise(error: Exception) -> None:
    raise error


def test_the_count_survives_a_restart(path: Path) -> None:
    journal = Journal(path)
    played(journal, T0)
    journal.close()
    again = Journal(path)
    assert again.waiting() == 1
    again.close()


def test_the_phones_present_are_sent_with_the_number_of_their_counts(journal: Journal) -> None:
    play = a_play()
    journal.begin(play)
    journal.finish(play.id, ended_ms=T0 + 10_000, result="played", phones=4, samples=2)
    (sent,) = journal.unsent()
    assert (sent.phones, sent.phones_samples) == (4, 2)


def test_a_journal_of_an_older_version_goes_on_and_its_plays_are_not_measured(path: Path) -> None:
    play = a_play()
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript(SCHEMA.replace(",\n    phones_samples INTEGER NOT NULL DEFAULT 0", ""))
        db.execute(INSERT, play.model_dump())
        db.execute("UPDATE play SET open = 0")
    with closing(Journal(path)) as journal:
        (sent,) = journal.unsent()
    assert (sent.id, sent.phones_samples) == (play.id, 0)
