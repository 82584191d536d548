"""The main navigation: on every page of the console one section is the present one."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from server.accounts.models import Role
from server.web.console.blueprint import SECTIONS, section_of
from tests.server.web.conftest import SignIn

BROWSER = {"Accept": "text/html"}
CURRENT = re.compile(r'href="([^"]+)" aria-current="(page|true)"')


@pytest.mark.parametrize(
    ("path", "section"),
    [
        ("/console/", "console.home"),
        ("/console/house", "console.home"),
        ("/console/screens/01A/timeline", "console.screens"),
        ("/console/advertisers/new", "console.campaigns"),
        ("/console/merchants/01A", "console.offers"),
        ("/console/keys/new", "console.people"),
        ("/console/screens-of-another-kind", "console.home"),
    ],
)
def test_a_page_belongs_to_the_section_that_its_path_names(path: str, section: str) -> None:
    assert section_of(path).endpoint == section


def test_every_address_of_the_console_is_named_by_a_section(app: Flask) -> None:
    """A new page outside of them would light up the overview, where nobody looks for it."""
    rules = [rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("console.")]
    named = [path for section in SECTIONS for path in section.paths if path != "/console"]
    outside = {rule for rule in rules if not any(f"{rule}/".startswith(f"{path}/") for path in named)}
    assert outside == {"/console/", "/console/help", "/console/help/<topic>"}


def test_a_page_of_every_section_highlights_it(sign_in: SignIn) -> None:
    client = sign_in(Role.OWNER)
    for path, at, kind in (
        ("/console/venues", "/console/venues", "page"),
        ("/console/venues/new", "/console/venues", "true"),
        ("/console/advertisers", "/console/campaigns", "true"),
        ("/console/merchants/new", "/console/offers", "true"),
        ("/console/keys/new", "/console/people", "true"),
        ("/console/offers/nothing", "/console/offers", "true"),  # not found, and still within its section
    ):
        assert CURRENT.findall(client.get(path, headers=BROWSER).text) == [(at, kind)], path
