"""A venue's hotspot plan in the console: its form, what it means, and what the boxes made of it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from media.hotspot_plan import VenueHotspotPlan
from media.wire.hotspot import PlanReport, digest_of
from media.wire.status import Hotspot, HotspotCounts
from server.accounts.models import Role
from server.db import transaction, utc_now
from server.screens.models import Venue
from tests.factories import make_player, make_screen, make_venue
from tests.server.web.conftest import SignIn, rows

PLAN = {
    "ssid": "大堂 WiFi", "country": "CN", "channel": "11", "most_phones": "8", "visit_minutes": "20",
    "visit_megabytes": "300", "visits_a_day": "3", "idle_minutes": "10", "phone_kbit": "4000", "all_kbit": "20000",
    "open_names": "Shop.Example.com\npay.example.org",
}  # fmt: skip
STORED = VenueHotspotPlan(ssid="Lobby", country="DE").model_dump(mode="json")


def added_venue(engine: Engine, **fields: Any) -> str:
    with transaction(engine) as db:
        return make_venue(db, **fields).id


def test_a_plan_is_saved_and_shown_again(sign_in: SignIn, engine: Engine) -> None:
    path = f"/console/venues/{added_venue(engine)}/hotspot"
    client = sign_in()
    assert client.post(path, data=PLAN).location == path
    [venue] = rows(engine, Venue)
    assert venue.hotspot_plan["open_names"] == ["shop.example.com", "pay.example.org"]
    assert (venue.hotspot_plan["ssid"], venue.hotspot_plan["channel"]) == ("大堂 WiFi", 11)
    page = client.get(path).text
    assert 'value="大堂 WiFi"' in page
    assert '<option value="CN" selected>' in page
    assert '<option value="11" selected>' in page
    assert "shop.example.com\npay.example.org</textarea>" in page
    assert "大堂 WiFi" in client.get(f"/console/venues/{venue.id}").text


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"ssid": ""}, "Fill this in."),
        ({"ssid": "大" * 11}, "1 to 32 bytes"),
        ({"ssid": "Lobby\nwpa=2"}, "visible characters"),
        ({"ssid": "a\0b"}, "visible characters"),
        ({"country": "XX"}, "Choose a country of the list"),
        ({"country": ""}, "Fill this in."),
        ({"country": "US", "channel": "13"}, "Channels 12 and 13 are not allowed"),
        ({"country": "US", "channel": "14"}, "Choose channel 1 to 13"),
        ({"most_phones": "0"}, "Choose 1 or more."),
        ({"most_phones": "251"}, "Choose 250 or less."),
        ({"phone_kbit": "-4000"}, "Choose 64 or more."),
        ({"visit_minutes": "ten"}, "Type a number."),
        ({"open_names": "*.example.org"}, "is not a whole name"),
        ({"open_names": "a\0.example.org"}, "is not a whole name"),
        ({"open_names": "captive.apple.com"}, "would hide the portal"),
        ({"open_names": " ".join(f"s{number}.example.org" for number in range(5000))}, "This cannot be used."),
    ],
)
def test_a_bad_plan_is_refused_beside_its_field_and_stays_typed(
    sign_in: SignIn, engine: Engine, wrong: dict[str, str], reason: str
) -> None:
    venue = added_venue(engine, hotspot_plan=STORED)
    answer = sign_in().post(f"/console/venues/{venue}/hotspot", data={**PLAN, **wrong})
    assert answer.status_code == 422
    [field] = wrong.keys() - {"country"} or {"country"}
    assert reason in answer.text[answer.text.index(f'id="{field}-error"') :].split("</div>")[0]
    assert "pay.example.org" in answer.text or "open_names" in wrong
    assert rows(engine, Venue)[0].hotspot_plan == STORED


def test_a_fault_is_named_in_chinese(sign_in: SignIn, engine: Engine) -> None:
    path = f"/console/venues/{added_venue(engine)}/hotspot"
    wrong = {**PLAN, "ssid": "大" * 11, "country": "US", "channel": "13"}
    text = sign_in().post(path, data=wrong, headers={"Accept-Language": "zh"}).text
    assert "名称须为 1 至 32 字节" in text
    assert "该国家不允许信道 12 和 13" in text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "each gets 2.5 Mbit/s"),
        ({}, "used its megabytes after 10 of 20 minutes"),
        ({"phone_kbit": "64"}, "never used up before"),
        ({"idle_minutes": "20"}, "end no visit"),
        ({"most_phones": "12"}, "takes 7 to 10 phones, 19 with the minimal firmware"),
        ({"most_phones": "30"}, "more phones than the radio of a Raspberry Pi takes"),
        ({"most_phones": "0"}, "Fill in the fields"),
        ({"visit_minutes": "20.0"}, "each gets 2.5 Mbit/s"),
    ],
)
def test_the_preview_says_what_the_typed_plan_means(
    sign_in: SignIn, engine: Engine, fields: dict[str, str], said: str
) -> None:
    path = f"/console/venues/{added_venue(engine)}/hotspot/preview"
    assert said in sign_in().post(path, data={**PLAN, **fields}).text


REPORTS = [
    (PlanReport(running=digest_of(STORED)), "The venue&#39;s plan is in force."),
    (PlanReport(), "The venue&#39;s plan is on its way."),
    (PlanReport(refused=digest_of(STORED), why="use a shorter prefix"), "use a shorter prefix"),
    (None, "software is older than plans"),
]


@pytest.mark.parametrize(("report", "said"), REPORTS)
def test_each_box_shows_what_it_made_of_the_plan(
    sign_in: SignIn, engine: Engine, report: PlanReport | None, said: str
) -> None:
    with transaction(engine) as db:
        screen = make_screen(db, venue=make_venue(db, hotspot_plan=STORED))
        hotspot = Hotspot(counts=HotspotCounts(most_phones=8), plan=report)
        make_player(db, screen=screen, seen_at=utc_now(), status={"hotspot": hotspot.model_dump()})
    client = sign_in()
    assert said in client.get(f"/console/screens/{screen.id}").text
    boxes = client.get(f"/console/venues/{screen.venue_id}/hotspot").text.split('id="boxes"')[1]
    assert screen.name in boxes
    assert report is None or not report.why or report.why in boxes


def test_a_removed_plan_leaves_each_box_its_own(sign_in: SignIn, engine: Engine) -> None:
    venue = added_venue(engine, hotspot_plan=STORED)
    client = sign_in()
    assert "Remove the plan" in client.get(f"/console/venues/{venue}/hotspot").text
    client.post(f"/console/venues/{venue}/hotspot/remove")
    assert rows(engine, Venue)[0].hotspot_plan == {}
    assert "Remove the plan" not in client.get(f"/console/venues/{venue}/hotspot").text


def test_a_stored_plan_that_is_not_valid_any_more_says_so(sign_in: SignIn, engine: Engine) -> None:
    venue = added_venue(engine, hotspot_plan={**STORED, "channel": 14})
    assert "not valid any more" in sign_in().get(f"/console/venues/{venue}/hotspot").text


def test_a_viewer_sees_the_plan_and_changes_nothing(sign_in: SignIn, engine: Engine) -> None:
    venue = added_venue(engine, hotspot_plan=STORED)
    client = sign_in(Role.VIEWER)
    assert "<fieldset disabled>" in client.get(f"/console/venues/{venue}/hotspot").text
    assert client.post(f"/console/venues/{venue}/hotspot", data=PLAN).status_code == 403
