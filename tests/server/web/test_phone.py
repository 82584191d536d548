"""A screen's pages and answers for phones: page, stage, clock, script.

Covers: server.web.phone_source, server.web.stages
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from media.phone import blueprint
from media.phone.page import Bundle, NotBuilt
from media.wire.clock import ClockPong
from media.wire.phone import SeenFault, Stage
from media.wire.timeline import Item
from server.coupons.models import Offer
from server.db import reading, transaction, utc_now
from server.screens.models import Screen
from server.screens.reported_faults import faults_by_screen
from tests.factories import make_offer, make_screen
from tests.rig.players.handmade_timeline import house_item, lay_timeline


@pytest.fixture(autouse=True)
def dist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built page, so that these tests need no npm."""
    folder = tmp_path / "dist"
    folder.mkdir()
    (folder / "page-AAAA1111.js").write_text("'built'")
    monkeypatch.setattr(blueprint, "DIST", folder)
    monkeypatch.setattr(
        blueprint, "read_bundle", lambda: Bundle("page-AAAA1111.js", "style-BBBB2222.css", "try-CCCC3333.js")
    )
    return folder


@pytest.fixture
def screen(engine: Engine) -> Screen:
    with transaction(engine) as db:
        return make_screen(db, code="BCDFGH")


@pytest.fixture
def offer(engine: Engine) -> Offer:
    with transaction(engine) as db:
        return make_offer(db, stock=12, presence=False)


@pytest.fixture
def shown(engine: Engine, screen: Screen, offer: Offer) -> dict[str, Item]:
    """The screen shows a notice and a coupon in turn; a third item is in the timeline and not planned."""
    items = {id_: house_item(id_) for id_ in ("notice", "old")} | {"coupon": house_item("coupon", offer=offer)}
    with transaction(engine) as db:
        lay_timeline(db, screen, items, house=("coupon", "notice"), at=utc_now())
    return items


def stage_of(client: FlaskClient, code: str) -> Stage:
    answer = client.get(f"/api/v1/screens/{code}/stage")
    assert answer.status_code == 200
    return Stage.model_validate(answer.json)


def test_the_page_shows_what_is_on_now(client: FlaskClient, screen: Screen, shown: dict[str, Item]) -> None:
    answer = client.get("/s/BCDFGH", headers={"Accept-Language": "zh-CN,zh;q=0.9"})
    assert answer.status_code == 200
    assert '<html lang="zh-CN">' in answer.text
    assert "Title of notice" in answer.text
    assert "还剩 12 份" in answer.text


def test_a_code_may_be_typed_in_small_letters(client: FlaskClient, screen: Screen) -> None:
    assert client.get("/s/bcd-fgh").status_code == 200


def test_the_page_may_load_nothing_from_elsewhere(client: FlaskClient, screen: Screen) -> None:
    headers = client.get("/s/BCDFGH").headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert policy["media-src"] == "'self' blob: http://127.0.0.1:8001 http://127.0.0.1:8000"
    assert "ws://localhost" in policy["connect-src"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "same-origin"


def test_a_scanned_item_is_found_among_what_the_screen_shows(client: FlaskClient, shown: dict[str, Item]) -> None:
    assert "Title of old" not in client.get("/s/BCDFGH").text
    assert "Title of old" in client.get("/s/BCDFGH?i=old").text
    assert "no longer shown here" in client.get("/s/BCDFGH?i=elsewhere").text


def test_presence_is_carried_into_the_claim_form(client: FlaskClient, shown: dict[str, Item]) -> None:
    assert 'name="presence" value="abc234"' in client.get("/s/BCDFGH?p=abc234").text


def test_an_unknown_code_gets_a_page_for_people_and_json_for_programs(client: FlaskClient) -> None:
    page, stage = client.get("/s/ZZZZZZ"), client.get("/api/v1/screens/ZZZZZZ/stage")
    assert (page.status_code, stage.status_code) == (404, 404)
    assert "There is no screen with this code" in page.text
    assert stage.json is not None
    assert stage.json["error"]["remedy"]


def test_the_stage_is_fresh_and_of_this_screen(client: FlaskClient, shown: dict[str, Item]) -> None:
    answer = client.get("/api/v1/screens/BCDFGH/stage")
    stage = Stage.model_validate(answer.json)
    assert stage.screen == "BCDFGH"
    assert stage.until_ms - stage.now_ms >= 10 * 60_000
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_screen_without_a_timeline_waits_for_one(client: FlaskClient, screen: Screen) -> None:
    assert "Nothing is planned here yet" in client.get("/s/BCDFGH").text
    stage = stage_of(client, "BCDFGH")
    assert (stage.version, stage.spots[0].item) == (0, None)


def test_the_clock_answers_with_its_own_time(client: FlaskClient) -> None:
    pong = ClockPong.model_validate(client.get("/api/v1/clock?t0=12.5").json)
    assert pong.t0 == 12.5
    assert pong.t1 <= pong.t2


@pytest.mark.parametrize("t0", ["", "noon", "nan", "inf"])
def test_a_ping_that_is_no_time_is_refused(client: FlaskClient, t0: str) -> None:
    answer = client.get(f"/api/v1/clock?t0={t0}")
    assert answer.status_code == 422
    assert json.loads(answer.text)["error"]["remedy"]


def test_the_script_may_be_cached_for_ever(client: FlaskClient) -> None:
    with client.get("/phone/page-AAAA1111.js") as answer:
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.mimetype == "text/javascript"


def test_the_script_is_sent_compressed(client: FlaskClient, dist: Path) -> None:
    (dist / "page-AAAA1111.js.gz").write_bytes(b"zipped")
    with client.get("/phone/page-AAAA1111.js", headers={"Accept-Encoding": "gzip"}) as answer:
        assert (answer.data, answer.headers["Content-Encoding"]) == (b"zipped", "gzip")
    assert client.get("/phone/page-AAAA1111.js.gz").status_code == 404


@pytest.mark.parametrize("name", ["bundle.json", "page-GONE1111.js", "..%2fpackage.json"])
def test_only_what_was_built_is_given_out(client: FlaskClient, name: str) -> None:
    assert client.get(f"/phone/{name}").status_code == 404


def test_a_page_that_is_not_built_says_what_to_run(
    client: FlaskClient, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> Bundle:
        raise NotBuilt

    monkeypatch.setattr(blueprint, "read_bundle", missing)
    answer = client.get("/s/BCDFGH", headers={"Accept": "text/html"})
    assert answer.status_code == 503
    assert "make setup" in answer.text


def test_a_phone_reports_a_black_screen_a_few_times_an_hour(
    client: FlaskClient, screen: Screen, engine: Engine
) -> None:
    path = f"/api/v1/screens/{screen.code.lower()}/faults"
    answers = [client.post(path, json={"fault": "black"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [201] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) >= 1
    with reading(engine) as db:
        assert faults_by_screen(db, now=utc_now())[screen.id][SeenFault.BLACK].phones == 1
    assert client.post("/api/v1/screens/ZZZZZZ/faults", json={"fault": "black"}).status_code == 429


def test_a_fault_of_no_screen_or_of_no_kind_is_refused(client: FlaskClient, screen: Screen) -> None:
    assert client.post("/api/v1/screens/ZZZZZZ/faults", json={"fault": "black"}).status_code == 404
    assert client.post(f"/api/v1/screens/{screen.code}/faults", json={"fault": "on fire"}).status_code == 422
    answer = client.post(
        f"/api/v1/screens/{screen.code}/faults", data={"fault": "frozen"}, headers={"Accept": "text/html"}
    )
    assert (answer.status_code, answer.location) == (303, f"/s/{screen.code}?reported=1#fault")
