"""The leases of a box over HTTP: from the offers of its screen to a coupon that a till takes.

Covers: server.coupons.leases.answer, server.web.player_api
"""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import select

from media.phone.identity import COOKIE
from media.phone.tokens import new_token
from media.wire.leases import HandOut, HandOuts, HandOutsAnswer, LeasedCopy, LeaseRequest, Leases
from server.coupons.models import Claim, Offer
from server.coupons.offers import pause_offer
from server.db import reading, to_ms, transaction, utc_now
from server.screens.models import Player
from server.timelines.models import PublishedTimeline
from tests.factories import bearer, make_offer, make_player, make_screen

DAY_MS = 86_400_000


@pytest.fixture
def player(engine: Engine) -> Player:
    with transaction(engine) as db:
        return make_player(db, screen=make_screen(db))


@pytest.fixture
def offer(engine: Engine, player: Player) -> Offer:
    """An offer that the player's screen shows, beside a film."""
    with transaction(engine) as db:
        offer = make_offer(db, stock=100, valid_days=2)
        items = {"film": {"phone": {"offer": None}}, "coupon": {"phone": {"offer": {"id": offer.id}}}}
        now = utc_now()
        db.add(
            PublishedTimeline(
                screen_id=player.screen_id,
                version=1,
                etag="e",
                manifest={"items": items},
                published_at=now,
                ends_at=now,
            )
        )
        return offer


def renew(client: FlaskClient, player: Player, **request: Any) -> Leases:
    body = LeaseRequest(**request).model_dump(mode="json")
    answer = client.post("/api/v1/player/leases", json=body, headers=bearer(player))
    assert answer.status_code == 200
    return Leases.model_validate(answer.get_json())


def report(client: FlaskClient, player: Player, copy: LeasedCopy, token: str) -> HandOutsAnswer:
    now_ms = to_ms(utc_now())
    phone = hashlib.sha256(token.encode()).hexdigest()
    out = HandOut(claim=copy.claim, phone=phone, key="k", claimed_ms=now_ms, expires_ms=now_ms + DAY_MS)
    body = HandOuts(claims=(out,)).model_dump(mode="json")
    return HandOutsAnswer.model_validate(
        client.post("/api/v1/player/leases/claims", json=body, headers=bearer(player)).get_json()
    )


def test_a_box_gets_claims_of_the_offers_that_its_screen_shows(
    client: FlaskClient, engine: Engine, player: Player, offer: Offer
) -> None:
    with transaction(engine) as db:
        make_offer(db, title="Shown elsewhere")
    [lease] = renew(client, player).leases
    assert (lease.offer, lease.title, lease.merchant, lease.per_phone) == (offer.id, offer.title, "Noodle Bar", 1)
    assert len({copy.claim for copy in lease.claims}) == 5
    assert client.get(f"/api/v1/offers/{offer.id}/stock").get_json()["left"] == 95


def test_a_claim_of_each_day_is_valid_for_the_days_of_its_offer(
    client: FlaskClient, player: Player, offer: Offer
) -> None:
    [lease] = renew(client, player).leases
    assert lease.validity[-1].until_ms == lease.expires_ms
    midnights = [span.until_ms for span in lease.validity[:-1]]
    assert midnights == list(range(midnights[0], lease.expires_ms, DAY_MS))
    assert [span.expires_ms - span.until_ms for span in lease.validity[:-1]] == [2 * DAY_MS] * len(midnights)


def test_a_link_and_a_wallet_open_a_claim_that_a_box_handed_out(
    client: FlaskClient, player: Player, offer: Offer
) -> None:
    copy = renew(client, player).leases[0].claims[0]
    path = "/w/" + copy.wallet_url.rpartition("/")[2]
    assert offer.title in client.get(path).text  # before the report, too
    token = new_token()
    assert report(client, player, copy, token).claims[0].status == "accepted"
    assert report(client, player, copy, token).claims[0].status == "duplicate"
    client.set_cookie(COOKIE, token)
    wallet = client.get("/api/v1/wallet").get_json()
    assert [(claim["claim"], claim["state"]) for claim in wallet["claims"]] == [(copy.claim, "ready")]
    assert wallet["claims"][0]["wallet_url"] == copy.wallet_url


def test_what_a_box_returns_is_in_the_stock_again(
    client: FlaskClient, engine: Engine, player: Player, offer: Offer
) -> None:
    ids = tuple(copy.claim for copy in renew(client, player).leases[0].claims)
    with transaction(engine) as db:
        pause_offer(db, offer.id, now=utc_now())
    asked = renew(client, player, holds=ids)
    assert (asked.leases, asked.give_back) == ((), ids)
    renew(client, player, returned=ids)
    with reading(engine) as db:
        assert db.get_one(Offer, offer.id).stock_left == 100
        assert db.exec(select(Claim)).all() == []


def test_a_box_without_a_timeline_gets_none(client: FlaskClient, player: Player) -> None:
    assert renew(client, player) == Leases(leases=())


def test_a_box_may_hold_as_many_as_it_was_ever_given(client: FlaskClient, player: Player, offer: Offer) -> None:
    ids = tuple(f"{n:026}" for n in range(4000))
    assert renew(client, player, holds=ids, returned=ids).leases
