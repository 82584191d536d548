"""Files rendered from a plan, checked by the programs that read them."""

from __future__ import annotations

import shutil
import subprocess
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest

from player.hotspot.access_point import render_hostapd
from player.hotspot.addresses import render_dnsmasq
from player.hotspot.firewall import render_ruleset
from player.hotspot.plan import HotspotPlan
from player.hotspot.shaping import class_of, render_shaping
from player.hotspot.visits import Visit, commands_to_grant, free_number

PLAN = HotspotPlan(ssid="大堂 WiFi", country="CN")
PLANS = [
    PLAN,
    PLAN.model_copy(
        update={"portal_name": "abcdef.box.example.org", "open_names": ("shop.example.com", "pay.example.org")}
    ),
    HotspotPlan(ssid="x", country="US", channel=36, most_phones=250, address="10.42.0.1/20", address6=None),
    HotspotPlan(ssid="x", country="US", most_phones=1, phone_kbit=64, all_kbit=64, open_names=("shop.example.com",)),
]


def dnsmasq(plan: HotspotPlan) -> str:
    files = {name: Path(f"/run/liftcast/{name}") for name in ("lease_file", "resolv_file", "arrivals_script")}
    return render_dnsmasq(plan, **files)


def needs(program: str) -> Any:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


@needs("dnsmasq")
@pytest.mark.parametrize("plan", PLANS)
def test_dnsmasq_takes_its_configuration(plan: HotspotPlan, tmp_path: Path) -> None:
    conf = tmp_path / "dnsmasq.conf"
    conf.write_text(dnsmasq(plan))
    checked = subprocess.run(["dnsmasq", "--test", f"--conf-file={conf}"], capture_output=True, text=True, check=False)
    assert "syntax check OK" in checked.stderr


@needs("hostapd")
@pytest.mark.parametrize("plan", PLANS)
def test_hostapd_takes_its_configuration(plan: HotspotPlan, tmp_path: Path) -> None:
    """On a machine without a radio it ends after reading the file, and says of a bad line which one it is."""
    conf = tmp_path / "hostapd.conf"
    conf.write_text(render_hostapd(plan).replace("/run/hostapd", str(tmp_path)))
    checked = subprocess.run(["hostapd", conf], capture_output=True, text=True, check=False, timeout=20)
    assert "configuration item" not in checked.stdout
    assert "errors found" not in checked.stdout
    assert "nl80211" in checked.stdout


@needs("nft")
@pytest.mark.parametrize("plan", PLANS)
def test_nft_takes_the_ruleset(plan: HotspotPlan, tmp_path: Path) -> None:
    """In a network namespace of its own: nft checks against the kernel, which it may only do as root."""
    rules = tmp_path / "rules.nft"
    visit = Visit(1, "02:00:00:00:00:01", IPv4Address("10.42.0.20"), 60)
    rules.write_text(render_ruleset(plan, {1: 5000}) + commands_to_grant(visit))
    command = ["unshare", "-rn", "nft", "-c", "-f", rules]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    if "unshare" in checked.stderr:
        pytest.skip("no network namespaces here")
    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_api_is_advertised_only_with_a_certificate() -> None:
    assert "114" not in dnsmasq(PLANS[0])
    assert "dhcp-option=114,https://abcdef.box.example.org/captive-portal/api" in dnsmasq(PLANS[1]).splitlines()
    assert "dhcp-option=option6:103,https://abcdef.box.example.org/captive-portal/api" in dnsmasq(PLANS[1]).splitlines()


def test_without_ipv6_phones_learn_no_ipv6_address() -> None:
    lines = dnsmasq(PLANS[2]).splitlines()
    assert "filter-AAAA" in lines
    assert "enable-ra" not in lines


def test_the_leases_fit_into_the_network_and_spare_the_box() -> None:
    [leases] = [line for line in dnsmasq(PLAN).splitlines() if line.startswith("dhcp-range=10.")]
    assert leases == "dhcp-range=10.42.0.11,10.42.0.42,255.255.255.0,60m"


def test_phones_do_not_see_each_other() -> None:
    assert "ap_isolate=1" in render_hostapd(PLAN).splitlines()


def test_each_visit_has_its_class_on_both_interfaces() -> None:
    for interface in ("wlan0", "eth0"):
        classes = [line for line in render_shaping(PLAN).splitlines() if f"dev {interface} parent 1:1 classid" in line]
        assert [line.split("classid ")[1].split()[0] for line in classes] == [
            class_of(number) for number in range(1, 9)
        ]
        assert all("rate 2500kbit ceil 4000kbit" in line for line in classes)


def test_a_visit_gets_the_lowest_free_number() -> None:
    visits = [Visit(number, "02:00:00:00:00:01", None, 1) for number in (1, 2, 4)]
    assert free_number(visits, PLAN) == 3
    assert free_number([Visit(number, "", None, 1) for number in range(1, 9)], PLAN) is None
