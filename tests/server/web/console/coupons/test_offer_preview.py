"""The preview of an offer: what phones would show of it."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from server.accounts.models import Role
from server.coupons.models import Offer
from server.db import transaction
from tests.factories import make_merchant, make_offer
from tests.server.web.conftest import SignIn, rows
from tests.server.web.console.coupons.conftest import OFFER


def test_an_offer_has_a_preview_of_what_phones_show(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        offer = make_offer(db, merchant=make_merchant(db), title="One bowl free", presence=True)
    page = f"/console/offers/{offer.id}"
    client = sign_in(Role.VIEWER)
    assert f'src="{page}/preview"' in client.get(page).text
    preview = client.get(f"{page}/preview").text
    for shown in ("One bowl free", "Noodle Bar", "Claim this coupon"):
        assert shown in preview
    assert "<form" not in preview
    assert client.post(f"{page}/preview", data=OFFER).status_code == 403


def test_typed_values_are_previewed_and_not_saved(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        offer = make_offer(db, stock=10, stock_left=7, title="One bowl free")
    typed = {**OFFER, "title": "Two bowls free", "stock": "12", "merchant_id": offer.merchant_id}
    client = sign_in()
    changed = client.post(f"/console/offers/{offer.id}/preview", data=typed).text
    assert "Two bowls free" in changed
    assert "9 left" in changed
    assert "Two bowls free" in client.post("/console/offers/preview", data=typed).text
    assert [row.title for row in rows(engine, Offer)] == ["One bowl free"]


@pytest.mark.parametrize("missing", ["title", "valid_days", "merchant_id"])
def test_a_preview_without_what_it_needs_says_so(sign_in: SignIn, engine: Engine, missing: str) -> None:
    with transaction(engine) as db:
        typed = {**OFFER, "merchant_id": make_merchant(db).id}
    typed.pop(missing)
    assert "No preview yet" in sign_in().post("/console/offers/preview", data=typed).text
