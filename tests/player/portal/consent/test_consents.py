"""Consents of phones are stored by purpose, and no longer than they are needed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from player.portal.consent import consents as consents_module
from player.portal.consent.consents import STORED_FOR, ConsentLog, Purpose
from tests.player.portal.conftest import NOON

AGREED = {Purpose.OFFERS: True, Purpose.RETURNS: False}
NOTHING = dict.fromkeys(Purpose, False)


@pytest.fixture
def consents(tmp_path: Path) -> ConsentLog:
    return ConsentLog(tmp_path / "consents")


def count(consents: ConsentLog) -> int:
    with closing(sqlite3.connect(consents._file)) as db:
        return int(db.execute("SELECT count(*) FROM consent").fetchone()[0])


def test_the_last_choice_counts_and_each_change_has_a_row(consents: ConsentLog) -> None:
    for choices in (AGREED, AGREED, NOTHING, AGREED):
        assert consents.record("phone", choices, language="en", now=NOON)
    assert consents.choices_of("phone") == AGREED
    assert consents.choices_of("another") == NOTHING
    assert count(consents) == 3


def test_a_phone_that_agrees_to_nothing_leaves_no_trace(consents: ConsentLog) -> None:
    consents.record("phone", NOTHING, language="en", now=NOON)
    assert count(consents) == 0


def test_the_file_does_not_hold_the_token(consents: ConsentLog) -> None:
    consents.record("a token of a phone", AGREED, language="en", now=NOON)
    assert b"a token" not in consents._file.read_bytes()


def test_old_rows_go(consents: ConsentLog, monkeypatch: pytest.MonkeyPatch) -> None:
    consents.record("old", AGREED, language="en", now=NOON)
    consents.record("new", AGREED, language="en", now=NOON + STORED_FOR + timedelta(days=1))
    assert count(consents) == 1
    monkeypatch.setattr(consents_module, "MOST_ROWS", 5)
    for number in range(20):
        consents.record(f"phone {number}", AGREED, language="en", now=NOON + STORED_FOR)
    assert count(consents) == 5


def test_a_file_that_is_spoilt_reads_as_no_consent(consents: ConsentLog) -> None:
    consents._file.write_bytes(b"not a database" * 100)
    assert consents.choices_of("phone") == NOTHING
    assert not consents.record("phone", AGREED, language="en", now=NOON)
