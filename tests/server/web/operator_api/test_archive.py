"""Archiving over the API."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from server.accounts.models import Role
from server.db import transaction
from tests.factories import (
    make_advertiser,
    make_merchant,
    make_offer,
)
from tests.server.web.operator_api.conftest import Api, key


@pytest.mark.parametrize("of", ["advertisers", "merchants", "offers"])
def test_archived_things_are_listed_apart_and_restored(api: Api, engine: Engine, of: str) -> None:
    with transaction(engine) as db:
        made = {"advertisers": make_advertiser, "merchants": make_merchant, "offers": make_offer}[of](db)
    assert api("DELETE", f"{of}/{made.id}").status_code == 204
    assert api("GET", of).json[of] == []
    (listed,) = api("GET", of, archived=True).json[of]
    assert listed["id"] == made.id
    assert listed["archived_at"]
    assert api("POST", f"{of}/{made.id}/restore").json["archived_at"] is None
    assert [row["id"] for row in api("GET", of).json[of]] == [made.id]
    assert api("GET", of, archived=True).json["total"] == 0
    assert api("DELETE", f"{of}/nobody").status_code == 404


def test_a_merchant_archives_no_other_merchants_offer(client: FlaskClient, engine: Engine) -> None:
    with transaction(engine) as db:
        mine, theirs = make_offer(db), make_offer(db, merchant=make_merchant(db, name="Another"))
    merchant = key(engine, Role.MERCHANT, merchant_id=mine.merchant_id)
    assert client.delete(f"/api/v1/offers/{theirs.id}", headers=merchant).status_code in (403, 404)
    assert [row["id"] for row in client.get("/api/v1/offers", headers=merchant).json["offers"]] == [mine.id]
