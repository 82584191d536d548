"""Several files at once on the upload page: each with its progress, and what cannot be used with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from sqlmodel import col, select

from server.accounts.links import sign_in_link
from server.accounts.models import Role
from server.creatives.models import Creative
from server.db import reading, transaction, utc_now
from tests.factories import make_person
from tests.rig.files.samples import sample
from tests.rig.phones.browser import chromium, sign_in
from tests.rig.servers.house import RunningHouse, running_house

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]

GOOD = ("long.mp4", "rotated.jpg", "tone.mp3", "film.webm")
BAD = {
    "text.mp4": "despite its name",
    "cut.mp4": "its end is missing",
    "empty.mp4": "0 bytes",
    "bomb.png": "60000 × 60000 pixels",
    "unknown_codec.mp4": "cannot be read here",
}
SLOW_MS = 90_000

# The texts of each row, in order: a page that is queried each second would otherwise have moved on in between.
WATCH = """() => {
  window.seen = [];
  const look = () => document.querySelectorAll("[role=progressbar]").forEach((bar) => {
    const what = bar.closest("#making") ? "made" : "sent";
    const row = [what, bar.getAttribute("aria-label"), Number(bar.getAttribute("aria-valuenow") ?? 0)];
    if (!seen.some((earlier) => String(earlier) === String(row))) seen.push(row);
  });
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
}"""


@dataclass
class CutLine:
    """Cuts off the third and the fourth request that send bytes: the film that takes longest to make comes first."""

    sent: int = 0

    def carry(self, route: Route) -> None:
        self.sent += route.request.method == "PATCH"
        if route.request.method == "PATCH" and self.sent in (3, 4):
            route.abort("connectionreset")
        else:
            route.continue_()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[RunningHouse]:
    with running_house(tmp_path, parts=("web", "media", "worker")) as house:
        yield house


@pytest.fixture
def operator(house: RunningHouse) -> Iterator[Page]:
    with transaction(house.engine) as db:
        person = make_person(db, role=Role.OPERATOR)
        link = sign_in_link(db, person.email, house.settings, utc_now())
    with chromium() as browser:
        page = browser.new_page(locale="en")
        sign_in(page, link)
        page.goto(f"{house.url}/console/creatives/upload")
        yield page


def test_several_files_are_sent_and_made_and_the_unusable_ones_show_why(house: RunningHouse, operator: Page) -> None:
    operator.evaluate(WATCH)
    line = CutLine()
    operator.route("**/uploads/*/*", line.carry)
    operator.locator("input[type=file]").set_input_files([sample(name) for name in (*GOOD, *BAD)])

    for name in GOOD:
        expect(made(operator, name)).to_contain_text("Ready", timeout=SLOW_MS)
    for name, why in BAD.items():
        row = operator.locator(".sending li").filter(has_text=name)
        expect(row).to_contain_text(why, ignore_case=True, timeout=SLOW_MS)

    # Two were cut off, and went on by themselves.
    assert line.sent >= len(GOOD) + 2

    # Sending and making both moved while one looked, and the film was seen half made.
    seen = operator.evaluate("seen")
    assert {label for what, label, _ in seen if what == "sent"} == {*GOOD, *BAD}
    assert any(what == "sent" and part == 100 for what, _, part in seen)
    assert any(what == "made" and label == "long" and 0 < part < 100 for what, label, part in seen), seen

    # Nothing is left of what was refused, no row and no file.
    with reading(house.engine) as db:
        rows = db.exec(select(Creative).order_by(col(Creative.id))).all()
    assert sorted(row.original_name for row in rows) == sorted(GOOD)
    assert list(house.settings.work_dir.glob("*")) == []
    operator.reload()
    expect(operator.locator("#making li")).to_have_count(len(GOOD))

    # A sound has a cover card to be seen with, and can be heard.
    made(operator, "tone.mp3").get_by_role("link").click()
    cover = operator.locator("img.preview")
    expect(cover).to_be_visible()
    assert cover.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    expect(operator.locator("audio")).to_have_count(1)


def made(page: Page, name: str) -> Locator:
    return page.locator("#making li").filter(has_text=Path(name).stem.replace("_", " "))
