"""The path from an upload in the browser to the proof of its plays, on real processes behind the shipped nginx."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from PIL import Image, ImageChops
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from media.cards.enrolment import enrolment_card
from media.item_ids import item_id
from server.accounts.models import Role
from server.campaigns.advertisers import add_advertiser
from server.campaigns.house import add_house_content
from server.campaigns.models import Campaign
from server.creatives.models import Creative
from server.db import reading, transaction, utc_now
from server.screens.models import Screen, Venue
from tests.factories import make_creative
from tests.rig.files.samples import MARKER, sample
from tests.rig.phones.browser import chromium, sign_in
from tests.rig.players.journal_copy import JournalCopy, as_copied, differing
from tests.rig.servers.full_stack import SIZE, Lift, running_lift
from tests.rig.servers.processes import eventually

pytestmark = [pytest.mark.vlc, pytest.mark.journey, pytest.mark.timeout(400)]

SLOW_MS = 90_000
SHOWN = "({shown: liftcast.shown, since: liftcast.shown_since_ms})"

Shown = tuple[str, int]  # an item, and the planned instant of its showing


@dataclass
class Place:
    """Where the journey goes: one screen, with a picture of its own to show when nothing is booked."""

    lift: Lift
    venue: Venue
    screen: Screen
    house_item: str


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    more = {"LIFTCAST_FREEZE_S": "2"}
    with running_lift(tmp_path_factory.mktemp("path"), more=more, player_env={"LIFTCAST_POLL_S": "5"}) as lift:
        venue, screen = lift.add_screen()
        with transaction(lift.house.engine) as db:
            house_item = make_creative(db, lift.house.store, length_ms=5000).id
            add_house_content(db, house_item, venue.id, now=utc_now())
            add_advertiser(db, name="Tea House", now=utc_now())
        yield Place(lift, venue, screen, house_item)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium("--autoplay-policy=no-user-gesture-required") as browser:
        yield browser


def test_a_film_goes_from_upload_to_screen_to_phone_to_report(place: Place, browser: Browser) -> None:
    lift, operator = place.lift, browser.new_page(locale="en")
    sign_in(operator, lift.sign_in_link(Role.OPERATOR))

    upload(operator, lift.url, sample("marked.mp4"))
    book(operator, lift.url, name="Spring tea", venue=place.venue.name)
    film = booked_item(lift)

    lift.start_player()
    code = lift.code_requested()
    wait_for_code_card(lift, code)
    journal = JournalCopy(lift.player_dir / "journal.sqlite3")
    type_code(operator, f"{lift.url}/console/screens/{place.screen.id}", code)

    # The film is on the screen: the strip names it, and the middle is of its colour.
    scanned = lift.wait_for_item(film)
    assert scanned["path"] == f"/s/{place.screen.code}"
    eventually(lambda: shows_marker(lift.picture()), within_s=60, what="the marker's colour", every_s=0.3)

    # A phone shows the same item at the same time, the film and what comes between, and whole showings are proven.
    # Not every one is whole: the player came in the middle of the first, and a busy machine may begin one late.
    phone = browser.new_page(viewport={"width": 390, "height": 844}, is_mobile=True)
    phone.goto(f"{lift.url}/s/{place.screen.code}")
    seen: set[Shown] = set()

    def proven_of_both() -> bool:
        seen.update(mirrored(lift, phone))
        return {item for item, _ in seen & proven(lift)} == {film, place.house_item}

    eventually(proven_of_both, within_s=120, what="film and house content on both, and their plays", every_s=0.2)

    # The server has the plays that the player wrote into its journal and the phone showed.
    lift.stop_player()
    waiting = journal.waiting()
    sent = {id_: play for id_, play in journal.plays().items() if id_ not in waiting}
    assert differing(sent, {row.id: as_copied(row) for row in lift.plays()}) == []
    assert {(play.item, play.starts_ms) for play in journal.plays().values()} >= seen

    played = sum(row.kind == "spot" and row.result == "played" and row.item == film for row in lift.plays())
    assert played >= 1
    assert reported(operator, lift.url, campaign="Spring tea") == played


# --- the operator's browser


def upload(page: Page, url: str, film: Path) -> None:
    page.goto(f"{url}/console/creatives/upload")
    page.get_by_label("For the advertiser").select_option(label="Tea House")
    page.locator("input[type=file]").set_input_files(film)
    done = page.locator("#making li", has_text=film.stem)
    expect(done).to_contain_text("ready", ignore_case=True, timeout=SLOW_MS)


def book(page: Page, url: str, *, name: str, venue: str) -> None:
    """Half of the time, for a month."""
    page.goto(f"{url}/console/campaigns/new")
    page.get_by_label("For which advertiser?").select_option(label="Tea House")
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Name").fill(name)
    today = utc_now().date()
    page.get_by_label("First day").fill((today - timedelta(days=1)).isoformat())
    page.get_by_label("Last day").fill((today + timedelta(days=30)).isoformat())
    page.get_by_label("Percent of the time").fill("50")
    page.locator("input[name='creatives[]']").check()
    page.get_by_role("checkbox", name="On all screens").uncheck()
    page.locator("#targets").get_by_label(venue, exact=True).check()
    page.get_by_role("button", name="Book", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Booked")


def type_code(page: Page, screen_page: str, code: str) -> None:
    page.goto(screen_page)
    page.get_by_label("Code on the screen").fill(f"{code[:3]} {code[3:]}".lower())
    page.get_by_role("button", name="Enrol").click()
    expect(page.get_by_role("status").first).to_contain_text("The player is enrolled")


def reported(page: Page, url: str, *, campaign: str) -> int:
    """The number of plays in the campaign's row of the report."""
    page.goto(f"{url}/console/report")
    delivered = page.get_by_role("table").filter(has=page.get_by_role("columnheader", name="Played of planned")).first
    row = delivered.get_by_role("row").filter(has_text=campaign)
    return int(row.locator("td[data-label=Played]").inner_text())


# --- what is seen


def another(code: str) -> str:
    """A code that differs in its first character."""
    return ("B" if code[0] == "A" else "A") + code[1:]


def wait_for_code_card(lift: Lift, code: str) -> None:
    """The screen shows this very code: the same card drawn here is pixel for pixel what the X server holds."""
    address = f"{lift.cable.url}/console"
    card, other = (enrolment_card(shown, address, SIZE).convert("RGB") for shown in (code, another(code)))
    eventually(lambda: alike(lift.picture(), card), within_s=60, what="the code on the screen", every_s=0.3)
    assert not alike(lift.picture(), other)


def alike(seen: Image.Image, card: Image.Image) -> bool:
    """The same but for rounding on the way through VLC."""
    _, most = ImageChops.difference(seen, card).convert("L").resize((640, 360), Image.Resampling.BOX).getextrema()
    return bool(most < 40)


def shows_marker(picture: Image.Image) -> bool:
    middle: Any = picture.getpixel((SIZE[0] // 2, SIZE[1] // 3))
    return all(abs(seen - drawn) < 40 for seen, drawn in zip(middle, MARKER, strict=True))


def mirrored(lift: Lift, phone: Page) -> set[Shown]:
    """The showing that the phone has, if it had it all the while that the screen's strip named the same item."""
    before: Any = phone.evaluate(SHOWN)
    on_screen = lift.scanned()
    if before != phone.evaluate(SHOWN) or on_screen is None or on_screen.get("i") != before["shown"]:
        return set()
    return {(before["shown"], int(before["since"]))}


# --- reports


def booked_item(lift: Lift) -> str:
    """The film's item id as the campaign carries it."""
    with reading(lift.house.engine) as db:
        film = db.exec(select(Creative).where(Creative.kind == "video")).one()
        return item_id(film.id, db.exec(select(Campaign)).one().id)


def proven(lift: Lift) -> set[Shown]:
    return {(row.item, row.starts_ms) for row in lift.plays() if row.result == "played"}


@pytest.mark.parametrize("coding", ["gzip", "br", None])
def test_scripts_come_compressed_from_nginx_and_pages_do_not(place: Place, coding: str | None) -> None:
    accepted = {"Accept-Encoding": coding or "identity"}
    page = requests.get(f"{place.lift.url}/s/{place.screen.code}", headers=accepted, timeout=30)
    assert "Content-Encoding" not in page.headers
    for asset in re.findall(r'(?:src|href)="(/phone/[^"]+)"', page.text):
        answer = requests.get(place.lift.url + asset, headers=accepted, stream=True, timeout=30)
        assert answer.headers.get("Content-Encoding") == coding
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["Vary"] == "Accept-Encoding"


def test_nginx_caches_a_script_once_whatever_follows_its_address(place: Place) -> None:
    page = requests.get(f"{place.lift.url}/s/{place.screen.code}", timeout=30)
    script = re.search(r'src="(/phone/[^"]+)"', page.text)[1]
    joint = "&" if "?" in script else "?"
    for number in range(3):
        answer = requests.get(
            f"{place.lift.url}{script}{joint}x={number}", headers={"Accept-Encoding": "gzip"}, timeout=30
        )
        assert answer.status_code == 200
    cached = [path.read_bytes() for path in (place.lift.folder / "nginx" / "cache").rglob("*") if path.is_file()]
    of_script = [
        line
        for content in cached
        for line in re.findall(rb"KEY: (.*)", content)
        if script.split("?")[0].encode() in line
    ]
    assert len(set(of_script)) == 1
    assert not any(b"x=" in line for line in of_script)


def test_a_forged_address_gives_nobody_more_tries(place: Place) -> None:
    """nginx adds the true address behind what a client sends, and the server believes nginx alone."""
    url = urlsplit(place.lift.url)
    assert url.hostname
    answers = []
    for number in range(100):
        forged = f"203.0.113.{number}"
        guess = HTTPConnection(url.hostname, url.port, timeout=30, source_address=("127.0.0.9", 0))
        guess.request("GET", f"/link/{number:032x}", headers={"X-Forwarded-For": forged, "X-Real-IP": forged})
        answers.append(guess.getresponse())
        guess.close()
        if answers[-1].status == 429:
            break
    assert (answers[0].status, answers[-1].status) == (404, 429)
    assert int(answers[-1].headers["Retry-After"]) > 0
