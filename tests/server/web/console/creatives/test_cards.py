"""Creatives that are typed: notices, run in venues and stopped, and coupons of an offer."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlmodel import select

from server.campaigns.models import NoticeRun
from server.campaigns.notices import run_notice
from server.creatives.models import Creative
from server.db import transaction, utc_now
from tests.factories import make_advertiser, make_creative, make_offer, make_venue
from tests.server.web.conftest import SignIn, rows


def test_a_notice_runs_in_the_venue_between_moments_of_its_own_clock(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        venue = make_venue(db, zone="Asia/Shanghai")
    form = {"text": "Fire drill at ten", "length_s": "12", "language": "en", "venue_id": venue.id}
    answer = sign_in().post("/console/creatives/notice", data={**form, "until_at": "2099-03-01T18:30"})
    creative, run = rows(engine, Creative)[0], rows(engine, NoticeRun)[0]
    assert answer.location == f"/console/creatives/{creative.id}"
    assert (creative.text, creative.length_ms, run.venue_id) == ("Fire drill at ten", 12_000, venue.id)
    assert (run.until_at, run.every_minute) == (datetime(2099, 3, 1, 10, 30, tzinfo=UTC), False)


def test_a_notice_of_every_minute_needs_no_reserve(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        venue = make_venue(db, reserved_percent=0)
    form = {"text": "Water is back", "length_s": "10", "language": "en", "venue_id": venue.id, "every_minute": "true"}
    assert sign_in().post("/console/creatives/notice", data=form).status_code == 302
    assert [run.every_minute for run in rows(engine, NoticeRun)] == [True]


def test_a_notice_is_stopped_on_its_own_page_in_one_place_or_everywhere(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        notice = make_creative(db, kind="notice", title="Fire drill")
        for name in ("Harbour Tower", "Old Mill", "The Arcade"):
            run_notice(db, notice.id, make_venue(db, name=name).id, now=utc_now())
    client, page = sign_in(), f"/console/creatives/{notice.id}"
    shown = client.get(page).text
    assert "Where it runs" in shown
    first = rows(engine, NoticeRun)[0]
    assert client.post(f"/console/notices/{first.id}/stop?here=creative").location == page
    assert [run.until_at is None for run in rows(engine, NoticeRun)].count(True) == 2
    assert client.post(f"{page}/stop").location == page
    assert all(run.until_at for run in rows(engine, NoticeRun))
    assert "Where it runs" not in client.get(page).text


def test_an_archived_notice_is_stopped_and_stays_so_when_it_is_restored(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        notice = make_creative(db, kind="notice", title="Fire drill")
        run_notice(db, notice.id, make_venue(db).id, now=utc_now())
    client = sign_in()
    for move in ("archive", "restore"):
        assert client.post(f"/console/creatives/{notice.id}/{move}").status_code == 302
        assert [run.until_at is not None for run in rows(engine, NoticeRun)] == [True]


def test_a_notice_that_cannot_run_leaves_nothing(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        venue = make_venue(db, reserved_percent=0)
    form = {"text": "Fire drill at ten", "length_s": "12", "language": "en", "venue_id": venue.id}
    answer = sign_in().post("/console/creatives/notice", data=form)
    assert answer.status_code == 409
    assert "This venue reserves no time for its notices." in answer.text
    assert "Fire drill at ten</textarea>" in answer.text
    assert rows(engine, Creative) == []


def test_a_notice_for_all_venues_runs_where_it_can_and_says_where_not(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        tower = make_venue(db, name="Harbour Tower")
        for name in ("Old Mill", "The Arcade"):
            make_venue(db, name=name, reserved_percent=0)
    form = {"text": "Fire drill at ten", "length_s": "12", "language": "en"}
    client = sign_in()
    answer = client.post("/console/creatives/notice", data=form)
    assert [run.venue_id for run in rows(engine, NoticeRun)] == [tower.id]
    shown = client.get(answer.location).text
    assert "The notice does not run in: Old Mill, The Arcade." in shown
    assert "Raise the venue&#39;s share for notices first." in shown


def test_a_notice_is_drawn_while_it_is_typed(sign_in: SignIn) -> None:
    client = sign_in()
    assert "data:image/jpeg;base64," in client.post("/console/creatives/notice/preview", data={"text": "Hello"}).text
    assert "data:image" not in client.post("/console/creatives/notice/preview", data={"text": ""}).text


def test_a_coupon_is_made_of_an_offer_and_a_picture(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        offer, payer = make_offer(db), make_advertiser(db)
        picture = make_creative(db, kind="image", original_digest="b" * 64)
    form = {"offer_id": offer.id, "picture_id": picture.id, "length_s": "8", "language": "zh"}
    sign_in().post("/console/creatives/coupon", data={**form, "advertiser_id": payer.id})
    with transaction(engine) as db:
        coupon = db.exec(select(Creative).where(Creative.kind == "coupon")).one()
    assert (coupon.offer_id, coupon.original_digest, coupon.advertiser_id) == (offer.id, "b" * 64, payer.id)
