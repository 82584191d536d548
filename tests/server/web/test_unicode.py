"""A text is one text, whichever way a system writes its letters."""

from __future__ import annotations

import unicodedata

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from server.accounts.keys import KeyForm, make_key
from server.accounts.models import Role
from server.campaigns.models import Advertiser
from server.creatives.accept import tidy_name, title_from
from server.db import transaction, utc_now
from server.screens.models import Venue
from server.web.unicode import to_nfc
from tests.factories import make_advertiser
from tests.server.web.conftest import SignIn, rows

NAME = "한글 Café"
ON_A_MAC = unicodedata.normalize("NFD", NAME)


def test_the_two_ways_differ() -> None:
    assert ON_A_MAC != NAME
    assert to_nfc({"a": [ON_A_MAC, 1, None], ON_A_MAC: "b"}) == {"a": [NAME, 1, None], NAME: "b"}


def test_a_forms_text_is_stored_composed(sign_in: SignIn, engine: Engine) -> None:
    answer = sign_in().post("/console/advertisers/new", data={"name": ON_A_MAC})
    assert answer.status_code == 302
    assert [row.name for row in rows(engine, Advertiser)] == [NAME]


def test_a_decomposed_query_finds_the_stored_text(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        make_advertiser(db, name=NAME)
        make_advertiser(db, name="Noodle Bar")
    assert NAME in sign_in().get("/console/advertisers", query_string={"search": ON_A_MAC}).text


@pytest.mark.parametrize("escaped", [True, False])
def test_a_machines_text_is_stored_composed(client: FlaskClient, engine: Engine, escaped: bool) -> None:
    with transaction(engine) as db:
        _row, secret = make_key(db, KeyForm(name="a machine", role=Role.OPERATOR), now=utc_now())
    name = ascii(ON_A_MAC)[1:-1].replace("\\xe9", "\\u00e9") if escaped else ON_A_MAC
    body = f'{{"name": "{name}", "zone": "Asia/Seoul"}}'.encode()
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    assert client.post("/api/v1/venues", data=body, headers=headers).status_code == 201
    assert [row.name for row in rows(engine, Venue)] == [NAME]


def test_a_files_name_and_title_are_composed() -> None:
    assert tidy_name(f"/home/{ON_A_MAC}.mp3") == f"{NAME}.mp3"
    assert title_from(f"{ON_A_MAC}.mp3") == NAME
