"""One photo of a strip, one address, no cookies: what farming coupons yields, and what others lose by it.

Covers: server.coupons.caps, server.coupons.unusual
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import Session, func, select

from media.presence import token_at
from media.store import MediaStore
from server.accounts.models import Role
from server.campaigns.house import add_house_content
from server.coupons.caps import caps_for
from server.coupons.models import Claim, Offer
from server.db import make_engine, new_id, to_ms, transaction, utc_now
from server.screens.models import Screen
from server.settings import Settings
from server.timelines.publish import publish_venue
from server.timelines.published.offers import shows_offer
from tests.factories import make_creative, make_merchant, make_offer, make_screen, make_venue
from tests.server.web.conftest import SignIn

PEOPLE = 8
CAPS = caps_for(PEOPLE)
HOTSPOT = "203.0.113.7"
PAGE = {"Accept": "text/html,*/*;q=0.8"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"people_at_screen": PEOPLE})


@dataclass(frozen=True)
class Place:
    """Two screens in two buildings; the offer plays on the first one alone."""

    offer: Offer
    shows: Screen
    shows_not: Screen


@pytest.fixture
def place(app: Flask, engine: Engine, settings: Settings) -> Place:
    now, store = utc_now(), MediaStore(settings.media_dir)
    with transaction(engine) as db:
        screens = [make_screen(db, venue=make_venue(db, name=name)) for name in ("Harbour Tower", "Hill House")]
        offer = make_offer(db, merchant=make_merchant(db), stock=500)
        card = make_creative(db, store, kind="coupon", offer_id=offer.id, length_ms=10_000)
        add_house_content(db, card.id, screens[0].venue_id, now=now)
    for screen in screens:
        publish_venue(engine, store, venue_id=screen.venue_id, settings=settings, now=now)
    return Place(offer, *screens)


ClaimWith = Callable[..., Any]


@pytest.fixture
def claim(app: Flask, place: Place) -> ClaimWith:
    """A claim with the code on a screen, by this phone or one without cookies, all behind one address."""

    def send(phone: FlaskClient | None = None, *, scanned: str = "", at: Screen = place.shows, **more: Any) -> Any:
        body = {"screen": at.code, "presence": scanned or code_on(at)}
        headers = {"Idempotency-Key": new_id(), **more.pop("headers", {})}
        path, here = f"/api/v1/offers/{place.offer.id}/claims", {"REMOTE_ADDR": HOTSPOT}
        body_as = {"data": {**body, "key": new_id()}} if more.pop("form", False) else {"json": body}
        return (phone or app.test_client()).post(path, headers=headers, environ_base=here, **body_as)

    return send


def code_on(screen: Screen) -> str:
    return token_at(screen.presence_key, to_ms(utc_now()))


def claims_of(db: Session) -> int:
    return db.exec(select(func.count()).select_from(Claim)).one()


def test_one_photo_yields_as_many_coupons_as_people_fit_there_and_the_next_code_serves_the_lobby_again(
    claim: ClaimWith, place: Place, engine: Engine
) -> None:
    photo = code_on(place.shows)
    answers = [claim(scanned=photo) for _ in range(CAPS.per_token + 10)]
    assert [answer.status_code for answer in answers] == [201] * CAPS.per_token + [429] * 10
    assert {answer.json["error"]["code"] for answer in answers[CAPS.per_token :]} == {"code_used_up"}
    assert all(1 <= int(answer.headers["Retry-After"]) <= 300 for answer in answers[CAPS.per_token :])
    with transaction(engine) as db:
        assert claims_of(db) == CAPS.per_token
        assert db.exec(select(Offer.stock_left)).one() == 500 - CAPS.per_token
    following = token_at(place.shows.presence_key, to_ms(utc_now()) + 300_000)
    lobby = [claim(scanned=following).status_code for _ in range(PEOPLE)]
    assert lobby == [201] * PEOPLE


def test_a_lobby_behind_one_address_is_served_whatever_the_worthless_requests(claim: ClaimWith, place: Place) -> None:
    for _ in range(2 * CAPS.per_token):
        assert claim(scanned="aaaaaaaaaa").status_code == 403
    assert [claim().status_code for _ in range(PEOPLE)] == [201] * PEOPLE


def test_a_phone_with_a_coupon_renews_and_opens_it_while_no_more_may_be_claimed(
    app: Flask, claim: ClaimWith, place: Place
) -> None:
    mine, photo = app.test_client(), code_on(place.shows)
    first = claim(mine, scanned=photo, headers={"Idempotency-Key": "k"})
    for _ in range(CAPS.per_token):
        last = claim(scanned=photo)
    assert last.status_code == 429
    assert claim(mine, scanned=photo, headers={"Idempotency-Key": "k"}).json["claim"] == first.json["claim"]
    assert claim(mine, scanned=photo).json["claim"] == first.json["claim"]
    assert [held["claim"] for held in mine.get("/api/v1/wallet").json["claims"]] == [first.json["claim"]]


@pytest.mark.parametrize(
    ("language", "said", "remedy"),
    [
        ("en", "This screen does not show this offer.", "Scan the code on a screen that shows it"),
        ("zh-CN", "这块屏幕没有播放此优惠。", "请扫描正在播放它的屏幕上的二维码"),
    ],
)
def test_the_code_of_another_screen_claims_nothing_and_says_so(
    claim: ClaimWith, place: Place, language: str, said: str, remedy: str
) -> None:
    elsewhere = claim(at=place.shows_not)
    assert (elsewhere.status_code, elsewhere.json["error"]["code"]) == (403, "offer_not_shown_here")
    page = claim(at=place.shows_not, form=True, headers={**PAGE, "Accept-Language": language})
    assert said in page.text
    assert remedy in page.text


def test_merchant_and_operators_are_shown_what_was_unusual(
    claim: ClaimWith, place: Place, sign_in: SignIn, engine: Engine
) -> None:
    merchant = sign_in(Role.MERCHANT, merchant_id=place.offer.merchant_id)
    page = f"/console/offers/{place.offer.id}"
    assert "Unusual claims" not in merchant.get(page).text + merchant.get("/console/offers").text
    photo = code_on(place.shows)
    for _ in range(CAPS.per_token):
        claim(scanned=photo)
    shown = merchant.get(page).text
    for words in ("Unusual claims", "Harbour Tower", f"{CAPS.per_token} coupons within"):
        assert words in shown
    operators = sign_in(Role.OPERATOR).get(page).text
    assert "Pause claiming</button>" in operators.partition('id="unusual"')[2].partition("</section>")[0]
    assert "Unusual claims" in merchant.get("/console/offers").text
    with transaction(engine) as db:
        stranger = make_merchant(db, name="Tea House").id
    assert (
        "Unusual claims"
        not in sign_in(Role.MERCHANT, merchant_id=stranger, email="t@example.org").get("/console/offers").text
    )
    assert f"{page}#unusual" in sign_in(Role.VIEWER).get("/console/").text


def test_others_write_while_the_timelines_of_a_screen_are_read_for_a_claim(
    app: Flask, claim: ClaimWith, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasty = make_engine(database_url, patience_s=0.5)
    app.extensions["liftcast"] = replace(app.extensions["liftcast"], engine=hasty)

    def read(*args: Any, **more: Any) -> bool:
        with transaction(hasty) as db:
            make_venue(db)
        return shows_offer(*args, **more)

    monkeypatch.setattr("server.web.wallet.claims.shows_offer", read)
    try:
        assert claim().status_code == 201
    finally:
        hasty.dispose()
