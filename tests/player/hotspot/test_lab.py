"""The hotspot's firewall in network namespaces: who reaches what, for how long, and how much.

Covers: player.hotspot.arrivals, player.hotspot.enforcer, player.hotspot.firewall, player.hotspot.visits
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from player.hotspot.arrivals import Arrival, ArrivalSocket, Change
from player.hotspot.enforcer import Enforcer, HotspotFull
from player.hotspot.messages import Ending
from player.hotspot.plan import HotspotPlan
from player.hotspot.visits import commands_to_grant
from tests.rig.hotspot_lab import BUILDING, INTERNET4, INTERNET6, Lab, Phone, hotspot_lab, why_no_lab
from tests.rig.servers.processes import eventually

pytestmark = [pytest.mark.journey, pytest.mark.skipif(bool(why_no_lab()), reason=why_no_lab())]

PLAN = HotspotPlan(ssid="Lobby", country="DE", visit_megabytes=4, most_phones=3, phone_kbit=20_000, all_kbit=40_000)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with hotspot_lab(tmp_path_factory.mktemp("lab"), PLAN) as lab:
        lab.serve("portal", lab.box, PLAN.portal_port)
        lab.serve("internet", lab.internet, 80)
        lab.serve("web", lab.internet, 443)
        lab.serve("ssh", lab.box, 22)
        yield lab


@pytest.fixture
def enforcer(lab: Lab, tmp_path: Path) -> Iterator[Enforcer]:
    enforcer = Enforcer(PLAN, tmp_path / "visits", time.monotonic, lab.run_on_box)
    enforcer.start()
    yield enforcer
    for visit in enforcer.table().visits:
        enforcer.revoke(visit.mac)


@pytest.fixture(scope="module")
def phone(lab: Lab) -> Phone:
    return listening(lab, lab.phone())


@pytest.fixture(scope="module")
def other(lab: Lab) -> Phone:
    return lab.phone()


def listening(lab: Lab, phone: Phone) -> Phone:
    """This phone, once the servers answer."""
    eventually(lambda: lab.internet.run(["ss", "-Hltn", "sport = 443"]) != "", within_s=20, what="the servers")
    return phone


def lease(phone: Phone, number: int = 10) -> IPv4Address:
    return IPv4Address(int(PLAN.address.network.network_address) + number)


@pytest.mark.parametrize("host", [INTERNET4, f"[{INTERNET6}]"])
def test_a_probe_is_redirected_until_the_phone_joins_and_again_after_it_has_left(
    enforcer: Enforcer, phone: Phone, other: Phone, host: str
) -> None:
    assert (phone.probe(host), other.probe(host)) == (302, 302)
    enforcer.grant(phone.mac, lease(phone))
    assert (phone.probe(host), other.probe(host)) == (204, 302)
    assert enforcer.revoke(phone.mac)
    assert phone.probe(host) == 302


def test_before_joining_a_secure_page_is_refused_at_once(enforcer: Enforcer, phone: Phone) -> None:
    assert not phone.reaches(INTERNET4, 443)
    assert not phone.reaches(INTERNET6, 443)
    enforcer.grant(phone.mac, lease(phone))
    assert phone.reaches(INTERNET4, 443)
    assert phone.reaches(INTERNET6, 443)


@pytest.mark.parametrize("joined", [False, True])
def test_a_phone_reaches_neither_the_building_nor_the_box_beyond_its_portal(
    enforcer: Enforcer, phone: Phone, other: Phone, joined: bool
) -> None:
    if joined:
        enforcer.grant(phone.mac, lease(phone))
    assert not phone.reaches(BUILDING, 443)
    assert not phone.reaches("192.168.7.2", 22)
    assert not phone.reaches(str(PLAN.address.ip), 22)
    assert phone.reaches(str(PLAN.address.ip), PLAN.portal_port)
    assert not phone.pings(str(lease(other, 11)))


def test_the_address_of_another_phone_lets_nobody_pass(enforcer: Enforcer, phone: Phone, other: Phone) -> None:
    enforcer.grant(phone.mac, lease(phone))
    phone.ip("link", "set", "wifi", "down")
    other.ip("addr", "add", f"{lease(phone)}/24", "dev", "wifi")
    try:
        stolen = ("--interface", str(lease(phone)))
        assert other.fetch(f"http://{INTERNET4}/generate_204", *stolen)[0] in (0, 302)
    finally:
        other.ip("addr", "del", f"{lease(phone)}/24", "dev", "wifi")
        phone.ip("link", "set", "wifi", "up")
        phone.ip("route", "replace", "default", "via", PLAN.address.ip)
        phone.ip("-6", "addr", "replace", f"{PLAN.address6.network.network_address + 10}/64", "dev", "wifi", "nodad")
        phone.ip("-6", "route", "replace", "default", "via", PLAN.address6.ip)


def test_a_running_download_ends_with_the_visit(lab: Lab, enforcer: Enforcer, phone: Phone) -> None:
    """The page fails at once, and not after the browser's patience."""
    visit = enforcer.grant(phone.mac, lease(phone))
    enforcer.revoke(phone.mac)
    lab.run_on_box(["nft", "-f", "-"], commands_to_grant(replace(visit, seconds_left=2)))
    status, body = phone.fetch(f"http://{INTERNET4}/slow/100000000", within_s=400)
    assert status == 200
    assert 0 < len(body) < PLAN.visit_bytes
    assert phone.probe() == 302


def test_a_visit_transfers_its_quota_and_no_more(enforcer: Enforcer, phone: Phone, other: Phone) -> None:
    enforcer.grant(phone.mac, lease(phone))
    enforcer.grant(other.mac, lease(other, 11))
    _, body = phone.fetch(f"http://{INTERNET4}/bytes/8000000", within_s=60)
    assert 0.93 * PLAN.visit_bytes <= len(body) <= 1.03 * PLAN.visit_bytes
    assert phone.probe() == 0
    assert other.probe() == 204
    assert enforcer.extend(phone.mac)
    assert phone.probe() == 204


def test_a_phone_that_has_used_its_quota_meets_the_portal_again(enforcer: Enforcer, phone: Phone) -> None:
    enforcer.grant(phone.mac, lease(phone))
    phone.fetch(f"http://{INTERNET4}/bytes/8000000", within_s=60)
    assert [(ended.visit.mac, ended.why) for ended in enforcer.step()] == [(phone.mac, Ending.BYTES)]
    assert phone.probe() == 302


def test_a_second_tap_changes_nothing(enforcer: Enforcer, phone: Phone) -> None:
    first = enforcer.grant(phone.mac, lease(phone))
    phone.fetch(f"http://{INTERNET4}/bytes/200000")
    again = enforcer.grant(phone.mac, lease(phone))
    assert (again.number, again.bytes_used > 200_000) == (first.number, True)
    assert again.seconds_left <= first.seconds_left
    assert len(enforcer.table().visits) == 1


def test_one_phone_too_many_is_refused(enforcer: Enforcer) -> None:
    for number in range(PLAN.most_phones):
        enforcer.grant(f"02:00:00:00:01:{number:02x}", IPv4Address(f"10.42.0.{100 + number}"))
    with pytest.raises(HotspotFull):
        enforcer.grant("02:00:00:00:01:ff", IPv4Address("10.42.0.200"))


@pytest.mark.parametrize("restart", ["of the enforcer", "of the box"])
def test_no_visit_is_lost_in_a_restart(lab: Lab, enforcer: Enforcer, phone: Phone, restart: str) -> None:
    enforcer.grant(phone.mac, lease(phone))
    phone.fetch(f"http://{INTERNET4}/bytes/300000")
    enforcer.step()
    before = enforcer.table().visits
    if restart == "of the box":
        lab.run_on_box(["nft", "flush", "ruleset"])
    again = Enforcer(PLAN, enforcer.file, time.monotonic, lab.run_on_box)
    again.start()
    [visit] = again.table().visits
    assert visit.number == before[0].number
    assert visit.bytes_used >= before[0].bytes_used > 300_000
    assert before[0].seconds_left - 10 <= visit.seconds_left <= before[0].seconds_left
    assert phone.probe() == 204


def test_a_visit_without_traffic_ends(lab: Lab, enforcer: Enforcer, phone: Phone) -> None:
    now = [0.0]
    enforcer.monotonic = lambda: now[0]
    enforcer.grant(phone.mac, lease(phone))
    now[0] = PLAN.idle_minutes * 60 - 1
    assert enforcer.step() == []
    phone.fetch(f"http://{INTERNET4}/bytes/1000")
    now[0] += 2
    assert enforcer.step() == []
    now[0] += PLAN.idle_minutes * 60
    assert [(ended.visit.mac, ended.why) for ended in enforcer.step()] == [(phone.mac, Ending.IDLE)]
    assert phone.probe() == 302


@pytest.mark.parametrize("most_phones", [1, 3, 6])
def test_another_plan_ends_no_visit_and_counts_on(
    enforcer: Enforcer, phone: Phone, other: Phone, most_phones: int
) -> None:
    """With fewer places, as many, and more; a phone that is online notices nothing."""
    enforcer.grant(other.mac, lease(other, 11))
    enforcer.grant(phone.mac, lease(phone))
    phone.fetch(f"http://{INTERNET4}/bytes/300000")
    [_, before] = enforcer.table().visits
    enforcer.change(PLAN.model_copy(update={"most_phones": most_phones, "visit_megabytes": 1, "phone_kbit": 10_000}))
    try:
        [_, after] = enforcer.table().visits
        assert (after.number, after.mac, after.ip4) == (before.number, before.mac, before.ip4)
        assert after.bytes_used >= before.bytes_used > 300_000
        assert before.seconds_left - 10 <= after.seconds_left <= before.seconds_left
        assert (phone.probe(), other.probe()) == (204, 204)
        assert len(phone.fetch(f"http://{INTERNET4}/bytes/900000")[1]) < 900_000, "the quota is the new plan's"
        assert enforcer.step()[0].why is Ending.BYTES
    finally:
        enforcer.change(PLAN)


def test_a_name_that_is_not_open_any_more_is_closed_at_once(lab: Lab, enforcer: Enforcer, phone: Phone) -> None:
    enforcer.change(PLAN.model_copy(update={"open_names": ("shop.example.com",)}))
    lab.run_on_box(["nft", "add", "element", "inet", "liftcast", "open4", f"{{ {INTERNET4} }}"])  # as dnsmasq does
    assert phone.reaches(INTERNET4, 443)
    enforcer.change(PLAN)
    assert not phone.reaches(INTERNET4, 443)


API = HotspotPlan(ssid="Lobby", country="DE", portal_name="abcdef.box.example.org")


@pytest.fixture
def leased(tmp_path: Path) -> Iterator[Lab]:
    """A hotspot with the DHCP and DNS server of its plan."""
    with hotspot_lab(tmp_path, API) as lab:
        Enforcer(API, tmp_path / "visits", time.monotonic, lab.run_on_box).start()
        lab.start_dnsmasq()
        yield lab


def test_a_phone_leases_an_address_and_learns_of_the_api_and_the_box_hears_of_it(leased: Lab) -> None:
    with closing(ArrivalSocket(leased.folder / "arrivals")) as arrivals:
        phone = leased.phone(address=False)
        given = phone.lease(leased.folder)
        [arrival] = arrivals.wait(30)
    assert arrival == Arrival(Change.JOINED, phone.mac, IPv4Address(given["ip"]), True)
    assert given["router"] == given["dns"] == str(API.address.ip)
    assert bytes.fromhex(given["opt114"]).decode() == "https://abcdef.box.example.org/captive-portal/api"


def test_the_box_answers_in_place_of_every_name_server_before_a_phone_joins(leased: Lab) -> None:
    phone = leased.phone()
    for server in (str(API.address.ip), "8.8.8.8", "203.0.113.77"):
        assert phone.resolve("abcdef.box.example.org", server) == str(API.address.ip)
