"""The printed poster: every QR opens what its caption says."""

from __future__ import annotations

import re

import pytest
from PIL import Image, ImageDraw
from pyzbar.pyzbar import decode
from sqlalchemy import Engine

from server.accounts.models import Role
from server.db import transaction
from server.web.console.network.posters import wifi_text
from tests.factories import make_screen, make_venue
from tests.server.web.conftest import SignIn


def codes_of(page: str) -> list[str]:
    """The text of each QR of the page, in order, read from its drawn modules."""
    return [read_qr(svg) for svg in re.findall(r"<svg.*?</svg>", page)]


def read_qr(svg: str) -> str:
    """Draws the rows of segno's path: `M x y` and `m dx dy` move, `h n` draws n modules."""
    size = int(re.search(r'viewBox="0 0 (\d+)', svg)[1])
    image = Image.new("L", (size, size), 255)
    x, y = 0.0, 0.0
    for step, given in re.findall(r"([Mmh])([-\d. ]+)", re.search(r' d="([^"]+)"', svg)[1]):
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", given)]
        if step == "h":
            ImageDraw.Draw(image).line([(x, y), (x + numbers[0] - 1, y)], fill=0)
            x += numbers[0]
        else:
            x, y = (numbers[0], numbers[1] - 0.5) if step == "M" else (x + numbers[0], y + numbers[1])
    [found] = decode(image.resize((size * 8, size * 8), Image.Resampling.NEAREST))
    return found.data.decode()


def test_the_poster_joins_the_wifi_opens_the_page_and_reports_a_fault(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        venue = make_venue(db, name="海港大厦 <A>")
        screen = make_screen(db, venue=venue, code="BCDFGH", wifi='Lift; "5", box')
    page = sign_in(Role.OPERATOR).get(f"/console/screens/{screen.id}/poster").text
    wifi, opened, *faults = codes_of(page)
    assert wifi == 'WIFI:T:nopass;S:Lift\\; \\"5\\"\\, box;;'
    assert opened.endswith("/s/BCDFGH")
    assert faults == [f"{opened}?fault=1#fault"] * 2
    assert "海港大厦 &lt;A&gt;" in page


def test_without_a_wifi_the_poster_names_none_and_says_where_to_name_it(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        screen = make_screen(db)
    page = sign_in(Role.OPERATOR).get(f"/console/screens/{screen.id}/poster").text
    assert len(codes_of(page)) == 3
    assert "Join the WiFi" not in page
    assert "the poster names none" in page


def test_a_poster_of_no_screen_is_not_found(sign_in: SignIn) -> None:
    assert sign_in(Role.OPERATOR).get("/console/screens/nowhere/poster").status_code == 404


@pytest.mark.parametrize(("name", "text"), [("电梯 5", "电梯 5"), ("a;b,c:d\\", "a\\;b\\,c\\:d\\\\")])
def test_special_characters_of_a_wifi_are_escaped(name: str, text: str) -> None:
    assert wifi_text(name) == f"WIFI:T:nopass;S:{text};;"
