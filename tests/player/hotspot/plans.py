"""Plans of hotspots, small and large, with and without IPv6; and a mark for tests that need a program."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from player.hotspot.plan import HotspotPlan

PLAN = HotspotPlan(ssid="大堂 WiFi", country="CN")
PLANS = [
    PLAN,
    PLAN.model_copy(
        update={"portal_name": "abcdef.box.example.org", "open_names": ("shop.example.com", "pay.example.org")}
    ),
    HotspotPlan(ssid="x", country="US", channel=36, most_phones=250, address="10.42.0.1/20", address6=None),
    HotspotPlan(ssid="x", country="US", most_phones=1, phone_kbit=64, all_kbit=64, open_names=("shop.example.com",)),
]


def needs(program: str) -> Any:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")
