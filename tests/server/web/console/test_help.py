"""Help: a page for each section, one step away from every page of it."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from server.accounts.models import Role
from server.db import transaction
from server.web.console.blueprint import SECTIONS, Section
from server.web.console.help import HELP
from server.web.words.language import CHOSEN
from tests.factories import make_merchant
from tests.server.web.conftest import SignIn

LINK = re.compile(r'href="(/console/help/\w+)"[^>]*>(?:Help|帮助)<')
CURRENT = re.compile(r'<nav aria-label="Main">.*?href="([^"]+)" aria-current', re.DOTALL)


def test_every_section_has_help_and_nothing_else_has() -> None:
    assert list(HELP) == [section.topic for section in SECTIONS]


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.topic)
def test_a_page_of_the_section_leads_to_its_help_which_is_within_it(sign_in: SignIn, section: Section) -> None:
    client, page = sign_in(Role.OWNER), section.paths[0]
    help_page = f"/console/help/{section.topic}"
    assert LINK.findall(client.get(page, follow_redirects=True).text) == [help_page]
    shown = client.get(help_page).text
    assert shown.count('<section class="answer">') == len(HELP[section.topic])
    assert CURRENT.findall(shown) == [page if section.topic != "home" else "/console/"]


def test_help_is_written_in_chinese(sign_in: SignIn) -> None:
    client = sign_in(Role.OWNER)
    with client.session_transaction() as session:
        session[CHOSEN] = "zh"
    assert "怎样添加屏幕？" in client.get("/console/help/screens").text


def test_help_lists_the_topics_of_the_sections_that_one_sees(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        merchant = make_merchant(db)
    shown = sign_in(Role.MERCHANT, merchant_id=merchant.id).get("/console/help").text
    assert "/console/help/offers" in shown
    assert "/console/help/people" not in shown


def test_help_of_nothing_is_missing_and_strangers_are_sent_to_sign_in(sign_in: SignIn, client: FlaskClient) -> None:
    assert sign_in().get("/console/help/nothing").status_code == 404
    assert client.get("/console/help/screens").status_code == 302
