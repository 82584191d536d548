"""The pictures that a request may choose for a game: its advertiser's own."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from server.db import transaction
from tests.factories import make_creative
from tests.server.web.conftest import SignIn

BODY = {"call_en": "Run"}


@pytest.mark.parametrize(
    ("kind", "digest", "status"), [("image", "a" * 64, 201), ("video", "a" * 64, 422), ("image", None, 422)]
)
def test_only_an_uploaded_picture_can_be_chosen(
    sign_in: SignIn, engine: Engine, kind: str, digest: str | None, status: int
) -> None:
    with transaction(engine) as db:
        picture = make_creative(db, kind=kind, original_digest=digest)
    answer = sign_in().post("/api/v1/creatives/games", json={**BODY, "background_id": picture.id})
    assert answer.status_code == status


def test_a_picture_that_does_not_exist_is_named(sign_in: SignIn) -> None:
    body = {**BODY, "logo_id": "01J8ZV3Q4R5S6T7V8W9X0Y1Z2A"}
    answer = sign_in().post("/api/v1/creatives/games", json=body)
    assert answer.json["error"]["code"] == "no_such_creative"  # type: ignore[index]
