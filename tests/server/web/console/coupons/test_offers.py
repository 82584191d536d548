"""Offers, as they are made in the console."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine

from server.accounts.models import Role
from server.coupons.models import Lease, LeasedClaim, LeasedState, Offer
from server.db import Job, transaction
from tests.factories import NOON, make_creative, make_merchant, make_offer, make_player
from tests.server.web.conftest import SignIn, rows
from tests.server.web.console.coupons.conftest import OFFER

LONG_OVER = datetime(2025, 10, 31, 16, 0, tzinfo=UTC)  # midnight in Shanghai
FAR_OFF = datetime(2099, 3, 1, tzinfo=UTC)


def test_an_offer_is_made_by_the_shops_own_clock(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        merchant = make_merchant(db, zone="Asia/Shanghai")
    times = {"claim_until": "2099-03-01T08:00", "from": "11:00", "until": "14:30"}
    sign_in().post("/console/offers/new", data={**OFFER, **times, "merchant_id": merchant.id, "presence": "true"})
    offer = rows(engine, Offer)[0]
    assert offer.claim_until == datetime(2099, 3, 1, tzinfo=UTC)
    assert (offer.weekdays, offer.from_min, offer.until_min, offer.presence) == ("01234", 660, 870, True)


def test_an_offer_that_never_ends_is_refused_and_stays_typed(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        merchant = make_merchant(db)
    form = {**OFFER, "merchant_id": merchant.id, "claim_until": "2099-03-01T08:00"}
    form.pop("valid_days")
    answer = sign_in().post("/console/offers/new", data=form)
    assert answer.status_code == 422
    assert "Say until when a coupon is valid" in answer.text
    assert 'value="2099-03-01T08:00"' in answer.text
    assert rows(engine, Offer) == []


def test_an_offer_is_shown_as_it_was_made(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        merchant = make_merchant(db, zone="Asia/Shanghai")
    client = sign_in()
    form = {**OFFER, "merchant_id": merchant.id, "valid_until": "2099-03-01T08:00"}
    page = client.post("/console/offers/new", data=form).location
    text = client.get(page).text
    assert 'value="2099-03-01T08:00"' in text
    assert client.post(page, data={**form, "stock": "20"}).status_code == 302
    assert (rows(engine, Offer)[0].stock, rows(engine, Offer)[0].presence) == (20, False)


def test_an_offer_whose_card_could_not_be_drawn_says_so_and_draws_it_again(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        offer = make_offer(db)
        undrawn = {"kind": "coupon", "offer_id": offer.id, "title": "Free bowl"}
        make_creative(db, **undrawn, trouble="The server's disk is full.", remedy="Free space.")
    client, page = sign_in(), f"/console/offers/{offer.id}"
    shown = client.get(page).text
    for words in ("The card of “Free bowl” could not be drawn.", "disk is full", "Free space.", "as it was before"):
        assert words in shown, words
    assert f'action="{page}/redraw"' in shown
    assert f"{page}/redraw" not in sign_in(Role.VIEWER).get(page).text
    assert sign_in(Role.VIEWER, email="v@example.org").post(f"{page}/redraw").status_code == 403
    assert client.post(f"{page}/redraw").location == page
    assert "could not be drawn" not in client.get(page).text
    assert [job.kind for job in rows(engine, Job)] == ["draw"]


def test_a_merchants_person_makes_offers_for_that_merchant_alone(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        own, other = make_merchant(db), make_merchant(db, name="Another bar")
    sign_in(Role.MERCHANT, merchant_id=own.id).post("/console/offers/new", data={**OFFER, "merchant_id": other.id})
    assert [offer.merchant_id for offer in rows(engine, Offer)] == [own.id]


@pytest.mark.parametrize(
    ("ends", "validity"),
    [
        ({"valid_until": LONG_OVER}, "Over since Oct 31, 2025 23:59"),
        ({"claim_until": LONG_OVER}, "Over since Oct 31, 2025 23:59"),
        ({"claim_from": FAR_OFF}, "Phones can claim it from Mar 1, 2099 08:00 on."),
        ({"stock_left": 0}, "All pieces are gone."),
    ],
)
def test_an_offer_that_cannot_be_claimed_says_so(
    sign_in: SignIn, engine: Engine, ends: dict[str, Any], validity: str
) -> None:
    with transaction(engine) as db:
        offer = make_offer(db, merchant=make_merchant(db, zone="Asia/Shanghai"), **ends)
    client = sign_in()
    assert validity in client.get(f"/console/offers/{offer.id}").text
    state = re.search(r'<span class="state [a-z]*">([^<]+)', client.get("/console/offers").text)
    assert state
    assert state[1] in ("Over", "Not open yet", "All gone")


def test_pieces_at_boxes_are_shown_apart_from_those_that_are_out(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        offer = make_offer(db, stock=10, stock_left=5)
        lease = Lease(player_id=make_player(db).id, offer_id=offer.id, made_at=NOON, expires_at=NOON)
        db.add(lease)
        db.flush()
        for nth, state in enumerate((LeasedState.LEASED, LeasedState.LEASED, LeasedState.CLAIMED)):
            hmacs = {f"{kind}_hmac": f"{kind} {nth}" for kind in ("code", "qr", "link")}
            db.add(LeasedClaim(lease_id=lease.id, offer_id=offer.id, state=state, expires_at=NOON, **hmacs))
    page = sign_in().get(f"/console/offers/{offer.id}").text
    assert "<b>3</b>out" in page
    assert "<b>2</b>at boxes, for when they are offline" in page


@pytest.mark.parametrize(("role", "there"), [(Role.OPERATOR, True), (Role.MERCHANT, True), (Role.VIEWER, False)])
def test_the_console_leads_to_the_counter(sign_in: SignIn, engine: Engine, role: Role, there: bool) -> None:
    with transaction(engine) as db:
        merchant = make_merchant(db)
    client = sign_in(role, merchant_id=merchant.id)
    assert ('href="/counter"' in client.get("/console/offers").text) is there
    if there:
        assert 'href="/console/offers"' in client.get("/counter").text
