"""The journal_writer: in order, on a thread of its own, and patient with a disk that takes nothing."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from player.journal.journal import Journal
from player.journal.journal_writer import JournalWriter
from tests.player.journal.test_journal import T0, a_play
from tests.rig.servers.processes import eventually


class RefusingJournal(Journal):
    """A journal on a disk that is full while the test says so."""

    full = True

    def begin(self, play) -> None:  # type: ignore[no-untyped-def]
        if self.full:
            raise sqlite3.OperationalError("database or disk is full")
        super().begin(play)


def test_changes_are_written_in_order_and_all_of_them_before_it_stops(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    journal_writer = JournalWriter(journal)
    journal_writer.start()
    for n in range(20):
        play = a_play(T0 + n)
        journal_writer.begin(play)
        journal_writer.finish(play.id, ended_ms=T0 + 10_000, result="played")
    journal_writer.stop()
    assert [play.result for play in journal.unsent()] == ["played"] * 20
    journal.close()


def test_a_play_that_a_full_disk_refuses_is_written_when_there_is_space(tmp_path: Path) -> None:
    journal = RefusingJournal(tmp_path / "j")
    journal_writer = JournalWriter(journal, retry_s=0.01)
    journal_writer.start()
    play = a_play()
    journal_writer.begin(play)
    journal_writer.finish(play.id, ended_ms=T0 + 10_000, result="played")
    eventually(lambda: journal_writer.trouble, within_s=10, what="the journal_writer to say why")
    journal.full = False
    eventually(lambda: len(journal.unsent()) == 1, within_s=10, what="the row")
    assert journal_writer.trouble == ""
    journal_writer.stop()
    journal.close()
