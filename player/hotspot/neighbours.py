"""The phones on the radio, as the kernel's table of neighbours lists them (ARP and neighbour discovery)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

PRESENT_S = 120  # a phone that sleeps answers its beacons at least this often


@dataclass(frozen=True)
class Neighbour:
    """silent_s: seconds since the kernel last sent to it, heard from it or learned of it"""

    address: IPv4Address | IPv6Address
    mac: str
    silent_s: int


def command_to_list(radio: str) -> list[str]:
    return ["ip", "-s", "-j", "neighbour", "show", "dev", radio]


def read_neighbours(listing: str) -> list[Neighbour]:
    """From `ip -s -j neighbour`; an address that nobody answered for has no MAC and is left out."""
    return [
        Neighbour(
            ip_address(entry["dst"]),
            entry["lladdr"].lower(),
            min(entry.get(name, PRESENT_S) for name in ("used", "confirmed", "updated")),
        )
        for entry in json.loads(listing or "[]")
        if "lladdr" in entry and "FAILED" not in entry.get("state", ())
    ]


def mac_of(address: IPv4Address | IPv6Address, neighbours: Iterable[Neighbour]) -> str | None:
    return next((neighbour.mac for neighbour in neighbours if neighbour.address == address), None)


def ip4_of(mac: str, neighbours: Iterable[Neighbour]) -> IPv4Address | None:
    """The phone's IPv4 address, the one that it used last; None if it has none."""
    own = [neighbour for neighbour in neighbours if neighbour.mac == mac and isinstance(neighbour.address, IPv4Address)]
    return min(own, key=lambda neighbour: neighbour.silent_s).address if own else None  # type: ignore[return-value]


def count_present(neighbours: Iterable[Neighbour]) -> int:
    return len({neighbour.mac for neighbour in neighbours if neighbour.silent_s < PRESENT_S})
