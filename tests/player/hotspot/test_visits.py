from __future__ import annotations

import json
from ipaddress import IPv4Address

from player.hotspot.visits import Table, Visit, commands_to_grant, commands_to_revoke, free_number, read_table
from tests.player.hotspot.plans import PLAN

MAC, IP4 = "02:00:00:00:00:01", IPv4Address("10.42.0.20")
EMPTY = {"visits4": {}, "visits6": {}, "running": {}}


def element(value: object, number: int | None, seconds: int) -> object:
    key = {"elem": {"val": value, "expires": seconds}}
    return key if number is None else [key, number]


def listing() -> str:
    """As nft lists a table with one visit, number 2, of two places."""
    entries: list[dict[str, object]] = [
        {"map": {"name": "visits4", "elem": [element({"concat": [MAC, str(IP4)]}, 2, 60)]}},
        {"map": {"name": "visits6", "elem": [element(MAC, 2, 60)]}},
        {"set": {"name": "running", "elem": [element(2, None, 60)]}},
        {"set": {"name": "open4", "elem": ["192.0.2.1"]}},
        {"quota": {"name": "visit1", "used": 0}},
        {"quota": {"name": "visit2", "used": 5000}},
    ]
    return json.dumps({"nftables": [{"metainfo": {}}, *entries]})


def test_a_visit_gets_the_lowest_free_number() -> None:
    visits = [Visit(number, "02:00:00:00:00:01", None, 1) for number in (1, 2, 4)]
    assert free_number(visits, PLAN) == 3
    assert free_number([Visit(number, "", None, 1) for number in range(1, 9)], PLAN) is None


def test_a_number_from_before_the_plan_had_fewer_places_gives_no_place_too_many() -> None:
    one_place = PLAN.model_copy(update={"most_phones": 1})
    assert free_number([Visit(7, MAC, None, 1)], one_place) is None


def test_the_kernels_table_is_read_and_sets_of_addresses_are_no_visits() -> None:
    table = read_table(listing())
    assert table.visits == [Visit(2, MAC, IP4, 60, 5000)]
    assert table.visit_of(MAC) == Visit(2, MAC, IP4, 60, 5000)
    assert table.visit_of("02:00:00:00:00:02") is None


def test_a_visit_whose_time_is_up_runs_no_more() -> None:
    table = read_table(listing())
    assert Table(table.elements, {}, table.bytes_used).visits == []


def test_a_grant_has_one_timeout_for_all_its_elements_and_a_revocation_deletes_them() -> None:
    assert commands_to_grant(Visit(2, MAC, IP4, 60)).splitlines() == [
        "add element inet liftcast running { 2 timeout 60s }",
        f"add element inet liftcast visits6 {{ {MAC} timeout 60s : 2 }}",
        f"add element inet liftcast visits4 {{ {MAC} . {IP4} timeout 60s : 2 }}",
    ]
    assert "visits4" not in commands_to_grant(Visit(2, MAC, None, 60))
    deleted = sorted(commands_to_revoke(2, read_table(listing())).splitlines())
    assert deleted == [
        "delete element inet liftcast running { 2 }",
        f"delete element inet liftcast visits4 {{ {MAC} . {IP4} }}",
        f"delete element inet liftcast visits6 {{ {MAC} }}",
    ]
    assert commands_to_revoke(1, read_table(listing())) == ""
