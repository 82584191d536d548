"""The hotspot on its screen's page: its phones, its hours, and the warning before its places run out.

Covers: server.screens.hotspots, server.web.console.network.screens
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Engine

from media.wire.status import CertificateReport, Hotspot, HotspotCounts
from server.db import to_ms, transaction, utc_now
from server.screens.certificates.dns_hook import DnsHookMissing
from server.screens.models import BoxCertificate, HotspotHour
from server.screens.opening import local_midnight
from tests.factories import make_player, make_screen, make_venue, saved
from tests.server.web.conftest import SignIn

ZONE = "Asia/Kolkata"  # whose hours begin at half past of UTC's


def page(
    sign_in: SignIn, engine: Engine, hotspot: Hotspot | None, hour: dict[str, Any] | None = None, **more: Any
) -> str:
    """The page of a screen whose box reported this hotspot, and this first hour of the venue's day."""
    with transaction(engine) as db:
        screen = make_screen(db, venue=make_venue(db, zone=ZONE))
        status = {"hotspot": hotspot.model_dump()} if hotspot else {}
        make_player(db, screen=screen, seen_at=utc_now(), status=status)
        if hour is not None:
            saved(db, HotspotHour(screen_id=screen.id, starts_at=local_midnight(ZONE, utc_now()), **hour))
    text = sign_in().get(f"/console/screens/{screen.id}", **more).text
    return text[text.index('id="hotspot"') :].split("</section>")[0]


def counted(**counts: Any) -> Hotspot:
    return Hotspot(counts=HotspotCounts(**{"run": "1", "most_phones": 8, **counts}), age_s=2)


def test_the_page_shows_phones_now_and_by_the_hours_of_the_venue(sign_in: SignIn, engine: Engine) -> None:
    hour = {"samples": 4, "present_sum": 10, "present_most": 4, "joins": 7, "returns": 2, "uplink_bytes": 5_200_000}
    section = page(sign_in, engine, counted(present=3, online=2, join_s=11, uplink_bytes=9), hour)
    for shown in ("<b>3</b>", "<b>7</b>", "<b>11 s</b>", "5.2 MB", "00:00", "2.5", "caption"):
        assert shown in section
    assert "alert" not in section


def test_places_that_run_short_are_named_with_the_remedy_before_they_are_taken(sign_in: SignIn, engine: Engine) -> None:
    section = page(sign_in, engine, counted(present=2), {"samples": 1, "present_sum": 6, "present_most": 6})
    assert "6 of 8 were taken" in section
    assert "takes 7 to 10 phones, 19 with" in section


def test_phones_that_found_no_place_are_named(sign_in: SignIn, engine: Engine) -> None:
    assert "1 phone found no place today." in page(sign_in, engine, counted(present=8), {"refusals": 1})


def test_a_hotspot_that_does_not_answer_shows_no_count_of_now(sign_in: SignIn, engine: Engine) -> None:
    section = page(sign_in, engine, Hotspot(counts=HotspotCounts(run="1", present=3, most_phones=8), age_s=600))
    assert "The hotspot does not answer." in section
    assert "<b>3</b>" not in section
    assert "The hotspot does not answer." in page(sign_in, engine, Hotspot())


def certified(days_old: int, fault: str = "") -> Hotspot:
    """A box whose certificate of 90 days is as old."""
    starts_ms = to_ms(utc_now() - timedelta(days=days_old))
    report = CertificateReport(starts_ms=starts_ms, expires_ms=starts_ms + 90 * 86_400_000, fault=fault)
    return counted().model_copy(update={"certificate": report})


def test_a_certificate_that_was_not_renewed_is_named_before_it_ends(sign_in: SignIn, engine: Engine) -> None:
    assert "valid until" in (young := page(sign_in, engine, certified(61)))
    assert "not renewed" not in young
    assert "It ends soon and was not renewed." in page(sign_in, engine, certified(68))
    assert "It has expired." in page(sign_in, engine, certified(91))


def test_a_certificate_that_the_box_does_not_use_is_named_with_the_remedy(sign_in: SignIn, engine: Engine) -> None:
    section = page(sign_in, engine, certified(1, fault="covers_server"))
    assert "covers the server&#39;s own name." in section
    assert "revoke it" in section
    assert "cannot read its certificate" in page(sign_in, engine, certified(1, fault="a newer word"))


def test_an_order_that_failed_is_named_with_the_remedy(sign_in: SignIn, engine: Engine) -> None:
    failed = {"trouble": DnsHookMissing().message, "remedy": DnsHookMissing().remedy, "detail": "<no> such zone"}
    row = {"name": "k7m2pq.box.example.org", "signing_request": "PEM", "key_digest": "0", "requested_at": utc_now()}
    with transaction(engine) as db:
        screen = make_screen(db)
        make_player(db, screen=screen, seen_at=utc_now(), status={"hotspot": counted().model_dump()})
        saved(db, BoxCertificate(screen_id=screen.id, order_after=utc_now(), **row, **failed))
    text = sign_in().get(f"/console/screens/{screen.id}").text
    for shown in (
        "ordered for k7m2pq.box.example.org",
        "Set LIFTCAST_DNS_HOOK",
        "&lt;no&gt; such zone",
        "Next attempt:",
    ):
        assert shown in text
    chinese = sign_in().get(f"/console/screens/{screen.id}", headers={"Accept-Language": "zh"}).text
    assert "请设置 LIFTCAST_DNS_HOOK" in chinese


def test_a_screen_without_a_hotspot_says_what_to_do(sign_in: SignIn, engine: Engine) -> None:
    assert "LIFTCAST_HOTSPOT_PLAN" in page(sign_in, engine, None)


def test_the_section_is_in_chinese_too(sign_in: SignIn, engine: Engine) -> None:
    section = page(sign_in, engine, counted(present=8), {"joins": 1}, headers={"Accept-Language": "zh"})
    assert "8 个位置已全部占用" in section


def test_midnight_is_the_venues() -> None:
    now = utc_now()
    assert timedelta(0) <= now - local_midnight(ZONE, now) < timedelta(days=1)
    assert local_midnight(ZONE, now).minute == 30
