"""Moments as every page writes them: by the clock of the place that they belong to, which is named."""

from __future__ import annotations

from datetime import datetime, timedelta

from babel.dates import format_datetime
from flask import Flask

from media.integers import ceil_div
from server.db import utc_now
from server.web.words.language import language
from server.web.words.language import say as _
from server.web.words.language import say_many as _n
from server.zones import zone_or_utc

# As lib/times.ts writes them in the reader's browser.
SHAPES = {
    "minute": {"en": "d MMM, HH:mm", "zh": "M月d日 HH:mm"},
    "second": {"en": "HH:mm:ss", "zh": "HH:mm:ss"},
    "day": {"en": "d MMM y", "zh": "y年M月d日"},
}
NEAR = timedelta(hours=18)  # further away, the time alone could be another day's


def init_moments(app: Flask) -> None:
    app.jinja_env.globals.update(
        moment_words=moment_words,
        closed_words=closed_words,
        hour_words=hour_words,
        known_zone=known_zone,
        retry_words=retry_words,
    )


def moment_words(at: datetime, shape: str = "minute", zone: str = "") -> str:
    """`29 Nov, 20:36 Shanghai`. Without a zone in UTC, until the reader's browser says it by its own clock."""
    known = known_zone(zone)
    written = _written(at, SHAPES[shape][language()], known)
    return written if shape == "day" else f"{written} {zone_words(known)}"


def hour_words(at: datetime, zone: str) -> str:
    """`20:36` by the clock of the zone."""
    return _written(at, "HH:mm", zone)


def known_zone(zone: str) -> str:
    """The zone's name, or UTC where this machine does not know it."""
    return zone_or_utc(zone).key


def zone_words(zone: str) -> str:
    """The city after which a zone is named."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def closed_words(until: datetime, zone: str, *, now: datetime | None = None) -> str:
    """`Closed until 07:00 Shanghai`, and the weekday where the time alone could be another day's."""
    is_near = until - (now or utc_now()) < NEAR
    time = _written(until, "HH:mm" if is_near else "EEE HH:mm", zone)
    return _("Closed until %(time)s %(place)s", time=time, place=zone_words(zone))


def retry_words(retry_after_s: int) -> str:
    """`Try again in 5 minutes.`: rounded up, so that nobody who obeys is too early."""
    if retry_after_s < 90:
        return _n("Try again in %(num)s second.", "Try again in %(num)s seconds.", retry_after_s)
    if retry_after_s < 5400:
        return _n("Try again in %(num)s minute.", "Try again in %(num)s minutes.", ceil_div(retry_after_s, 60))
    return _n("Try again in %(num)s hour.", "Try again in %(num)s hours.", ceil_div(retry_after_s, 3600))


def _locale() -> str:
    return "zh_Hans_CN" if language() == "zh" else "en_GB"


def _written(at: datetime, shape: str, zone: str) -> str:
    return format_datetime(at.astimezone(zone_or_utc(zone)), shape, locale=_locale())
