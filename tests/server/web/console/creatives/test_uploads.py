"""Files are uploaded by ticket, for the advertiser of the signed-in person."""

from __future__ import annotations

from urllib.parse import urlsplit

from sqlalchemy import Engine

from server.accounts.models import Role
from server.creatives.uploads.tickets import read_ticket
from server.db import transaction
from server.settings import Settings
from tests.factories import make_advertiser, make_creative
from tests.server.web.conftest import SignIn


def test_a_ticket_is_restricted_to_the_advertiser_of_its_person(
    sign_in: SignIn, engine: Engine, settings: Settings
) -> None:
    with transaction(engine) as db:
        own, other = make_advertiser(db), make_advertiser(db, name="Another house")
    client = sign_in(Role.ADVERTISER, advertiser_id=own.id)
    url = client.post("/console/creatives/ticket", data={"advertiser_id": other.id}).json["url"]
    assert read_ticket(settings, url.rpartition("/")[2]).advertiser_id == own.id


def test_a_ticket_says_what_is_replaced_and_how_long_pictures_are_shown(
    sign_in: SignIn, engine: Engine, settings: Settings
) -> None:
    with transaction(engine) as db:
        poster = make_creative(db)
    answer = sign_in().post("/console/creatives/ticket", data={"replaces": poster.id, "stands_s": "7.5"})
    ticket = read_ticket(settings, urlsplit(answer.json["url"]).path.rpartition("/")[2])
    assert (ticket.replaces, ticket.stands_ms) == (poster.id, 7500)
