from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from player.hotspot import pseudonyms
from player.hotspot.pseudonyms import NAME_CHARACTERS, Pseudonyms

MAC, MONDAY, DAY = "02:00:00:00:00:0a", date(2026, 3, 2), timedelta(days=1)


class Calendar:
    today = MONDAY

    def __call__(self) -> date:
        return self.today


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


def test_a_phone_has_one_name_a_day_that_a_restart_does_not_change(tmp_path: Path, calendar: Calendar) -> None:
    names = Pseudonyms(tmp_path / "names", calendar)
    name = names.name_of(MAC)
    names.see(name)
    again = Pseudonyms(tmp_path / "names", calendar)
    assert (again.name_of(MAC), again.was_seen(name), len(name)) == (name, True, NAME_CHARACTERS)
    assert again.name_of("02:00:00:00:00:0b") != name


@pytest.mark.parametrize(("later", "is_new"), [(DAY, True), (-DAY, False), (-2 * DAY, True)])
def test_another_day_is_another_key_but_a_clock_set_back_by_hours_is_none(
    tmp_path: Path, calendar: Calendar, later: timedelta, is_new: bool
) -> None:
    names = Pseudonyms(tmp_path / "names", calendar)
    name = names.name_of(MAC)
    names.see(name)
    calendar.today = MONDAY + later
    assert (names.name_of(MAC) != name) is is_new
    assert names.was_seen(name) is not is_new
    if is_new:
        assert name not in (tmp_path / "names").read_text()


def test_the_key_is_read_by_its_owner_alone_and_no_mac_is_written(tmp_path: Path, calendar: Calendar) -> None:
    names = Pseudonyms(tmp_path / "names", calendar)
    names.see(names.name_of(MAC))
    assert (tmp_path / "names").stat().st_mode & 0o777 == 0o600
    assert MAC not in (tmp_path / "names").read_text()


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"day": "x", "key": "y", "seen": []}', b"\xff"])
def test_a_spoilt_file_gives_new_names_and_no_fault(tmp_path: Path, calendar: Calendar, raw: bytes) -> None:
    (tmp_path / "names").write_bytes(raw)
    names = Pseudonyms(tmp_path / "names", calendar)
    assert not names.was_seen(names.name_of(MAC))


def test_phones_that_invent_macs_fill_no_disk(
    tmp_path: Path, calendar: Calendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pseudonyms, "MOST_SEEN", 2)
    names = Pseudonyms(tmp_path / "names", calendar)
    for name in ("a", "b", "c"):
        names.see(name)
    assert [names.was_seen(name) for name in ("a", "b", "c")] == [True, True, False]
