"""Keys of machines, and what they send."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from server.accounts.keys import KeyForm, make_key
from server.accounts.models import Role
from server.db import transaction, utc_now


def key(engine: Engine, role: Role = Role.OPERATOR, **scope: Any) -> dict[str, str]:
    with transaction(engine) as db:
        _row, secret = make_key(db, KeyForm(name="a machine", role=role, **scope), now=utc_now())
    return {"Authorization": f"Bearer {secret}"}


def booking(advertiser_id: str, creative_id: str) -> dict[str, Any]:
    return {
        "name": "Spring",
        "advertiser_id": advertiser_id,
        "creatives": [{"creative_id": creative_id, "weight": 2}],
        "starts_on": "2099-03-01",
        "ends_on": "2099-03-31",
        "dayparts": [{"weekday": 0, "from_min": 480, "until_min": 600}],
        "targets": [{"kind": "all"}],
        "goal": 20,
    }


Api = Callable[..., TestResponse]


@pytest.fixture
def api(client: FlaskClient, engine: Engine) -> Api:
    """A request of an operator's machine to a path below /api/v1/."""
    headers = key(engine)

    def send(method: str, path: str, json: Any = None, **query: Any) -> TestResponse:
        return client.open(f"/api/v1/{path}", method=method, json=json, query_string=query or None, headers=headers)

    return send


def names(answer: TestResponse, of: str) -> list[str]:
    return [row.get("name") or row["title"] for row in answer.json[of]]
