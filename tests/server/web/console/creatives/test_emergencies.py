"""Emergencies in the console: prepared, raised and lifted."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from server.accounts.models import Role
from server.db import transaction
from server.timelines.models import RaisedInterrupt
from tests.factories import make_creative, make_screen
from tests.server.web.conftest import SignIn, rows


def test_an_emergency_is_raised_over_a_venue_and_lifted(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        screen = make_screen(db)
        notice = make_creative(db, kind="notice", title="Leave the building")
    client = sign_in()
    form = {"creative_id": notice.id, "minutes": "15"}
    assert client.post(f"/console/venues/{screen.venue_id}/emergency", data=form).status_code == 302
    raised = rows(engine, RaisedInterrupt)[0]
    assert "Leave the building" in client.get(f"/console/screens/{screen.id}").text
    client.post(f"/console/emergencies/{raised.id}/lift")
    assert rows(engine, RaisedInterrupt)[0].lifted_by is not None


def test_a_prepared_text_is_raised_over_all_screens_and_lifted(sign_in: SignIn, engine: Engine) -> None:
    client = sign_in()
    assert "No text is prepared" in client.get("/console/emergencies").text
    empty = client.post("/console/emergencies/texts", data={"text": " ", "language": "en"})
    assert empty.status_code == 422
    typed = {"text": "Leave by the stairs", "title": "Fire", "language": "en"}
    assert client.post("/console/emergencies/texts", data=typed).status_code == 302
    with transaction(engine) as db:
        text = make_creative(db, kind="emergency", title="Fire drawn", text="Leave by the stairs")
        screen = make_screen(db)
    page = client.get("/console/emergencies").text
    assert "Fire drawn" in page
    assert f'value="venue:{screen.venue_id}"' in page
    nowhere = client.post("/console/emergencies", data={"creative_id": text.id, "place": "moon"})
    assert nowhere.status_code == 422
    assert client.post("/console/emergencies", data={"creative_id": text.id, "place": "all"}).status_code == 302
    (raised,) = rows(engine, RaisedInterrupt)
    assert raised.is_everywhere
    viewer = sign_in(Role.VIEWER)
    for path in ("/console/", f"/console/venues/{screen.venue_id}", f"/console/screens/{screen.id}"):
        assert "over every screen" in viewer.get(path).text
    assert client.post(f"/console/emergencies/{raised.id}/lift").location == "/console/emergencies"
    assert rows(engine, RaisedInterrupt)[0].lifted_by is not None


@pytest.mark.parametrize("path", ["emergencies", "emergencies/texts", "emergencies/preview"])
def test_a_role_that_may_not_raise_an_emergency_may_not_prepare_one(sign_in: SignIn, path: str) -> None:
    assert sign_in(Role.VIEWER).post(f"/console/{path}", data={}).status_code == 403
