"""The portal as a phone meets it.

Covers: player.portal.screen.player_source
"""

from __future__ import annotations

import json
import logging
import sqlite3
from contextlib import closing
from datetime import datetime

import pytest

from media.phone.identity import COOKIE
from media.phone.tokens import is_token
from media.presence import token_at
from media.timeline import Timeline
from media.wire.errors import ErrorBody
from media.wire.message import Message
from media.wire.phone import (
    ClaimAnswer,
    ClaimRequest,
    ClaimState,
    FaultReport,
    Handover,
    OfferStanding,
    SeenFault,
    Stock,
)
from media.wire.timeline import OfferCard
from player.portal.consent.consents import TERMS_VERSION, Purpose
from player.portal.errors import PortalError, no_internet
from player.portal.pages import WORDS
from tests.player.portal.conftest import KEY, NAME, OTHER, PHONE, PLAN, PORTAL, STRANGER, Browser, PortalRig
from tests.player.timelines import MONDAY_MS, a_timeline, an_item
from tests.rig.files.game_zips import GOOD

OFFER = "01JOFFER00000000000000000A"


def test_the_page_shows_the_screens_item_before_anything_is_accepted(rig: PortalRig, phone: Browser) -> None:
    page = phone.get("/")
    assert page.status_code == 200
    assert f'<img src="/media/{rig.image}" alt="Fresh &lt;bread&gt;">' in page.text
    assert "<button>Go online</button>" in page.text
    assert phone.get(f"/media/{rig.image}").data == b"0123456789"


def test_the_page_needs_no_script_and_no_further_file_to_be_read(phone: Browser) -> None:
    page = phone.get("/")
    assert "<script" not in page.text
    assert 'rel="stylesheet"' not in page.text
    assert len(page.data) < 8000
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("accepted", "lang", "button"),
    [("zh-CN,zh;q=0.9", "zh-CN", "上网"), ("de", "en", "Go online"), ("", "en", "Go online")],
)
def test_the_page_speaks_the_phones_language(rig: PortalRig, accepted: str, lang: str, button: str) -> None:
    page = Browser(rig.app, Accept_Language=accepted).get("/").text
    assert f'<html lang="{lang}">' in page
    assert f"<button>{button}</button>" in page


def test_one_tap_lets_the_phone_online_and_leads_to_the_screens_page(rig: PortalRig, phone: Browser) -> None:
    """A whole new page: an iPhone's captive sheet repeats its probe when it loads one."""
    joined = phone.post("/join")
    assert (joined.status_code, joined.headers["Location"]) == (303, "/s/ABC234")
    page = phone.get("/").text
    assert "You are online" in page
    assert "30 minutes and 300 MB left." in page
    assert "Go online" not in page
    assert phone.post("/join").status_code == 303
    assert len(rig.kernel.elements["running"]) == 1


def test_the_tap_leads_to_the_first_page_while_the_box_has_no_screen(rig: PortalRig, phone: Browser) -> None:
    rig.player.timeline = None
    assert "The screen&#39;s programme is not here yet." in phone.get("/").text
    assert phone.post("/join").headers["Location"] == "/"


def test_extending_and_leaving(rig: PortalRig, phone: Browser) -> None:
    phone.post("/join")
    rig.kernel.now_s += 600
    assert "20 minutes and" in phone.get("/").text
    assert phone.post("/extend").headers["Location"] == "/"
    assert "30 minutes and" in phone.get("/").text
    assert phone.post("/leave").headers["Location"] == "/"
    assert "Go online" in phone.get("/").text


def test_a_phone_that_was_cut_off_reads_why(rig: PortalRig, phone: Browser) -> None:
    phone.post("/join")
    rig.kernel.use(1, 300_000_000)
    rig.unit.step()
    rig.kernel.now_s += 2
    assert "Your data are used up." in phone.get("/").text


def test_a_full_hotspot_says_so(rig: PortalRig, phone: Browser) -> None:
    Browser(rig.app, OTHER).post("/join")
    full = phone.post("/join")
    assert full.status_code == 503
    assert "All places are taken" in full.text


def test_without_an_uplink_phones_join_and_read_that_there_is_no_internet(rig: PortalRig, phone: Browser) -> None:
    rig.player.has_uplink = False
    assert "There is no internet here at the moment." in phone.get("/").text
    assert phone.post("/join").status_code == 303
    assert "There is no internet here at the moment." in phone.get("/").text


def test_while_unit_and_player_are_away_the_page_says_what_to_do(rig: PortalRig, phone: Browser) -> None:
    rig.unit_is_away = True
    rig.socket.stop()
    page = phone.get("/")
    assert page.status_code == 200
    assert "just starting" in page.text
    assert phone.post("/join").status_code == 503
    assert phone.get("/s/ABC234").status_code == 503
    assert phone.get("/api/v1/clock").json["error"]["code"] == "starting"
    rig.socket.__init__(rig.socket._path, rig.player.answer)  # type: ignore[misc]
    rig.socket.start()
    assert phone.get("/s/ABC234").status_code == 200


def test_a_visitor_outside_the_hotspot_reads_why_the_portal_is_not_for_them(rig: PortalRig) -> None:
    assert "This page is for phones in this WiFi." in Browser(rig.app, STRANGER).get("/").text


# --- what a phone agrees to


def choices(rig: PortalRig, phone: Browser) -> dict[Purpose, bool]:
    cookie = phone._client.get_cookie(COOKIE, domain="10.42.0.1")
    assert cookie is not None
    return rig.consents.choices_of(cookie.value)


def test_going_online_depends_on_no_other_consent(rig: PortalRig, phone: Browser) -> None:
    phone.get("/")
    assert "checked" not in phone.get("/").text
    assert phone.post("/join").status_code == 303
    assert choices(rig, phone) == {Purpose.OFFERS: False, Purpose.RETURNS: False}


def test_each_purpose_is_agreed_to_by_itself_and_taken_back_as_easily(rig: PortalRig, phone: Browser) -> None:
    phone.get("/")
    phone.post("/join", choice=["offers"])
    assert choices(rig, phone) == {Purpose.OFFERS: True, Purpose.RETURNS: False}
    assert 'value="offers" checked' in phone.get("/").text
    assert "Your choices are saved." in phone.get(phone.post("/choices", choice=["returns"]).headers["Location"]).text
    assert choices(rig, phone) == {Purpose.OFFERS: False, Purpose.RETURNS: True}


def test_a_consent_is_stored_with_version_time_and_language(rig: PortalRig) -> None:
    phone = Browser(rig.app, Accept_Language="zh-CN")
    phone.get("/")
    phone.post("/join", choice=["offers", "nonsense"])
    phone.post("/choices")
    with closing(sqlite3.connect(rig.consents._file)) as db:
        rows = db.execute("SELECT purpose, given, terms, language, chosen_at FROM consent").fetchall()
    at = "2026-03-02T12:00:00+00:00"
    assert rows == [("offers", 1, TERMS_VERSION, "zh", at), ("offers", 0, TERMS_VERSION, "zh", at)]
    assert datetime.fromisoformat(at).tzinfo


def show_more(rig: PortalRig, name: str) -> None:
    """The screen shows another item in turn with the one before."""
    timeline = rig.player.timeline
    assert timeline is not None
    shown = timeline.manifest.items["a"]
    rig.player.timeline = a_timeline(("a", name), items=[shown], settings=timeline.manifest.settings)


def test_a_phone_that_agreed_to_it_is_recognised_and_shown_what_is_new(rig: PortalRig, phone: Browser) -> None:
    phone.get("/")
    phone.post("/join", choice=["returns"])
    assert "Welcome back" not in phone.get("/").text
    phone.post("/leave")
    assert "New to you" not in phone.get("/").text
    show_more(rig, "soup")
    page = phone.get("/").text
    assert "Welcome back." in page
    assert f"<li>{an_item('soup').title}</li>" in page
    phone.post("/join", choice=["returns"])
    phone.post("/leave")
    assert "New to you" not in phone.get("/").text


def test_a_phone_that_did_not_agree_is_not_recognised_and_one_that_takes_it_back_is_forgotten(
    rig: PortalRig, phone: Browser
) -> None:
    phone.get("/")
    phone.post("/join")
    phone.post("/leave")
    assert not rig.portal.remembered._file.exists()
    phone.post("/join", choice=["returns"])
    phone.post("/choices")
    phone.post("/choices", choice=["returns"])
    phone.post("/leave")
    show_more(rig, "soup")
    assert "Welcome back" not in phone.get("/").text


def test_a_phone_that_agreed_to_it_sees_the_offers_of_its_shops(rig: PortalRig, phone: Browser) -> None:
    timeline = rig.player.timeline
    assert timeline is not None
    item = next(iter(timeline.manifest.items.values()))
    offer = OfferCard(id=OFFER, merchant="Noodle <Bar>", title="Soup", terms="", presence=False)
    assert item.phone is not None
    shown = item.model_copy(update={"phone": item.phone.model_copy(update={"offer": offer})})
    items = {item.id: shown}
    rig.player.timeline = Timeline(timeline.manifest.model_copy(update={"items": items}), timeline.tables)
    rig.server.answers[f"/api/v1/offers/{OFFER}/claims"] = (201, claim())
    phone.get("/")
    for choice, is_shown in (("returns", False), ("offers", True)):
        phone.post("/choices", choice=[choice])
        assert phone.open("POST", f"/api/v1/offers/{OFFER}/claims", json={}).status_code == 201
        assert ("Noodle &lt;Bar&gt;" in phone.get("/").text) == is_shown
    phone.post("/choices")
    assert "Noodle" not in phone.get("/").text


def test_a_sheet_without_cookies_carries_its_choice_in_the_form(rig: PortalRig) -> None:
    token = "A" * 32
    sheet = Browser(rig.app, Origin="http://10.42.0.1")
    sheet._client._cookies = None
    assert 'name="t" value="' in sheet.get("/").text
    sheet.post("/join", t=token, choice=["offers"])
    assert rig.consents.choices_of(token)[Purpose.OFFERS]


def test_another_sites_form_agrees_to_nothing(rig: PortalRig, phone: Browser) -> None:
    phone.get("/")
    phone._headers["Origin"] = "http://evil.example"
    phone.post("/join", choice=["offers"])
    assert choices(rig, phone) == {Purpose.OFFERS: False, Purpose.RETURNS: False}


def test_a_disk_that_takes_nothing_keeps_nobody_offline_and_the_page_says_what_was_not_stored(
    rig: PortalRig, phone: Browser
) -> None:
    phone.get("/")
    rig.consents._file = rig.consents._file.parent / "no such folder" / "consents"
    assert phone.post("/join", choice=["offers"]).status_code == 303
    assert "You are online" in phone.get("/").text
    assert "could not be saved" in phone.get(phone.post("/choices", choice=["offers"]).headers["Location"]).text


def test_the_terms_are_a_page_in_both_languages(rig: PortalRig) -> None:
    assert TERMS_VERSION in Browser(rig.app).get("/terms").text
    assert "使用条款" in Browser(rig.app, Accept_Language="zh").get("/terms").text


def test_a_phone_that_used_its_visits_of_today_reads_that(rig: PortalRig, phone: Browser) -> None:
    rig.unit.enforcer.plan = PLAN.model_copy(update={"visits_a_day": 1})
    phone.post("/join")
    assert 'action="/extend"' not in phone.get("/").text
    phone.post("/leave")
    refused = phone.post("/join")
    assert (refused.status_code, "all its visits for today" in refused.text) == (503, True)


# --- the captive-portal API


def test_the_api_follows_the_visit(rig: PortalRig) -> None:
    phone = Browser(rig.app, host=NAME)
    before = phone.get("/captive-portal/api")
    assert before.mimetype == "application/captive+json"
    assert before.json["captive"] is True
    assert "seconds-remaining" not in before.json
    phone.post("/join")
    after = phone.get("/captive-portal/api").json
    assert (after["captive"], after["seconds-remaining"], after["bytes-remaining"]) == (False, 1800, 300_000_000)
    assert after["can-extend-session"]
    assert after["user-portal-url"] == f"https://{NAME}/"
    venue = after["venue-info-url"].removeprefix(f"https://{NAME}")
    assert phone.get(venue).headers["Location"] == "/s/ABC234"
    rig.kernel.now_s += 1801
    assert phone.get("/captive-portal/api").json["captive"] is True


def test_a_returning_phone_is_offered_the_screens_page_in_a_real_browser(rig: PortalRig) -> None:
    phone = Browser(rig.app, host=NAME)
    phone.post("/join")
    answer = phone.get("/captive-portal/api")
    assert answer.headers["Cache-Control"] == "no-store"
    assert set(answer.json) == {
        "captive", "user-portal-url", "venue-info-url", "can-extend-session", "seconds-remaining", "bytes-remaining",
        "x-android-use-custom-tabs",
    }  # fmt: skip


def test_without_a_certificate_there_is_no_api_and_its_name_is_a_strangers(rig: PortalRig) -> None:
    rig.api_name = None
    assert "captive" not in Browser(rig.app).get("/captive-portal/api").text
    assert Browser(rig.app, host=NAME).get("/captive-portal/api").headers["Location"] == f"http://{PORTAL}/"


def test_the_api_does_not_guess_while_the_unit_is_away(rig: PortalRig) -> None:
    rig.unit_is_away = True
    assert Browser(rig.app, host=NAME).get("/captive-portal/api").status_code == 503


# --- the screen's page


def test_the_screens_page_is_served_from_the_player(rig: PortalRig, phone: Browser) -> None:
    page = phone.get("/s/abc234").text
    assert f'src="/media/{rig.image}"' in page
    assert '"public_base": "http://screens.example.org"' in page
    stage = phone.get("/api/v1/screens/ABC234/stage").json
    assert (stage["screen"], stage["media_base"]) == ("ABC234", "")
    assert phone.get("/api/v1/clock?t0=7").json["t0"] == 7


def test_another_screens_code_is_refused(phone: Browser) -> None:
    assert phone.get("/s/ZZZZZZ").status_code == 404
    answer = phone.get("/api/v1/screens/ZZZZZZ/stage")
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "no_such_screen")


def test_media_are_served_in_parts_and_only_those_of_the_timeline(rig: PortalRig, phone: Browser) -> None:
    part = phone.open("GET", f"/media/{rig.image}")
    assert part.headers["Accept-Ranges"] == "bytes"
    for name in ("0" * 64, "Z" * 64, "../visits", "%2e%2e/visits"):
        assert phone.get(f"/media/{name}").status_code == 404


def test_the_files_of_a_game_are_served_from_its_package_in_a_sandbox(rig: PortalRig, phone: Browser) -> None:
    package = rig.game()
    answer = phone.get(f"/media/{package}/index.html")
    assert (answer.status_code, answer.data) == (200, GOOD["index.html"])
    policy = answer.headers["Content-Security-Policy"]
    assert f"{PORTAL}/media/{package}/;" in policy
    assert policy.startswith("sandbox allow-scripts; default-src 'none'")
    for name in (f"{package}/other.js", f"{rig.image}/index.html", f"{'0' * 64}/index.html", f"{'Z' * 64}/index.html"):
        assert phone.get(f"/media/{name}").status_code == 404


@pytest.mark.parametrize("path", ["/nothing", "/generate_204", "/hotspot-detect.html", "/a/b?c"])
def test_an_address_that_the_portal_does_not_have_leads_to_its_first_page(phone: Browser, path: str) -> None:
    answer = phone.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


def test_coupon_pages_are_at_the_servers_public_address(phone: Browser) -> None:
    for path in ("/wallet?t=x", "/w/abcdef", "/wallet/recover"):
        assert phone.get(path).headers["Location"] == f"http://screens.example.org{path}"


# --- claims


def claim() -> ClaimAnswer:
    return ClaimAnswer(
        claim="c", state=ClaimState.READY, code="ABCD", qr="q", wallet_url="http://screens.example.org/w/link",
        expires_at=datetime.fromisoformat("2026-03-09T00:00:00+00:00"),
    )  # fmt: skip


def test_a_claim_is_sent_on_with_the_screen_the_strips_token_and_the_phones_own(rig: PortalRig, phone: Browser) -> None:
    path = f"/api/v1/offers/{OFFER}/claims"
    rig.server.answers[path] = (201, claim())
    phone.get("/")
    answer = phone.open("POST", path, json={"key": "k1", "screen": "OTHER"})
    assert (answer.status_code, answer.json["code"]) == (201, "ABCD")
    [(_, token, body)] = rig.server.sent
    assert body == ClaimRequest(screen="ABC234", presence=token_at(KEY, MONDAY_MS), key="k1")
    cookie = phone._client.get_cookie(COOKIE, domain="10.42.0.1")
    assert cookie is not None
    assert token == cookie.value


def test_a_plain_form_is_led_to_its_coupon(rig: PortalRig, phone: Browser) -> None:
    path = f"/api/v1/offers/{OFFER}/claims"
    rig.server.answers[path] = (200, claim())
    phone.get("/")
    phone._headers["Accept"] = "text/html"
    answer = phone.post(path, key="k1")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/w/link")


def test_without_internet_a_claim_says_so_and_can_be_repeated(rig: PortalRig, phone: Browser) -> None:
    rig.server.answers[f"/api/v1/offers/{OFFER}/claims"] = no_internet()
    answer = phone.open("POST", f"/api/v1/offers/{OFFER}/claims", json={})
    assert (answer.status_code, answer.json["error"]["code"]) == (503, "no_internet")
    assert answer.headers["Retry-After"]


def test_the_servers_refusal_reaches_the_phone(rig: PortalRig, phone: Browser) -> None:
    body = ErrorBody(code="offer_sold_out", message="The last one has just gone.")
    rig.server.answers[f"/api/v1/offers/{OFFER}/claims"] = PortalError(409, body)
    answer = phone.open("POST", f"/api/v1/offers/{OFFER}/claims", json={})
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "offer_sold_out")


def test_stock_is_the_servers(rig: PortalRig, phone: Browser) -> None:
    rig.server.answers[f"/api/v1/offers/{OFFER}/stock"] = (200, Stock(offer=OFFER, left=3, standing=OfferStanding.OPEN))
    assert phone.get(f"/api/v1/offers/{OFFER}/stock").json["left"] == 3


def test_a_reported_fault_is_the_servers(rig: PortalRig, phone: Browser) -> None:
    path = "/api/v1/screens/ABC234/faults"
    rig.server.answers[path] = (201, Message())
    assert phone.open("POST", path, json={"fault": "black"}).status_code == 201
    assert [body for _, _, body in rig.server.sent] == [FaultReport(fault=SeenFault.BLACK)]
    assert phone.open("POST", "/api/v1/screens/OTHER2/faults", json={"fault": "black"}).status_code == 404
    assert phone.open("POST", path, json={"fault": "no such"}).status_code == 400


def test_a_fault_that_is_reported_without_an_uplink_is_delivered_once_when_it_is_back(
    rig: PortalRig, phone: Browser
) -> None:
    path = "/api/v1/screens/ABC234/faults"
    rig.server.answers[path] = no_internet()
    for fault in ("frozen", "black"):
        assert phone.open("POST", path, json={"fault": fault, "seen_ms": 1}).status_code == 201
    rig.portal.faults.deliver(rig.server)
    assert len(rig.portal.faults.waiting()) == 1
    rig.server.answers[path] = (201, Message())
    rig.server.sent.clear()
    for _ in range(2):
        rig.portal.faults.deliver(rig.server)
    ((_, reporter, report),) = rig.server.sent
    assert isinstance(report, FaultReport)
    assert report.fault == SeenFault.BLACK
    assert MONDAY_MS <= (report.seen_ms or 0) <= rig.portal.player.now_ms()
    assert is_token(reporter)


def test_with_a_full_disk_the_phone_reads_that_it_can_try_again(rig: PortalRig, phone: Browser) -> None:
    path = "/api/v1/screens/ABC234/faults"
    rig.server.answers[path] = no_internet()
    rig.portal.faults._file.mkdir()
    assert phone.open("POST", path, json={"fault": "black"}).json["error"]["code"] == "no_internet"


def test_the_token_that_takes_coupons_along_is_the_servers(rig: PortalRig, phone: Browser) -> None:
    rig.server.answers["/api/v1/wallet/handover"] = (201, Handover(token="h"))
    assert phone.open("POST", "/api/v1/wallet/handover", json={}).json == {"token": "h"}
    rig.server.answers["/api/v1/wallet/handover"] = no_internet()
    assert phone.open("POST", "/api/v1/wallet/handover", json={}).status_code == 503


@pytest.mark.parametrize("offer", ["%2e%2e", "a%00b", "x" * 65, "a%0d%0aX: y"])
def test_an_impossible_offer_id_is_not_sent_on(rig: PortalRig, phone: Browser, offer: str) -> None:
    assert phone.open("POST", f"/api/v1/offers/{offer}/claims", json={}).status_code == 404
    assert rig.server.sent == []


# --- faults


@pytest.mark.parametrize("body", [b"\0", b'{"key": "\\ud800"}', b"[" * 5000, b'{"key": {}}', b"null", b"\xff"])
def test_a_claim_that_cannot_be_read_is_refused(rig: PortalRig, phone: Browser, body: bytes) -> None:
    rig.server.answers[f"/api/v1/offers/{OFFER}/claims"] = (201, claim())
    answer = phone.open("POST", f"/api/v1/offers/{OFFER}/claims", data=body, content_type="application/json")
    assert answer.status_code in (201, 400)


def test_a_large_body_is_refused(phone: Browser) -> None:
    path = f"/api/v1/offers/{OFFER}/claims"
    assert phone.open("POST", path, data=b"x" * 20_000, content_type="application/json").status_code == 413


def test_a_phone_that_taps_without_end_waits_and_no_other_does(rig: PortalRig, phone: Browser) -> None:
    answers = [phone.post("/join") for _ in range(30)]
    assert answers[0].status_code == 303
    assert answers[-1].status_code == 429
    assert answers[-1].headers["Retry-After"]
    assert Browser(rig.app, OTHER).post("/join").status_code == 503
    rig.kernel.now_s += 120
    assert phone.post("/join").status_code == 303


def test_nothing_that_a_phone_does_is_logged(rig: PortalRig, phone: Browser, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    Browser(rig.app, host="secret.example.com").get("/secret?secret")
    phone.get("/s/ABC234?p=secret")
    phone.post("/join")
    assert "secret" not in caplog.text
    assert PHONE not in caplog.text


def test_every_word_of_the_pages_is_in_both_languages() -> None:
    words = json.loads(WORDS.read_text(encoding="utf-8"))
    assert words["en"].keys() == words["zh"].keys()
