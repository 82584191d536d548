"""Visits: which phones may pass, for how long, and how much they have used. Pure: nft's JSON in, its commands out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

from player.hotspot.firewall import TABLE, numbers, quota_of
from player.hotspot.plan import HotspotPlan


@dataclass(frozen=True)
class Visit:
    """One phone's stay, as it was when the table was read.

    number: from 1 to the most phones; no other visit that runs has it · mac: lower case, with colons
    ip4: the phone's lease, without which it passes by IPv6 alone · bytes_used: both directions together
    """

    number: int
    mac: str
    ip4: IPv4Address | None
    seconds_left: int
    bytes_used: int = 0


@dataclass(frozen=True)
class Table:
    """The firewall's table: `elements` holds, for each set or map, the number of the visit by the element's key."""

    elements: Mapping[str, Mapping[str, int]]
    seconds_left: Mapping[int, int]
    bytes_used: Mapping[int, int]

    @property
    def visits(self) -> list[Visit]:
        """The visits that run, in the order of their numbers."""
        return sorted(self._running(), key=lambda visit: visit.number)

    def visit_of(self, mac: str) -> Visit | None:
        return next((visit for visit in self._running() if visit.mac == mac), None)

    def _running(self) -> Iterator[Visit]:
        addresses = {number: IPv4Address(key.split(" . ")[1]) for key, number in self.elements["visits4"].items()}
        for mac, number in self.elements["visits6"].items():
            if number in self.seconds_left:
                used = self.bytes_used.get(number, 0)
                yield Visit(number, mac, addresses.get(number), self.seconds_left[number], used)


def free_number(visits: Iterable[Visit], plan: HotspotPlan) -> int | None:
    """The lowest number that no visit has; None if as many phones are here as the plan allows."""
    taken = {visit.number for visit in visits}
    if len(taken) >= plan.most_phones:  # a number may be above the plan's, from before it had fewer places
        return None
    return next((number for number in numbers(plan) if number not in taken), None)


def commands_to_grant(visit: Visit) -> str:
    """Elements of a visit that has none: after `commands_to_revoke`, in the same transaction."""
    timeout = f"timeout {visit.seconds_left}s"
    elements = [f"running {{ {visit.number} {timeout} }}", f"visits6 {{ {visit.mac} {timeout} : {visit.number} }}"]
    if visit.ip4:
        elements.append(f"visits4 {{ {visit.mac} . {visit.ip4} {timeout} : {visit.number} }}")
    return "".join(f"add element {TABLE} {element}\n" for element in elements)


def commands_to_revoke(number: int, table: Table) -> str:
    """Deletes the elements that the visit has at present; none if its time is up."""
    keys = ((name, key) for name, elements in table.elements.items() for key in elements if elements[key] == number)
    return "".join(f"delete element {TABLE} {name} {{ {key} }}\n" for name, key in keys)


def read_table(listing: str) -> Table:
    """From `nft -j list table inet liftcast`."""
    entries = [(kind, entry[kind]) for entry in json.loads(listing)["nftables"] for kind in entry]
    sets = {entry["name"]: list(_elements(entry)) for kind, entry in entries if kind in ("set", "map")}
    used = {entry["name"]: entry["used"] for kind, entry in entries if kind == "quota"}
    return Table(
        elements={name: {key: number for key, number, _ in elements} for name, elements in sets.items()},
        seconds_left={number: seconds for _, number, seconds in sets["running"]},
        bytes_used={number: used[quota_of(number)] for number in range(1, len(used) + 1)},
    )


def _elements(entry: Mapping[str, Any]) -> Iterator[tuple[str, int, int]]:
    """Key, number of the visit and seconds left of each element; none of the sets that hold addresses alone."""
    for element in entry.get("elem", ()):
        key, number = element if isinstance(element, list) else (element, None)
        if not (isinstance(key, dict) and "expires" in key.get("elem", ())):
            continue
        value = key["elem"]["val"]
        text = " . ".join(value["concat"]) if isinstance(value, dict) else str(value)
        yield text, value if number is None else number, key["elem"]["expires"]
