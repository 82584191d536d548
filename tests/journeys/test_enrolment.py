"""A box is enrolled by an operator in the browser, from the code on its screen, and later moved to another screen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from server.accounts.models import Role
from server.campaigns.house import add_house_content
from server.db import transaction, utc_now
from server.screens.models import Screen
from tests.factories import make_creative
from tests.rig.phones.browser import chromium, sign_in
from tests.rig.servers.full_stack import Lift, running_lift
from tests.rig.servers.processes import eventually

pytestmark = [pytest.mark.vlc, pytest.mark.journey, pytest.mark.timeout(300)]

# Symbols of a code that no box shows; they are among those that codes are made of.
NOBODYS = "BCDFGH"


@dataclass
class Two:
    """Two screens in two venues, each with a picture of its own."""

    lift: Lift
    screens: tuple[Screen, Screen]
    items: tuple[str, str]


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    with running_lift(
        tmp_path, parts=("web", "media", "worker", "planner"), player_env={"LIFTCAST_POLL_S": "5"}
    ) as lift:
        places = [lift.add_screen(venue="Harbour Tower"), lift.add_screen(venue="Garden Court", name="Lobby")]
        items = []
        for venue, _ in places:
            with transaction(lift.house.engine) as db:
                item = make_creative(db, lift.house.store, length_ms=5000).id
                add_house_content(db, item, venue.id, now=utc_now())
                items.append(item)
        yield Two(lift, (places[0][1], places[1][1]), (items[0], items[1]))


@pytest.fixture
def operator(two: Two) -> Iterator[Page]:
    with chromium() as browser:
        page = browser.new_page(locale="en")
        page.on("dialog", lambda dialog: dialog.accept())
        sign_in(page, two.lift.sign_in_link(Role.OPERATOR))
        yield page


def test_a_box_is_enrolled_and_moved_in_the_browser(two: Two, operator: Page) -> None:
    lift, (first, second) = two.lift, two.screens
    lift.start_player()
    code = lift.code_requested()
    operator.goto(f"{lift.url}/console/screens/{first.id}")

    # A code that no box shows is refused, and the page says what to do; what was typed stays.
    type_code(operator, NOBODYS if code != NOBODYS else NOBODYS[::-1])
    refusal = operator.get_by_role("alert")
    expect(refusal).to_contain_text("No box shows this code")
    expect(refusal).to_contain_text("Read the six symbols on the screen again")
    expect(operator.get_by_label("Code on the screen")).not_to_have_value("")

    # The right one puts the box on this screen: its own picture, its own page.
    type_code(operator, code)
    expect(operator.get_by_role("status").first).to_contain_text("The player is enrolled")
    assert lift.wait_for_item(two.items[0])["path"] == f"/s/{first.code}"
    expect(operator.locator("#now")).to_contain_text("box-1", timeout=60_000)

    # A code is good for one box and one time.
    type_code(operator, code)
    expect(operator.get_by_role("alert")).to_contain_text("typed already")

    # Moved in the console, the box shows the other screen's timeline, and both have their plays.
    operator.goto(f"{lift.url}/console/screens/{first.id}")
    operator.get_by_label("Move to").select_option(label=f"Garden Court · {second.name}")
    operator.get_by_role("button", name="Move here").click()
    expect(operator.get_by_role("heading", level=1)).to_have_text(second.name)
    assert lift.wait_for_item(two.items[1])["path"] == f"/s/{second.code}"
    shown = {(first.id, two.items[0]), (second.id, two.items[1])}
    eventually(
        lambda: {(row.screen_id, row.item) for row in lift.plays()} == shown,
        within_s=60,
        what="plays of both screens, each of its own item",
    )


def type_code(page: Page, code: str) -> None:
    page.get_by_label("Code on the screen").fill(code)
    page.get_by_role("button", name="Enrol").click()
