from __future__ import annotations

import zipfile
from io import BytesIO

import pytest
from sqlalchemy import Engine

from media.wire.games import GameKind, PrizeFor
from server.creatives.uploads.tickets import read_ticket
from server.db import transaction
from server.settings import Settings
from tests.factories import make_advertiser, make_creative, make_offer
from tests.server.web.conftest import SignIn

FORM = {"call_en": "Find the pairs", "language": "en", "most_score": "900", "prizes": "2", "length_s": "20"}
TICKETS = "/console/creatives/game/custom/ticket"


def test_the_form_gives_a_ticket_for_the_zip_of_this_design(
    sign_in: SignIn, engine: Engine, settings: Settings
) -> None:
    with transaction(engine) as db:
        offer, advertiser = make_offer(db, title="Noodles"), make_advertiser(db, name="Tea House")
    client = sign_in()
    page = client.get("/console/creatives/game/custom").text
    assert all(words in page for words in ("Noodles", "Tea House", "Highest possible score", TICKETS))
    answer = client.post(TICKETS, data={**FORM, "offer_id": offer.id, "advertiser_id": advertiser.id})
    ticket = read_ticket(settings, answer.json["url"].rpartition("/")[2])
    assert ticket.game is not None
    assert ticket.advertiser_id == advertiser.id
    assert (ticket.game.offer_id, ticket.game.length_ms) == (offer.id, 20_000)
    assert (ticket.game.design.kind, ticket.game.design.most_score) == (GameKind.CUSTOM, 900)
    assert ticket.game.design.prize_for is PrizeFor.DRAWN


def test_the_look_of_the_board_is_chosen_as_for_other_games(
    sign_in: SignIn, engine: Engine, settings: Settings
) -> None:
    with transaction(engine) as db:
        logo = make_creative(db, title="The logo", original_digest="a" * 64)
    client = sign_in()
    page = client.get("/console/creatives/game/custom").text
    assert all(name in page for name in ("The logo", 'name="product_id"', 'name="background_id"', 'type="color"'))
    answer = client.post(TICKETS, data={**FORM, "logo_id": logo.id, "colour": "#cc0000"})
    ticket = read_ticket(settings, answer.json["url"].rpartition("/")[2])
    assert ticket.game is not None
    assert (ticket.game.design.colour, ticket.game.design.pictures) == ("#cc0000", {"logo": "a" * 64})


@pytest.mark.parametrize("wrong", [{"call_en": ""}, {"most_score": ""}, {"length_s": "5"}, {"offer_id": "none"}])
def test_a_field_that_is_wrong_is_refused_before_the_zip_is_sent(sign_in: SignIn, wrong: dict[str, str]) -> None:
    answer = sign_in().post(TICKETS, data={**FORM, **wrong}, headers={"Accept": "application/json"})
    assert 400 <= answer.status_code < 500
    assert answer.json["error"]["message"]


def test_the_general_form_leads_to_this_one(sign_in: SignIn) -> None:
    answer = sign_in().get("/console/creatives/game?kind=custom")
    assert answer.location == "/console/creatives/game/custom"


def test_the_kit_has_the_sdk_its_guide_and_an_example(sign_in: SignIn) -> None:
    kit = zipfile.ZipFile(BytesIO(sign_in().get("/console/creatives/game/custom/kit").data))
    assert {"liftcast.js", "liftcast.d.ts", "README.md", "test.html", "example/index.html"} <= set(kit.namelist())
