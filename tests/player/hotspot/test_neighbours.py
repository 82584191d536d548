from __future__ import annotations

import json
from ipaddress import ip_address
from typing import Any

from player.hotspot.neighbours import PRESENT_S, command_to_list, count_present, ip4_of, mac_of, read_neighbours

MAC, OTHER = "02:00:00:00:00:0a", "02:00:00:00:00:0b"


def entry(address: str, mac: str = MAC, silent_s: int = 5, **more: Any) -> dict[str, Any]:
    return {"dst": address, "lladdr": mac.upper(), "used": silent_s, "confirmed": 500, "updated": 500, **more}


def read(*entries: dict[str, Any]) -> Any:
    return read_neighbours(json.dumps(entries))


def test_a_phone_is_found_by_each_of_its_addresses() -> None:
    found = read(entry("10.42.0.20"), entry("fe80::1"), entry("10.42.0.21", OTHER))
    for address, mac in (("10.42.0.20", MAC), ("fe80::1", MAC), ("10.42.0.21", OTHER)):
        assert mac_of(ip_address(address), found) == mac
    assert mac_of(ip_address("10.42.0.99"), found) is None


def test_an_address_that_nobody_answers_for_is_left_out() -> None:
    no_mac = {"dst": "10.42.0.22", "state": ["INCOMPLETE"]}
    assert read(no_mac, entry("10.42.0.23", state=["FAILED"])) == []
    assert read_neighbours("") == []


def test_of_several_ipv4_addresses_the_one_that_was_used_last_is_the_phones() -> None:
    found = read(entry("10.42.0.20", silent_s=90), entry("10.42.0.21", silent_s=3), entry("fe80::1", silent_s=0))
    assert ip4_of(MAC, found) == ip_address("10.42.0.21")
    assert ip4_of(OTHER, found) is None


def test_a_phone_with_several_addresses_counts_once_and_one_that_is_silent_not_at_all() -> None:
    found = read(entry("10.42.0.20"), entry("fe80::1"), entry("10.42.0.21", OTHER, PRESENT_S))
    assert count_present(found) == 1


def test_only_the_radio_is_listed() -> None:
    assert command_to_list("wlan0")[-2:] == ["dev", "wlan0"]
