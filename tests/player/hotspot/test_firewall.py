from __future__ import annotations

import subprocess
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from player.hotspot.firewall import PRIVATE4, PRIVATE6, numbers, quota_of, render_ruleset
from player.hotspot.plan import HotspotPlan
from player.hotspot.visits import Visit, commands_to_grant
from tests.player.hotspot.plans import PLAN, PLANS, needs


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


def test_no_network_of_the_building_is_reached() -> None:
    rules = render_ruleset(PLAN, {})
    assert all(network in rules for network in (*PRIVATE4, *PRIVATE6))


def test_each_place_has_its_quota_with_the_bytes_that_were_used_before() -> None:
    rules = render_ruleset(PLAN, {2: 5000})
    for number in numbers(PLAN):
        used = 5000 if number == 2 else 0
        assert f"quota {quota_of(number)} {{ over {PLAN.visit_bytes} bytes used {used} bytes }}" in rules
    assert quota_of(PLAN.most_phones + 1) not in rules
