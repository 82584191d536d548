"""The party that a limit counts: an address, or the network of which one household or one phone owns every address."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

WHOLE_V6 = 64  # bits: one household or one phone owns all that follow them


def network_of(given: str) -> str:
    """An IPv4 address, or the /64 that an IPv6 address is one of without end."""
    try:
        address = ip_address(given)
    except ValueError:
        return given
    return _counted(address)


def _counted(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address), WHOLE_V6), strict=False))
