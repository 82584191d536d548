"""Creatives over the API."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy import Engine

from server.accounts.models import Role
from server.creatives.models import CreativeState
from server.db import transaction
from tests.factories import (
    make_advertiser,
    make_creative,
)
from tests.server.web.operator_api.conftest import key


def test_a_failed_creative_is_tried_again(client: FlaskClient, engine: Engine) -> None:
    with transaction(engine) as db:
        advertiser = make_advertiser(db)
        creative = make_creative(db, ready=False, state=CreativeState.FAILED, trouble="It broke.")
    again, headers = f"/api/v1/creatives/{creative.id}/again", key(engine)
    assert client.post(again, headers=key(engine, Role.VIEWER)).status_code == 403
    assert client.post(again, headers=key(engine, Role.ADVERTISER, advertiser_id=advertiser.id)).status_code == 403
    answer = client.post(again, headers=headers)
    assert (answer.json["state"], answer.json["trouble"]) == ("processing", "")
    assert client.post(again, headers=headers).json["error"]["code"] == "not_failed"


def test_a_notice_that_cannot_be_drawn_leaves_nothing(client: FlaskClient, engine: Engine) -> None:
    headers = key(engine)
    refused = client.post("/api/v1/creatives/notices", json={"text": "party \U00030001"}, headers=headers)
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "undrawable_text")
    assert client.get("/api/v1/creatives", headers=headers).json["creatives"] == []


def test_a_notice_is_typed_and_an_upload_ticket_given(client: FlaskClient, engine: Engine) -> None:
    headers = key(engine)
    notice = client.post("/api/v1/creatives/notices", json={"text": "Fire drill at ten"}, headers=headers)
    assert (notice.status_code, notice.json["state"]) == (201, "processing")
    assert client.get(f"/api/v1/creatives/{notice.json['id']}", headers=headers).json["text"] == "Fire drill at ten"
    assert "/uploads/" in client.post("/api/v1/creatives/tickets", json={}, headers=headers).json["url"]
