"""Screens from a CSV file, as an operator adds them: look first, then all of it at once."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import Engine

from server.accounts.models import Role
from server.db import transaction
from server.screens.models import Screen
from server.screens.table.sheet import decode_csv
from tests.factories import make_screen, make_venue
from tests.server.web.conftest import SignIn, rows

PAGE = "/console/screens/import"
GOOD = "venue,name\nHarbour Tower,Lift 2\nHarbour Tower,Lift 10\n"
WRONG = "venue,name\nHarbor Tower,Lift 2\nHarbour Tower,Lift 10\n"


@pytest.fixture
def tower(engine: Engine) -> None:
    with transaction(engine) as db:
        make_screen(db, venue=make_venue(db), name="Lift 1")


def chosen(raw: bytes) -> dict[str, object]:
    """The form with this file chosen."""
    return {"file": (io.BytesIO(raw), "screens.csv"), "do": "check"}


def names(engine: Engine) -> set[str]:
    return {screen.name for screen in rows(engine, Screen)}


@pytest.mark.usefixtures("tower")
def test_a_file_is_shown_first_and_added_when_that_is_confirmed(sign_in: SignIn, engine: Engine) -> None:
    client = sign_in()
    shown = client.post(PAGE, data=chosen(GOOD.encode("utf-8-sig")))
    assert shown.status_code == 200
    assert "Add 2 screens" in shown.text
    assert f"{GOOD}</textarea>" in shown.text
    assert names(engine) == {"Lift 1"}
    added = client.post(PAGE, data={"text": GOOD, "do": "add"})
    assert added.location == "/console/screens"
    assert names(engine) == {"Lift 1", "Lift 2", "Lift 10"}


@pytest.mark.usefixtures("tower")
def test_a_wrong_file_adds_nothing_and_says_where_it_is_wrong(sign_in: SignIn, engine: Engine) -> None:
    client = sign_in()
    for data in (chosen(WRONG.encode()), {"text": WRONG, "do": "add"}):
        refused = client.post(PAGE, data=data)
        assert refused.status_code == 422
        assert "Did you mean “Harbour Tower”?" in refused.text
        assert f"{WRONG}</textarea>" in refused.text
    assert names(engine) == {"Lift 1"}


@pytest.mark.usefixtures("tower")
def test_a_file_chosen_beside_an_earlier_table_is_looked_at_first(sign_in: SignIn, engine: Engine) -> None:
    data = chosen(b"venue,name\nHarbour Tower,Lift 7\n") | {"text": GOOD, "do": "add"}
    assert "Lift 7" in sign_in().post(PAGE, data=data).text
    assert names(engine) == {"Lift 1"}


@pytest.mark.usefixtures("tower")
def test_one_fault_of_many_lines_is_shown_once(sign_in: SignIn) -> None:
    lines = "\n".join(f"Moon,Lift {nth}" for nth in range(1000))
    refused = sign_in().post(PAGE, data={"text": f"venue,name\n{lines}\n", "do": "check"}).text
    assert refused.count("There is no venue of this name.") == 1
    assert "2, 3, 4, 5, 6 and 995 more" in refused


@pytest.mark.usefixtures("tower")
def test_a_table_longer_than_half_a_megabyte_can_be_pasted(sign_in: SignIn) -> None:
    lines = "\n".join(f'Harbour Tower,Lift {nth},"{"north" * 6}, {"tower-a" * 4}"' for nth in range(2, 8_002))
    table = f"venue,name,tags\n{lines}\n"
    assert len(table) > 600_000
    assert "Add 8000 screens" in sign_in().post(PAGE, data={"text": table, "do": "check"}).text


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "No file was chosen"),
        (b"PK\x03\x04", "This is a workbook of a spreadsheet"),
        (b"venue,name\nHarbour Tower,LIFT 1\n", "There is nothing to add."),
    ],
)
@pytest.mark.usefixtures("tower")
def test_a_file_that_can_add_nothing_is_answered_with_the_reason(sign_in: SignIn, raw: bytes, reason: str) -> None:
    assert reason in sign_in().post(PAGE, data=chosen(raw) if raw else {}).text


@pytest.mark.usefixtures("tower")
def test_the_sample_can_be_added_as_it_is(sign_in: SignIn, engine: Engine) -> None:
    client = sign_in()
    sample = client.get(f"{PAGE}/sample.csv")
    assert sample.mimetype == "text/csv"
    client.post(PAGE, data={"text": decode_csv(sample.data), "do": "add"})
    assert names(engine) == {"Lift 1", "Car 1", "Car 2", "Lobby"}


def test_without_a_venue_the_page_leads_to_adding_one(sign_in: SignIn) -> None:
    assert 'href="/console/venues/new"' in sign_in().get(PAGE).text


def test_only_those_who_edit_screens_import_them(sign_in: SignIn) -> None:
    assert sign_in(Role.VIEWER).get(PAGE).status_code == 403
