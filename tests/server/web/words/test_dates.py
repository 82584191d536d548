"""Moments by the clock of the place that they belong to, which is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from server.web.words.dates import closed_words, moment_words, retry_words, zone_words

EVENING = datetime(2026, 11, 29, 12, 36, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "shape", "written"),
    [
        ("en", "minute", "29 Nov, 20:36 Shanghai"),
        ("zh", "minute", "11月29日 20:36 Shanghai"),
        ("en", "second", "20:36:05 Shanghai"),
        ("en", "day", "29 Nov 2026"),
    ],
)
def test_a_moment_is_written_by_the_clock_of_its_place(app: Flask, language: str, shape: str, written: str) -> None:
    with app.test_request_context(headers={"Accept-Language": language}):
        assert moment_words(EVENING, shape, "Asia/Shanghai") == written


def test_a_moment_of_an_unknown_zone_is_in_utc(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert moment_words(EVENING, zone="Mars/Olympus") == "29 Nov, 12:36 UTC"
        page = app.jinja_env.from_string("{% import '_forms.html' as f with context %}{{ f.when(at, zone=zone) }}")
        assert 'data-zone="UTC"' in page.render(at=EVENING, zone="Mars/Olympus")


def test_a_moment_of_no_place_is_in_utc_until_the_browser_says_it(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert moment_words(EVENING) == "29 Nov, 12:36 UTC"


def test_closed_until_names_the_day_where_it_is_not_near(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        until = datetime(2026, 11, 29, 23, 0, tzinfo=UTC)
        assert closed_words(until, "Asia/Shanghai", now=until - timedelta(hours=9)) == "Closed until 07:00 Shanghai"
        far = closed_words(until, "Asia/Shanghai", now=until - timedelta(hours=40))
        assert far == "Closed until Mon 07:00 Shanghai"


def test_a_zone_is_named_after_its_city() -> None:
    assert zone_words("America/Argentina/Buenos_Aires") == "Buenos Aires"


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (1, "Try again in 1 second.", "请在 1 秒后再试。"),
        (89, "Try again in 89 seconds.", "请在 89 秒后再试。"),
        (121, "Try again in 3 minutes.", "请在 3 分钟后再试。"),
        (5401, "Try again in 2 hours.", "请在 2 小时后再试。"),
    ],
)
def test_a_person_who_waits_the_stated_time_is_not_too_early(
    app: Flask, seconds: int, english: str, chinese: str
) -> None:
    for language, written in (("en", english), ("zh", chinese)):
        with app.test_request_context(headers={"Accept-Language": language}):
            assert retry_words(seconds) == written
