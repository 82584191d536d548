"""A signed link opens one file, for one to two days, and only on the server that signed it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from server.creatives.links import is_good_key, link_key
from server.settings import Settings

FILE, OTHER = "a" * 64, "b" * 64
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def settings() -> Settings:
    return Settings(secret_key="k" * 64)


def test_a_key_is_the_same_all_day_and_another_on_the_next(settings: Settings) -> None:
    last = MIDNIGHT + timedelta(hours=23, minutes=59, seconds=59)
    assert link_key(settings, FILE, now=MIDNIGHT) == link_key(settings, FILE, now=last)
    assert link_key(settings, FILE, now=MIDNIGHT) != link_key(settings, FILE, now=MIDNIGHT + timedelta(days=1))


@pytest.mark.parametrize("made", [MIDNIGHT, MIDNIGHT + timedelta(hours=23, minutes=59)])
def test_a_key_ends_at_the_second_midnight(settings: Settings, made: datetime) -> None:
    key, end = link_key(settings, FILE, now=made), MIDNIGHT + timedelta(days=2)
    assert is_good_key(settings, FILE, key, now=end - timedelta(seconds=1))
    assert not is_good_key(settings, FILE, key, now=end)


def test_a_key_opens_no_other_file_and_not_on_another_server(settings: Settings) -> None:
    key = link_key(settings, FILE, now=MIDNIGHT)
    assert not is_good_key(settings, OTHER, key, now=MIDNIGHT)
    assert not is_good_key(settings.model_copy(update={"secret_key": "x" * 64}), FILE, key, now=MIDNIGHT)


@pytest.mark.parametrize("forged", ["", ".", "9999999999", "9999999999.", "9999999999.AAAA", "ключ", "\0", "1" * 5000])
def test_a_forged_key_opens_nothing(settings: Settings, forged: str) -> None:
    assert not is_good_key(settings, FILE, forged, now=MIDNIGHT)


def test_a_later_end_needs_a_new_signature(settings: Settings) -> None:
    until, _, signature = link_key(settings, FILE, now=MIDNIGHT).partition(".")
    later = f"{int(until) + 1}.{signature}"
    assert not is_good_key(settings, FILE, later, now=MIDNIGHT)
