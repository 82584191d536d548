"""The first hour of a new server: `liftcast-server run`, its link, the building, its screen, the first notice on it."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import Page, expect
from pyzbar.pyzbar import decode
from sqlmodel import col, select

from media.cards.building import PANEL_SHARE, building_card
from media.cards.notice import notice_card
from server.db import make_engine, reading
from server.screens.models import Enrolment, Screen
from server.settings import Settings, read_settings
from tests.rig.phones.browser import chromium
from tests.rig.players.screens import VirtualScreen, virtual_screen
from tests.rig.players.xgrab import grab_picture
from tests.rig.servers.ports import free_port
from tests.rig.servers.processes import Process, eventually, program

pytestmark = [pytest.mark.vlc, pytest.mark.journey, pytest.mark.timeout(300)]

SIZE = (1280, 720)
TEXT = "The water is off on Friday.\n周五停水。"


@dataclass
class NewServer:
    """`liftcast-server run` in an empty folder, with nothing set but where it listens."""

    settings: Settings
    process: Process
    box: Process
    x: VirtualScreen

    def code_requested(self) -> str:
        engine = make_engine(self.settings.database_url)

        def look() -> str | None:
            with reading(engine) as db:
                return db.exec(select(Enrolment.code).where(col(Enrolment.taken_at).is_(None))).first()

        try:
            return eventually(look, within_s=90, what="the box to request a code")
        finally:
            engine.dispose()

    def shows(self, card: Image.Image, *, above: float = 0.8) -> bool:
        """The upper part of the card on the X server, but for what scaling does to the edges of letters."""
        seen, drawn = (small(picture, above) for picture in (grab_picture(self.x.name, SIZE), card))
        _, most = ImageChops.difference(seen, drawn).getextrema()
        return bool(most < 40)


@pytest.fixture
def new_server(tmp_path: Path) -> Iterator[NewServer]:
    port, media_port = free_port(), free_port()
    env = {
        "LIFTCAST_DATA_DIR": str(tmp_path / "data"),
        "LIFTCAST_PORT": str(port),
        "LIFTCAST_MEDIA_PORT": str(media_port),
        "LIFTCAST_PLANNER_PORT": str(free_port()),
    }
    with (
        Process("server", [program("liftcast-server"), "run"], folder=tmp_path, env=env) as server,
        virtual_screen(SIZE) as x,
    ):
        of_box = {
            "LIFTCAST_SERVER_URL": f"http://127.0.0.1:{port}",
            "LIFTCAST_PLAYER_DIR": str(tmp_path / "player"),
            "LIFTCAST_HARDWARE_ID": "box-1",
            "DISPLAY": x.name,
        }
        with Process("player", [program("liftcast-player"), "run"], folder=tmp_path, env=of_box) as box:
            yield NewServer(read_settings(env), server, box, x)


def test_a_new_server_leads_its_owner_to_the_first_notice_on_a_screen(new_server: NewServer) -> None:
    link = new_server.process.wait_for(r"(http://\S+/link/\S+)", within_s=60)[1]
    with chromium() as browser:
        owner = browser.new_page(locale="en")
        become_owner(owner, link)
        add_building(owner)
        add_screen(owner)
        enrol(owner, new_server.code_requested())
        has_the_buildings_card(owner, new_server)
        typed_at = type_notice(owner)

        # Within a minute of typing the very card that is drawn here stands on the screen.
        card = notice_card(TEXT)
        left_s = 60 - (time.monotonic() - typed_at)
        eventually(lambda: new_server.shows(card), within_s=left_s, what="the notice on the screen", every_s=0.2)

        # There is nothing beside it, so it fills the time.
        assert items_ahead(owner, new_server) == {TEXT.splitlines()[0]}

        # The welcome waits for its proof of play, and goes by itself.
        owner.get_by_role("link", name="Overview").click()
        expect(owner.get_by_role("heading", level=1)).to_have_text("Overview", timeout=60_000)

        # The console shows the screen as it is: online, and with the picture that was on it.
        owner.get_by_role("link", name="Screens", exact=True).click()
        owner.get_by_role("link", name="Car 1").click()
        expect(owner.locator(".title")).to_contain_text("online")
        picture = owner.get_by_role("img", name="What the screen shows now")
        expect(picture).to_be_visible(timeout=60_000)
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    ends_with_all_it_started(new_server.process)


# --- the owner's browser


def become_owner(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Password").fill("three plain words")
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Welcome, Ada")


def next_step(page: Page, link: str) -> None:
    """The overview offers one next step, after any page."""
    page.get_by_role("link", name="Overview").click()
    page.locator("li[aria-current=step]").get_by_role("link", name=link).click()


def add_building(page: Page) -> None:
    next_step(page, "Add the building")
    page.get_by_label("Name").fill("Harbour Tower")
    here = page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone")
    expect(page.get_by_label("Time zone")).to_have_value(here)  # guessed from the browser
    typed_once = page.get_by_role("group", name="The same hours on many days").first.get_by_label("Hours", exact=True)
    typed_once.fill("0-24")
    typed_once.press("Enter")
    expect(page.locator("#hours_6")).to_have_value("0-24")
    page.get_by_role("button", name="Add the venue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Harbour Tower")


def add_screen(page: Page) -> None:
    next_step(page, "Add the screen")
    page.get_by_label("Name", exact=True).fill("Car 1")
    page.get_by_role("button", name="Add the screen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Car 1")


def enrol(page: Page, code: str) -> None:
    next_step(page, "Type the code")
    page.get_by_label("Code on the screen").fill(code)
    page.get_by_role("button", name="Enrol").click()
    expect(page.get_by_role("status").first).to_contain_text("The player is enrolled")


def has_the_buildings_card(page: Page, server: NewServer) -> None:
    """Nothing is uploaded yet: the building's name, the time and the page's code are on the screen and on phones."""
    name = building_card("Harbour Tower")
    eventually(lambda: server.shows(name, above=1 - PANEL_SHARE - 0.02), within_s=60, what="the building's card")
    (code,) = eventually(lambda: decode(grab_picture(server.x.name, SIZE)), within_s=30, what="the page's code")
    expect(page.locator("#now")).to_contain_text("Harbour Tower", timeout=60_000)
    expect(page.locator("#now .alert")).to_have_count(0)
    assert page.context.browser is not None
    phone = page.context.browser.new_page(locale="en")
    phone.goto(code.data.decode())
    expect(phone.get_by_role("heading", name="Harbour Tower")).to_be_visible()
    expect(phone.locator("#clock-time")).to_have_text(re.compile(r"^\d\d:\d\d$"))
    phone.close()


def items_ahead(page: Page, server: NewServer) -> set[str]:
    """Titles of all that the next minutes show, from when the newest version takes effect."""
    engine = make_engine(server.settings.database_url)
    with reading(engine) as db:
        (code,) = db.exec(select(Screen.code)).all()
    engine.dispose()
    stage = page.request.get(f"{server.settings.public_url}/api/v1/screens/{code}/stage").json()
    return {stage["items"][spot["item"]]["title"] for spot in stage["spots"]}


def type_notice(page: Page) -> float:
    """Returns when it was sent, by the monotonic clock."""
    next_step(page, "Type a notice")
    page.get_by_label("Text").fill(TEXT)
    expect(page.locator("#preview img")).to_be_visible()
    sent_at = time.monotonic()
    page.get_by_role("button", name="Show it").click()
    expect(page.get_by_role("status").first).to_contain_text("within a minute")
    return sent_at


def small(picture: Image.Image, above: float) -> Image.Image:
    """Grey, a quarter of the screen's size, and only so much of its height."""
    width, height = SIZE[0] // 4, SIZE[1] // 4
    return picture.convert("L").resize((width, height), Image.Resampling.BOX).crop((0, 0, width, round(height * above)))


# --- its end


def ends_with_all_it_started(server: Process) -> None:
    """One Ctrl-C ends web, media and workers too: each of them carries what the first was started with."""
    (mark,) = re.findall(rb"LIFTCAST_DATA_DIR=[^\0]+", Path(f"/proc/{server.pid}/environ").read_bytes())
    assert len(carrying(mark)) >= 5
    os.kill(server.pid, signal.SIGINT)
    assert server.popen.wait(30) == 0
    assert carrying(mark) == []


def carrying(mark: bytes) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes().split(b"\0"):
                found.append(int(process.name))
        except OSError:
            continue
    return found
