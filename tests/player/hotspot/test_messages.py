from __future__ import annotations

import json
from ipaddress import ip_address
from typing import Any

import pytest
from pydantic import ValidationError

from player.hotspot.messages import REQUEST, Look, SetPlan, normal_address


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("10.42.0.20", "10.42.0.20"),
        ("::ffff:10.42.0.20", "10.42.0.20"),
        ("fe80::1%wlan0", "fe80::1"),
        ("FE80:0:0::1", "fe80::1"),
        (ip_address("10.42.0.20"), "10.42.0.20"),
    ],
)
def test_an_address_is_written_as_the_kernel_lists_it(given: object, address: str) -> None:
    assert str(normal_address(given)) == address


@pytest.mark.parametrize(
    "request_",
    [
        {"kind": "grant", "address": "10.42.0.20; reboot"},
        {"kind": "grant", "address": 170524692},
        {"kind": "grant", "address": None},
        {"kind": "grant", "address": "10.42.0.20", "minutes": 9},
        {"kind": "grant"},
        {"kind": "set_plan", "planned": None},
        {"kind": "reboot"},
    ],
)
def test_anything_else_than_a_known_request_is_refused(request_: dict[str, Any]) -> None:
    """A plan is refused too: phones' requests arrive here, and only the daemon may send one."""
    with pytest.raises(ValidationError):
        REQUEST.validate_json(json.dumps(request_))


def test_a_request_is_read_by_its_kind() -> None:
    assert REQUEST.validate_json('{"kind": "look", "address": "::ffff:10.42.0.20"}') == Look(address="10.42.0.20")


@pytest.mark.parametrize("name", ["captive.apple.com", "connectivitycheck.gstatic.com"])
def test_no_name_that_phones_probe_becomes_the_portals(name: str) -> None:
    with pytest.raises(ValidationError, match="would hide the portal"):
        SetPlan(planned=None, portal_name=name)
