"""A phone at the hotspot: lease, probe, portal, one tap, coupons without an uplink, and the WiFi that goes away.

The server, the box's four processes, dnsmasq, the firewall and Chromium are the real ones, in network namespaces.
"""

from __future__ import annotations

import json
import re
import signal
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from PIL import ImageColor
from playwright.sync_api import Browser, Page, expect
from sqlmodel import col, func, select

from media.games.faces import face_of
from media.games.phases import phases_of
from media.phone.identity import COOKIE
from media.phone.tokens import new_token
from media.wire.games import GameKind, GameRules, Phrase, PrizeFor
from media.wire.hotspot import PlannedHotspot, PlanReport, planned_hotspot
from media.wire.timeline import GameCard, Item, OfferCard, PhoneItem, ScreenSettings
from player.hotspot.plan import HotspotPlan
from player.hotspot.unit import PLAN_SOCKET
from player.portal.certificates.own_certificate import CERTIFICATE
from server.coupons.codes.derive import coupon_keys
from server.coupons.codes.read import read_shown
from server.coupons.models import LeasedClaim, LeasedState, Offer
from server.coupons.redeem import AlreadyRedeemed, redeem_claim
from server.coupons.tills import Till
from server.creatives.games import GameDesign
from server.db import from_ms, reading, transaction, utc_now
from server.games.models import GameRound
from server.screens.hotspots import hotspot_of
from server.screens.models import Player
from tests.factories import make_creative, make_merchant, make_offer
from tests.rig.hotspot_box import PATIENCE_S, USERS, as_user, users_here, write_certificate
from tests.rig.hotspot_lab import INTERNET4, Phone, why_no_lab
from tests.rig.hotspot_stand import LAP, PUBLIC, RESOLVER, SCREEN_SIZE, SERVER, HotspotStand, hotspot_stand
from tests.rig.phones.browser import chromium, cookieless_page
from tests.rig.phones.phone import LAP_MS, wait_for_socket, wait_until_shown
from tests.rig.phones.phone_stand import lay
from tests.rig.players.xgrab import grab_picture
from tests.rig.servers.processes import eventually

WHY_NOT = why_no_lab()
pytestmark = [pytest.mark.journey, pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT), pytest.mark.timeout(300)]

NAME = "abcdef.box.example.org"
PLAN = HotspotPlan(ssid="Lobby", country="DE", portal_name=NAME)
PATIENCE_MS = PATIENCE_S * 1000
NO_INTERNET = "There is no internet here"
CLAIM, OPEN_COUPON = "Get this coupon", "Show my coupon"  # the phone page's words
MOST_CLAIMS = 10  # more than a lease has for an offer that is new


@pytest.fixture(scope="module")
def stand() -> Iterator[HotspotStand]:
    with hotspot_stand(PLAN, poll_s=1) as stand:
        write_certificate(stand.lab.folder, NAME)
        stand.start_box()
        stand.wait_until_cached()
        yield stand


@pytest.fixture
def phone(stand: HotspotStand) -> Iterator[Phone]:
    """A phone on the radio without a lease; afterwards its place is free again."""
    phone = stand.lab.phone(address=False)
    yield phone
    assert stand.box.tap(phone, "leave") in (0, 303)


def headers_of(phone: Phone, url: str, *more: str) -> tuple[int, str]:
    """Status of an answer, and where it leads."""
    status, head = phone.fetch(url, "-i", *more, within_s=PATIENCE_S)
    return status, "".join(re.findall(r"^location: (\S+)", head, re.IGNORECASE | re.MULTILINE))


def claim_as(stand: HotspotStand, phone: Phone, token: str, key: str = "k") -> tuple[int, dict[str, Any]]:
    """A phone with this token claims the coupon at the box."""
    sent = ("-H", "Content-Type: application/json", "-H", "Accept: application/json", "-H", f"Idempotency-Key: {key}")
    url = f"{stand.box.url}/api/v1/offers/{stand.offer.id}/claims"
    cookie = ("-b", f"{COOKIE}={token}", "-d", "{}")
    status, body = phone.fetch(url, *sent, *cookie, within_s=PATIENCE_S)
    return status, json.loads(body)


def redeem_at_till(stand: HotspotStand, qr: str) -> None:
    """At a till that reaches the server."""
    keys, now = coupon_keys(stand.house.settings.secret_key), utc_now()
    with transaction(stand.house.engine) as db:
        redeem_claim(db, read_shown(qr), till=Till(None), keys=keys, now=now)


def stock_of(stand: HotspotStand) -> int:
    """Pieces that no phone has: in the stock, and unused at the box."""
    leased = (col(LeasedClaim.offer_id) == stand.offer.id, col(LeasedClaim.state) == LeasedState.LEASED)
    with reading(stand.house.engine) as db:
        here = db.exec(select(func.count()).select_from(LeasedClaim).where(*leased)).one()
        return db.get_one(Offer, stand.offer.id).stock_left + here


# --- joining


def test_a_phone_joins_with_one_tap(stand: HotspotStand, phone: Phone) -> None:
    lease = phone.lease(stand.lab.folder)
    assert bytes.fromhex(lease["opt114"]).decode() == f"https://{NAME}/captive-portal/api"
    status, portal = headers_of(phone, f"http://{INTERNET4}/generate_204")
    assert (status, portal) == (302, f"http://{lease['router']}/")
    assert "Go online" in stand.box.page(phone)
    assert headers_of(phone, f"{portal}join", "-d", "") == (303, stand.mirror)
    assert phone.probe() == 204
    assert "You are online" in stand.box.page(phone)
    assert stand.box.tap(phone, "leave") == 303
    assert phone.probe() == 302


def test_the_mirror_and_all_its_media_are_at_the_box_before_a_phone_joins(stand: HotspotStand, phone: Phone) -> None:
    phone.lease(stand.lab.folder)
    assert phone.fetch(f"{stand.box.url}{stand.mirror}", within_s=PATIENCE_S)[0] == 200
    for ref in stand.phone_files():
        assert phone.fetch(f"{stand.box.url}/media/{ref.digest}", "-o", "/dev/null")[0] == 200
    assert phone.probe() == 302


def test_the_api_is_reached_by_its_name_before_a_visit_and_during_it(stand: HotspotStand, phone: Phone) -> None:
    lease = phone.lease(stand.lab.folder)
    assert phone.resolve(NAME, lease["dns"]) == lease["router"]
    trusting = ("--cacert", str(stand.lab.folder / CERTIFICATE), "--resolve", f"{NAME}:443:{lease['router']}")

    def api() -> dict[str, object]:
        url = bytes.fromhex(lease["opt114"]).decode()
        answer: dict[str, object] = json.loads(phone.fetch(url, *trusting, within_s=PATIENCE_S)[1])
        return answer

    assert api()["captive"] is True
    assert stand.box.tap(phone, "join") == 303
    during = api()
    assert (during["captive"], during["can-extend-session"]) == (False, True)
    assert phone.fetch(str(during["venue-info-url"]), *trusting, within_s=PATIENCE_S)[0] == 303
    assert stand.box.tap(phone, "leave") == 303
    assert api()["captive"] is True


def test_a_phone_that_comes_back_under_another_address_goes_on_without_a_tap(stand: HotspotStand, phone: Phone) -> None:
    stand.box.join(phone)
    network = PLAN.address.network.network_address
    phone.ip("addr", "flush", "dev", "wifi", "scope", "global")
    phone.ip("addr", "add", f"{network + 200}/24", "dev", "wifi")
    phone.ip("route", "replace", "default", "via", PLAN.address.ip)
    assert "You are online" in stand.box.page(phone)
    assert phone.probe() == 204


# --- killed processes: what a phone that has joined, and one that has not, see meanwhile and afterwards


@pytest.fixture
def newcomer(stand: HotspotStand) -> Phone:
    """A phone that has a lease and has not tapped."""
    newcomer = stand.lab.phone(address=False)
    newcomer.lease(stand.lab.folder)
    return newcomer


def test_while_the_unit_is_away_a_visit_goes_on_and_a_newcomer_sees_the_screen_and_reads_to_come_back(
    stand: HotspotStand, phone: Phone, newcomer: Phone
) -> None:
    stand.box.join(phone)
    stand.box.kill("hotspot")
    assert (phone.probe(), newcomer.probe()) == (204, 302)
    assert "just starting" in stand.box.page(newcomer)
    assert shows_mirror(stand, newcomer)
    stand.box.start("hotspot")
    both_are_online(stand, phone, newcomer)


def test_while_the_portal_is_away_a_visit_goes_on_and_a_newcomer_is_refused_at_once(
    stand: HotspotStand, phone: Phone, newcomer: Phone
) -> None:
    stand.box.join(phone)
    stand.box.kill("portal")
    assert phone.probe() == 204
    assert not newcomer.reaches(INTERNET4, 80)
    stand.box.start("portal")
    both_are_online(stand, phone, newcomer)


def test_while_the_player_is_away_a_newcomer_goes_online_and_reads_that_the_screen_is_starting(
    stand: HotspotStand, phone: Phone, newcomer: Phone
) -> None:
    stand.box.join(phone)
    stand.box.kill("player")
    assert "Go online" in stand.box.page(newcomer)
    assert headers_of(newcomer, f"{stand.box.url}/join", "-d", "") == (303, "/")
    assert (phone.probe(), newcomer.probe()) == (204, 204)
    status, page = phone.fetch(f"{stand.box.url}{stand.mirror}", within_s=PATIENCE_S)
    assert (status, "starting" in page) == (503, True)
    stand.box.start("player")
    eventually(lambda: shows_mirror(stand, phone), within_s=PATIENCE_S, what="the mirror")
    both_are_online(stand, phone, newcomer)


def test_a_name_server_that_was_killed_takes_no_visit_and_no_lease_with_it(
    stand: HotspotStand, phone: Phone, newcomer: Phone
) -> None:
    stand.box.join(phone)
    stand.box.kill("dnsmasq")
    assert (phone.probe(), newcomer.probe()) == (204, 302)
    stand.box.start("dnsmasq")
    both_are_online(stand, phone, newcomer)


def both_are_online(stand: HotspotStand, phone: Phone, newcomer: Phone) -> None:
    """Of which the newcomer leaves again."""
    assert phone.probe() == 204
    assert "You are online" in stand.box.page(phone)
    assert stand.box.tap(newcomer, "join") == 303
    assert newcomer.probe() == 204
    assert stand.box.tap(newcomer, "leave") == 303


def shows_mirror(stand: HotspotStand, phone: Phone) -> bool:
    return phone.fetch(f"{stand.box.url}{stand.mirror}", within_s=PATIENCE_S)[0] == 200


# --- another plan

BY_THE_PORTAL = """
import sys
from pathlib import Path
from player.hotspot.client import HotspotClient
from player.hotspot.messages import SetPlan
from player.line_socket import NoAnswer
try:
    print(HotspotClient(Path(sys.argv[1])).send(SetPlan(planned=None)).kind)
except NoAnswer:
    print("no answer")
"""


def publish_plan(stand: HotspotStand, version: int, **fields: Any) -> PlannedHotspot:
    """In the next version of the screen's timeline."""
    plan = planned_hotspot({"ssid": "Lobby", "country": "DE", **fields})
    page = f"{PUBLIC}/s/{stand.screen.code}"
    settings = ScreenSettings(page_url=page, presence_key=stand.screen.presence_key, hotspot=plan)
    lay(stand.house, stand.screen, dict(stand.items), lap=LAP, version=version, settings=settings)
    return plan


def reported_plan(stand: HotspotStand) -> PlanReport | None:
    with reading(stand.house.engine) as db:
        player = db.exec(select(Player).where(Player.screen_id == stand.screen.id)).one()
    hotspot = hotspot_of(player.status)
    return hotspot.plan if hotspot else None


def test_the_venues_plan_is_in_force_for_phones_that_are_online_and_a_bad_one_is_reported(
    stand: HotspotStand, phone: Phone
) -> None:
    stand.box.join(phone)
    newcomer = stand.lab.phone(address=False)
    newcomer.lease(stand.lab.folder)
    good = publish_plan(stand, 2, visit_minutes=17, visit_megabytes=23, phone_kbit=2000, most_phones=6)
    eventually(
        lambda: reported_plan(stand) == PlanReport(running=good.digest), within_s=PATIENCE_S, what="the plan in force"
    )
    assert phone.probe() == 204
    assert "17 minutes, 23 MB" in stand.box.page(newcomer)
    assert "max_num_sta=6" in (stand.box.folder / "hotspot" / "hostapd.conf").read_text()
    bad = publish_plan(stand, 3, most_phones=200)
    eventually(lambda: (reported_plan(stand) or PlanReport()).refused, within_s=PATIENCE_S, what="the refusal")
    report = reported_plan(stand)
    assert report is not None
    assert (report.running, report.refused) == (good.digest, bad.digest)
    assert "use a shorter prefix" in report.why
    assert (phone.probe(), newcomer.probe()) == (204, 302)
    assert "17 minutes, 23 MB" in stand.box.page(newcomer)


@pytest.mark.skipif(bool(WHY_NOT) or users_here() is not USERS, reason="other users cannot run this Python")
def test_the_portal_which_phones_reach_cannot_set_a_plan(stand: HotspotStand) -> None:
    command = [
        *as_user("portal", stand.box.users),
        sys.executable,
        "-c",
        BY_THE_PORTAL,
        stand.box.folder / "hotspot" / PLAN_SOCKET,
    ]
    assert stand.lab.box.run(command).strip() == "no answer"


# --- coupons without an uplink


def test_without_an_uplink_phones_join_and_claim_until_the_lease_is_used_up(stand: HotspotStand, phone: Phone) -> None:
    """A claim is redeemed before it is reported, outlives the player, and is reported once."""
    pieces, token = stock_of(stand), new_token()
    phone.lease(stand.lab.folder)
    stand.lab.cut_uplink()
    try:
        eventually(lambda: NO_INTERNET in stand.box.page(phone), within_s=PATIENCE_S, what="the box to notice")
        assert stand.box.tap(phone, "join") == 303
        assert shows_mirror(stand, phone)
        status, claim = claim_as(stand, phone, token)
        assert (status, claim["state"]) == (201, "ready")
        redeem_at_till(stand, claim["qr"])
        with pytest.raises(AlreadyRedeemed):
            redeem_at_till(stand, claim["qr"])
        stand.box.kill("player")
        stand.box.start("player")
        assert claim["code"] in stand.box.page(phone, f"/w/{claim['wallet_url'].rpartition('/')[2]}")
        assert claim_as(stand, phone, token)[1]["claim"] == claim["claim"]
        more = claims_until_refused(stand)
    finally:
        stand.lab.mend_uplink()
    eventually(lambda: coupons_at_server(stand, phone, token), within_s=PATIENCE_S, what="the report")
    [coupon] = coupons_at_server(stand, phone, token)
    assert (coupon["claim"], coupon["state"]) == (claim["claim"], "redeemed")
    assert stock_of(stand) == pieces - 1 - more
    eventually(lambda: NO_INTERNET not in stand.box.page(phone), within_s=PATIENCE_S, what="the box to notice")


def claims_until_refused(stand: HotspotStand) -> int:
    """How many other phones get a claim before one reads that the lease is used up."""
    for claims in range(MOST_CLAIMS):
        other = stand.lab.phone(address=False)
        other.lease(stand.lab.folder)
        status, answer = claim_as(stand, other, new_token())
        if status != 201:
            assert (status, answer["error"]["code"]) == (409, "lease_used_up")
            return claims
    raise AssertionError("the lease never ended")


def coupons_at_server(stand: HotspotStand, phone: Phone, token: str) -> list[dict[str, Any]]:
    accept = ("-H", "Accept: application/json", "-b", f"{COOKIE}={token}")
    body = phone.fetch(f"http://{INTERNET4}/api/v1/wallet", *accept, within_s=PATIENCE_S)[1]
    coupons: list[dict[str, Any]] = json.loads(body)["claims"] if body.startswith("{") else []
    return coupons


def test_no_log_names_a_phone_or_what_it_opened(stand: HotspotStand, phone: Phone) -> None:
    stand.box.join(phone)
    logs = "".join((stand.lab.folder / f"{name}.log").read_text() for name in ("hotspot", "portal", "player"))
    assert not re.search(rf"{phone.mac}|generate_204|10\.42\.0\.(?!1\b)\d+", logs)


# --- the WiFi goes away


@pytest.fixture(scope="module")
def walker(stand: HotspotStand) -> Phone:
    """A phone with mobile data, which is carried out of the radio's reach."""
    walker = stand.lab.phone(address=False)
    stand.lab.give_mobile_data(walker)
    return walker


@pytest.fixture(scope="module")
def browser(stand: HotspotStand, walker: Phone) -> Iterator[Browser]:
    """Chromium on that phone."""
    with chromium(RESOLVER, executable=walker.program(stand.lab.folder, "chromium")) as browser:
        yield browser


@pytest.fixture
def page(stand: HotspotStand, walker: Phone, browser: Browser) -> Iterator[Page]:
    """The mirror at the box, on a phone that has joined."""
    walker.return_to_wifi(stand.lab.folder)
    phone = browser.new_context(viewport={"width": 390, "height": 780}, locale="en")
    page = phone.new_page()
    page.goto(f"{stand.box.url}/")
    page.get_by_role("button", name="Go online").click()
    page.wait_for_url(f"**{stand.mirror}")
    yield page
    phone.close()
    walker.return_to_wifi(stand.lab.folder)
    assert stand.box.tap(walker, "leave") == 303


def claims_here(page: Page) -> list[str]:
    """The claims of this browser's identity at the address where its page is."""
    answer: dict[str, Any] = page.evaluate("async () => (await fetch('/api/v1/wallet')).json()")
    return [claim["claim"] for claim in answer["claims"]]


def goes_on_at_server(stand: HotspotStand, page: Page) -> None:
    page.wait_for_url(re.compile(rf"^{re.escape(PUBLIC + stand.mirror)}"), timeout=PATIENCE_MS)
    wait_for_socket(page)


def claim_on_page(page: Page) -> None:
    """Waits for the coupon on the screen, and taps."""
    page.get_by_role("button", name=CLAIM).first.click(timeout=LAP_MS)


def test_a_page_goes_on_in_the_middle_of_a_film_with_its_coupons(
    stand: HotspotStand, walker: Phone, page: Page
) -> None:
    claim_on_page(page)
    expect(page.get_by_role("link", name=OPEN_COUPON).first).to_be_visible()
    [claim] = claims_here(page)
    wait_until_shown(page, "film")
    walker.leave_wifi()
    goes_on_at_server(stand, page)
    expect(page.get_by_text("Your coupons are here too: 1.")).to_be_visible()
    assert claims_here(page) == [claim]
    wait_until_shown(page, "film2")


def test_a_claim_under_way_when_the_wifi_goes_is_made_once_and_comes_along(
    stand: HotspotStand, walker: Phone, page: Page
) -> None:
    pieces = stock_of(stand)
    wait_for_socket(page)
    portal = stand.box.processes["portal"]
    portal.kill(signal.SIGSTOP)  # it has received the request, and not answered it
    try:
        claim_on_page(page)
        walker.leave_wifi()
    finally:
        portal.kill(signal.SIGCONT)
    goes_on_at_server(stand, page)
    eventually(lambda: claims_here(page), within_s=PATIENCE_S, what="the claim")
    assert len(claims_here(page)) == 1
    assert stock_of(stand) == pieces - 1


def test_a_page_goes_on_when_the_wifi_goes_right_after_the_tap(stand: HotspotStand, walker: Phone, page: Page) -> None:
    walker.leave_wifi()
    goes_on_at_server(stand, page)
    wait_until_shown(page, "film")


def test_a_captive_sheet_goes_on_and_the_link_of_its_coupon_outlives_it(
    stand: HotspotStand, walker: Phone, browser: Browser
) -> None:
    """The sheet stores no cookie, and nothing else."""
    walker.return_to_wifi(stand.lab.folder)
    executable = walker.program(stand.lab.folder, "chromium")
    with cookieless_page(stand.lab.folder / "sheet", RESOLVER, executable=executable) as sheet:
        sheet.goto(f"{stand.box.url}/")
        sheet.get_by_role("button", name="Go online").click()
        sheet.wait_for_url(f"**{stand.mirror}*")
        claim_on_page(sheet)
        link = sheet.get_by_role("link", name=OPEN_COUPON).first.get_attribute("href") or ""
        walker.leave_wifi()
        goes_on_at_server(stand, sheet)
        expect(sheet.get_by_text("Your coupons are here too: 1.")).to_be_visible()
        sheet.get_by_role("link", name="My coupons").click()
        sheet.get_by_text("Ready to use").wait_for()
    page = browser.new_page()
    page.goto(f"{PUBLIC}/w/{link.partition('?')[0].rpartition('/')[2]}")
    expect(page.get_by_text(stand.offer.title).first).to_be_visible()
    page.close()
    walker.return_to_wifi(stand.lab.folder)
    assert stand.box.tap(walker, "leave") == 303


# --- a game without an uplink

GAME_MS = 20_000
PLAYERS = ("fast", "slow")


def test_two_phones_race_without_an_uplink_and_the_winners_coupon_is_of_the_lease(stand: HotspotStand) -> None:
    """The portal is killed in the middle. It goes on, or the race is drawn if it was away too long."""
    prize = publish_game(stand, version=10)
    eventually(lambda: leased_pieces(stand, prize), within_s=PATIENCE_S, what="the prize in the lease")
    phones = {name: stand.lab.phone(address=False) for name in PLAYERS}
    tokens = {name: new_token() for name in PLAYERS}
    for phone in phones.values():
        phone.lease(stand.lab.folder)
    stand.lab.cut_uplink()
    try:
        seats = eventually(lambda: join_both(stand, phones, tokens), within_s=PATIENCE_S, what="seats", every_s=0.5)
        spot = seats["fast"]["spot"]
        assert [seats[name]["seat"] for name in PLAYERS] == [0, 1]
        eventually(lambda: shows_seat(stand, 1), within_s=PATIENCE_S, what="both animals on the screen", every_s=0.2)
        stand.box.kill("portal")
        stand.box.start("portal")
        ended = eventually_result(stand, phones, tokens, seats)
    finally:
        stand.lab.mend_uplink()
    [winner] = ended["winners"]
    assert ended["cut_short"] or (winner == 0 and ended["places"][0]["points"] > ended["places"][1]["points"])
    name = PLAYERS[winner]
    assert stand.box.tap(phones[name], "join") == 303
    [coupon] = eventually(
        lambda: coupons_at_server(stand, phones[name], tokens[name]), within_s=PATIENCE_S, what="the coupon"
    )
    assert coupon["offer"] == prize
    eventually(lambda: rounds_at_server(stand, spot), within_s=PATIENCE_S, what="the round")
    [round_] = rounds_at_server(stand, spot)
    assert (round_.joined, round_.prizes, (round_.result or {})["winners"]) == (2, 1, [winner])
    sent = ("-H", "Content-Type: application/json", "-d", "{}")
    assert "game_at_box" in phones[name].fetch(f"{SERVER}{game_path(stand, spot)}/seat", *sent, within_s=PATIENCE_S)[1]
    assert stand.box.tap(phones[name], "leave") == 303


def publish_game(stand: HotspotStand, *, version: int) -> str:
    """A race that begins every twenty seconds, refereed by the box; returns the offer that is won."""
    phases = phases_of(0, GAME_MS)
    rules = GameRules(kind=GameKind.RACE, prize_for=PrizeFor.FIRST, prizes=1)
    call = Phrase(en="Run for noodles")
    with transaction(stand.house.engine) as db:
        offer = make_offer(db, merchant=make_merchant(db), title="Noodles", presence=True)
        design = GameDesign(call=call, prize_for=rules.prize_for, prizes=rules.prizes).model_dump(mode="json")
        creative = make_creative(db, kind="game", length_ms=GAME_MS, game=design, offer_id=offer.id)
        prize = OfferCard(id=offer.id, merchant="Noodle Bar", title=offer.title, terms="", presence=True)
    card = GameCard(
        kind=rules.kind, call=call, play_after_ms=phases.play_ms, result_after_ms=phases.result_ms,
        prize_for=rules.prize_for, prizes=rules.prizes, prize=prize,
    )  # fmt: skip
    poster = stand.items["notice"].screen
    game = Item(
        id=creative.id, kind="game", title="Run", length_ms=GAME_MS, screen=poster,
        phone=PhoneItem(image=poster, game=card),
    )  # fmt: skip
    settings = ScreenSettings(
        page_url=f"{PUBLIC}{stand.mirror}", presence_key=stand.screen.presence_key, box_referees=True
    )
    items = {**stand.items, game.id: game}
    lay(stand.house, stand.screen, items, lap=(game.id,), version=version, settings=settings, rules={game.id: rules})
    return offer.id


def leased_pieces(stand: HotspotStand, offer: str) -> int:
    """How many claims of an offer the box has."""
    file = stand.box.folder / "player" / "leases.sqlite3"
    with closing(sqlite3.connect(f"file:{file}?immutable=1", uri=True)) as db:
        return int(db.execute("SELECT count(*) FROM claim WHERE offer = ?", (offer,)).fetchone()[0])


def game_path(stand: HotspotStand, spot: int) -> str:
    return f"/api/v1/screens/{stand.screen.code}/games/{spot}"


def post_game(stand: HotspotStand, phone: Phone, token: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """The portal's answer; empty if it refuses, or is away."""
    sent = ("-H", "Content-Type: application/json", "-b", f"{COOKIE}={token}", "-d", json.dumps(body))
    status, answer = phone.fetch(stand.box.url + path, *sent)
    found: dict[str, Any] = json.loads(answer) if status in (200, 201) else {}
    return found


def join_both(stand: HotspotStand, phones: dict[str, Phone], tokens: dict[str, str]) -> dict[str, Any]:
    """The seats of both phones in a game that has just begun; none in another one."""
    path = f"/api/v1/screens/{stand.screen.code}/stage"
    stage = json.loads(phones["fast"].fetch(stand.box.url + path, within_s=PATIENCE_S)[1])
    spot = next(spot["starts_ms"] for spot in stage["spots"] if spot["ends_ms"] > stage["now_ms"])
    if stage["now_ms"] - spot > GAME_MS // 4:
        return {}
    path = f"{game_path(stand, spot)}/seat"
    seats = {name: post_game(stand, phones[name], tokens[name], path, {}) for name in PLAYERS}
    return {name: seat | {"spot": spot} for name, seat in seats.items()} if all(seats.values()) else {}


def eventually_result(
    stand: HotspotStand, phones: dict[str, Phone], tokens: dict[str, str], seats: dict[str, Any]
) -> dict[str, Any]:
    """Both phones tap until the portal says how the race ended; the slow one taps half as often."""
    taps = dict.fromkeys(PLAYERS, 0)

    def result() -> dict[str, Any]:
        states = []
        for name, more in (("fast", 2), ("slow", 1)):
            taps[name] += more
            body = {"spot": seats[name]["spot"], "ticket": seats[name]["ticket"], "taps": taps[name]}
            path = f"{game_path(stand, body['spot'])}/inputs"
            states.append(post_game(stand, phones[name], tokens[name], path, body))
        return next((state["result"] for state in states if state.get("result")), {})

    return dict(eventually(result, within_s=PATIENCE_S, what="the result", every_s=0.2))


def shows_seat(stand: HotspotStand, seat: int) -> bool:
    """Whether the colour of this seat's disc is on the screen."""
    picture = grab_picture(stand.box.more["DISPLAY"], SCREEN_SIZE).convert("RGB")
    seen = {rgb: number for number, rgb in picture.getcolors(1 << 24) or []}
    return seen.get(ImageColor.getrgb(face_of(seat).colour), 0) > 50


def rounds_at_server(stand: HotspotStand, spot: int) -> list[GameRound]:
    with reading(stand.house.engine) as db:
        return list(db.exec(select(GameRound).where(GameRound.starts_at == from_ms(spot))))
