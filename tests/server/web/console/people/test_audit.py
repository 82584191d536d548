"""Who did what: things by their names, in words of both languages.

Covers: server.accounts.audit, server.web.console.people.things
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

import server
from server.accounts.audit import record
from server.accounts.keys import KeyForm, make_key
from server.accounts.models import Role
from server.db import new_id, transaction, utc_now
from server.screens.venues import change_screen
from server.timelines.interrupts import raise_interrupt
from server.timelines.relocate import relocate_screen
from server.web.words.language import read_translations
from tests.factories import make_creative, make_person, make_player, make_screen, make_venue
from tests.server.web.conftest import SignIn

LOG = "/console/people/log"
ACTION = re.compile(r'\(\s*db,(?: [\w.()]+,)? f?"([a-z]+ [a-z {}]+)"')
ULID = re.compile(r">[^<]*\b01[0-9A-HJKMNP-TV-Z]{24}\b[^<]*<")
MOVES = {"offer {move}": ["offer pause", "offer resume", "offer stop"]}


def actions() -> set[str]:
    """Every action that some code records."""
    texts = (path.read_text(encoding="utf-8") for path in Path(server.__file__).parent.rglob("*.py"))
    found = {action for text in texts for action in ACTION.findall(text)}
    whole = {said for action in found for said in MOVES.get(action, [action])}
    return {action for action in whole if "{" not in action}


def test_every_action_is_written_in_chinese() -> None:
    known = actions()
    assert len(known) > 40
    assert sorted(action for action in known if read_translations("zh").gettext(action) == action) == []


def test_things_are_named_and_linked_and_no_id_is_shown(sign_in: SignIn, engine: Engine) -> None:
    now = utc_now()
    with transaction(engine) as db:
        ada = make_person(db, name="Ada")
        key, _secret = make_key(db, KeyForm(name="The till", role=Role.OPERATOR), now=now)
        screen = make_screen(db, venue=make_venue(db), name="Lift 2")
        make_player(db, screen=screen)
        notice = make_creative(db, kind="notice", title="Leave the building")
        change_screen(db, screen.id, name="Lift 3", sound=True, by=key.id, now=now)
        raise_interrupt(db, creative_id=notice.id, screen_id=screen.id, by=ada.id, now=now)
        moved = relocate_screen(db, screen.id, make_venue(db, name="Riverside").id, by=ada.id, now=now)
        record(db, ada.id, "person changed", ada.id, {"role": Role.VIEWER}, now=now)
        record(db, ada.id, "campaign drafted", new_id(), {"name": "Deleted since"}, now=now)
        record(db, new_id(), "link made", new_id(), now=now)
    shown = sign_in(Role.OWNER, email="owner@example.org").get(LOG).text
    for named in (
        "The till</td>",
        ">Ada</a>",
        "Changed: Name, Sound",
        "Role: Viewer",
        "Leave the building</a>",
        f'href="/console/screens/{moved.id}">Riverside · Lift 3</a>',
        "From: <a",
        "Deleted since</td>",
    ):
        assert named in shown, named
    assert ULID.findall(shown) == []


@pytest.mark.parametrize(("search", "found"), [("ada", 1), ("venue", 2), ("滨江", 1), ("moon", 0), ("ada venue", 1)])
def test_the_log_is_searched_by_person_action_and_name(
    sign_in: SignIn, engine: Engine, search: str, found: int
) -> None:
    at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    with transaction(engine) as db:
        ada = make_person(db, name="Ada")
        record(db, ada.id, "venue added", "", {"name": "Quay"}, now=at)
        record(db, None, "venue added", "", {"name": "滨江大厦"}, now=at)
        record(db, None, "screen added", "", {"name": "Lift"}, now=at)
    shown = sign_in(Role.OWNER, name="Owner").get(LOG, query_string={"search": search}).text
    assert shown.count('datetime="2026-03-02') == found


@pytest.mark.parametrize("search", ["高峰", "早餐高峰", "café", "CAFÉ", "Cafe\u0301"])
def test_the_log_is_searched_by_names_in_any_script(sign_in: SignIn, engine: Engine, search: str) -> None:
    with transaction(engine) as db:
        record(db, None, "campaign booked", new_id(), {"name": "早餐高峰 Café"}, now=utc_now())
        record(db, None, "campaign booked", new_id(), {"name": "Noodles 晚餐"}, now=utc_now())
    shown = sign_in(Role.OWNER).get(LOG, query_string={"search": search}).text
    assert "早餐高峰 Café" in shown
    assert "Noodles" not in shown


def test_an_empty_log_says_what_will_be_noted(sign_in: SignIn) -> None:
    shown = sign_in(Role.OWNER).get(LOG).text
    assert "Nobody has changed anything yet" in shown
    assert "Nothing of this kind" not in shown
