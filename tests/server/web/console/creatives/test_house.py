"""House content in the console: added, ordered, dated and removed."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Engine
from sqlmodel import col, select

from server.campaigns.models import HouseContent
from server.db import transaction
from server.web.console.creatives.house import moved_up
from tests.factories import make_creative
from tests.server.web.conftest import SignIn, rows


def test_house_content_is_added_ordered_and_removed(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        first, second = make_creative(db), make_creative(db)
    client = sign_in()
    for creative in (first, second):
        client.post("/console/house", data={"creative_id": creative.id})
    lower = next(row for row in rows(engine, HouseContent) if row.creative_id == second.id)
    client.post(f"/console/house/{lower.id}/up")
    with transaction(engine) as db:
        order = db.exec(select(HouseContent.creative_id).order_by(col(HouseContent.position))).all()
    assert list(order) == [second.id, first.id]
    client.post(f"/console/house/{lower.id}/remove")
    assert [row.creative_id for row in rows(engine, HouseContent)] == [first.id]


def test_house_content_is_given_days_and_what_was_typed_wrong_stays(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        creative = make_creative(db)
    client = sign_in()
    days = {"first_on": "2099-12-24", "last_on": "2099-12-26"}
    client.post("/console/house", data={"creative_id": creative.id} | days)
    (row,) = rows(engine, HouseContent)
    assert (row.first_on, row.last_on) == (date(2099, 12, 24), date(2099, 12, 26))
    assert "2099-12-24 – 2099-12-26" in client.get("/console/house").text
    wrong = client.post(f"/console/house/{row.id}/days", data=days | {"last_on": "2099-12-01"})
    assert wrong.status_code == 422
    assert "The last day is before the first." in wrong.text
    assert 'value="2099-12-01"' in wrong.text
    far = client.post(f"/console/house/{row.id}/days", data={"last_on": "9999-12-31"})
    assert "2199" in far.text
    client.post(f"/console/house/{row.id}/days", data={"first_on": "", "last_on": ""})
    assert [(row.first_on, row.last_on) for row in rows(engine, HouseContent)] == [(None, None)]


def test_the_first_of_a_list_moves_no_further_up() -> None:
    assert moved_up(["a", "b", "c"], "c") == ["a", "c", "b"]
    assert moved_up(["a", "b"], "a") == ["a", "b"]
