"""Offers over the API."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy import Engine

from server.accounts.models import Role
from server.db import transaction
from tests.factories import (
    make_merchant,
    make_offer,
)
from tests.server.web.operator_api.conftest import key


def test_a_merchant_changes_own_offers_alone(client: FlaskClient, engine: Engine) -> None:
    with transaction(engine) as db:
        own, other = make_offer(db), make_offer(db, merchant=make_merchant(db, name="Another bar"))
    headers = key(engine, Role.MERCHANT, merchant_id=own.merchant_id)
    terms = {"title": "Two bowls free", "stock": 30, "valid_days": 7}
    assert client.put(f"/api/v1/offers/{own.id}", json=terms, headers=headers).json["stock_left"] == 30
    assert client.put(f"/api/v1/offers/{other.id}", json=terms, headers=headers).status_code == 403
    new = {**terms, "merchant_id": other.merchant_id}
    assert client.post("/api/v1/offers", json=new, headers=headers).status_code == 403
    assert [offer["id"] for offer in client.get("/api/v1/offers", headers=headers).json["offers"]] == [own.id]
