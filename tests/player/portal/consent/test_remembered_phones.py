"""The memory of a phone, by purpose, and for how long."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from player.portal.consent import remembered_phones as module
from player.portal.consent.consents import Purpose
from player.portal.consent.remembered_phones import STORED_FOR, RememberedPhones
from tests.player.portal.conftest import NOON


@pytest.fixture
def phones(tmp_path: Path) -> RememberedPhones:
    return RememberedPhones(tmp_path / "remembered")


def test_each_purpose_of_each_phone_is_by_itself(phones: RememberedPhones) -> None:
    phones.note("a", Purpose.OFFERS, ["Noodle Bar"], now=NOON)
    phones.note("a", Purpose.OFFERS, ["Noodle Bar", "Bakery"], now=NOON)
    phones.note("b", Purpose.RETURNS, ["item"], now=NOON)
    assert phones.values_of("a", Purpose.OFFERS, now=NOON) == {"Noodle Bar", "Bakery"}
    assert phones.values_of("a", Purpose.RETURNS, now=NOON) == set()
    phones.forget("a", [Purpose.OFFERS])
    assert phones.values_of("a", Purpose.OFFERS, now=NOON) == set()
    assert phones.values_of("b", Purpose.RETURNS, now=NOON) == {"item"}


def test_it_is_forgotten_after_its_time(phones: RememberedPhones) -> None:
    later = NOON + STORED_FOR + timedelta(seconds=1)
    phones.note("a", Purpose.OFFERS, ["Bakery"], now=NOON)
    assert phones.values_of("a", Purpose.OFFERS, now=later) == set()
    phones.note("b", Purpose.OFFERS, ["Bakery"], now=later)
    assert phones.values_of("a", Purpose.OFFERS, now=NOON) == set()


def test_a_program_that_invents_phones_fills_no_disk(phones: RememberedPhones, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 3)
    for number in range(9):
        phones.note(str(number), Purpose.OFFERS, ["Bakery"], now=NOON)
    stored = [bool(phones.values_of(str(number), Purpose.OFFERS, now=NOON)) for number in (0, 5, 6, 8)]
    assert stored == [False, False, True, True]


def test_the_file_does_not_hold_the_token(phones: RememberedPhones) -> None:
    phones.note("a token of a phone", Purpose.OFFERS, ["Bakery"], now=NOON)
    assert b"a token" not in phones._file.read_bytes()


def test_a_disk_that_takes_nothing_is_as_if_nothing_was_noted(tmp_path: Path) -> None:
    phones = RememberedPhones(tmp_path)
    phones.note("a", Purpose.OFFERS, ["Bakery"], now=NOON)
    phones.forget("a", [Purpose.OFFERS])
    assert phones.values_of("a", Purpose.OFFERS, now=NOON) == set()


def test_forgetting_makes_no_file(phones: RememberedPhones) -> None:
    phones.forget("a", list(Purpose))
    assert not phones._file.exists()
