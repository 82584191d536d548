from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from player.hotspot.addresses import render_dnsmasq
from player.hotspot.plan import HotspotPlan
from tests.player.hotspot.plans import PLAN, PLANS, needs


def dnsmasq(plan: HotspotPlan) -> str:
    files = {name: Path(f"/run/liftcast/{name}") for name in ("lease_file", "resolv_file", "arrivals_script")}
    return render_dnsmasq(plan, **files)


@needs("dnsmasq")
@pytest.mark.parametrize("plan", PLANS)
def test_dnsmasq_takes_its_configuration(plan: HotspotPlan, tmp_path: Path) -> None:
    conf = tmp_path / "dnsmasq.conf"
    conf.write_text(dnsmasq(plan))
    checked = subprocess.run(["dnsmasq", "--test", f"--conf-file={conf}"], capture_output=True, text=True, check=False)
    assert "syntax check OK" in checked.stderr


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
