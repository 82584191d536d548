"""Addresses and names for phones: dnsmasq's configuration. Pure."""

from __future__ import annotations

from pathlib import Path

from player.hotspot.plan import ADDRESSES_RESERVED, HotspotPlan

API_PATH = "/captive-portal/api"
OPEN_FOR_S = 3600  # how long an address stays open after its name was asked for; names are asked for again before


def render_dnsmasq(plan: HotspotPlan, *, lease_file: Path, resolv_file: Path, arrivals_script: Path) -> str:
    """DHCP and DNS for phones, on the radio alone.

    The addresses of probe names are the true ones: Android takes a private address as "no internet", not as a portal.
    The API is advertised (RFC 8910: DHCPv4 option 114, DHCPv6 option 103) only where the box has a certificate, since
    RFC 8908 requires TLS and phones ignore any other address.

    lease_file: where leases survive a restart · resolv_file: the uplink's name servers
    arrivals_script: run at each change of a lease
    """
    lines = [
        f"interface={plan.radio}",
        "except-interface=lo",
        "bind-dynamic",
        "no-hosts",
        f"resolv-file={resolv_file}",
        "domain-needed",
        "bogus-priv",
        "stop-dns-rebind",
        "cache-size=1000",
        "dns-forward-max=300",
        "dhcp-authoritative",
        "no-ping",
        f"dhcp-lease-max={2 * plan.leases if plan.address6 else plan.leases}",
        f"dhcp-leasefile={lease_file}",
        f"dhcp-script={arrivals_script}",
        "script-on-renewal",
        f"dhcp-range={_first(plan)},{_last(plan)},{plan.address.netmask},{plan.lease_minutes}m",
        f"dhcp-option=option:router,{plan.address.ip}",
        f"dhcp-option=option:dns-server,{plan.address.ip}",
    ]
    if plan.address6:
        first6 = plan.address6.network.network_address + 0x100
        lines += [
            "enable-ra",
            f"dhcp-range={first6},{first6 + 0xFFFF},slaac,64,{plan.lease_minutes}m",
            f"dhcp-option=option6:dns-server,[{plan.address6.ip}]",
        ]
    if plan.portal_name:
        lines += [f"address=/{plan.portal_name}/{plan.address.ip}"]
        lines += [f"address=/{plan.portal_name}/{plan.address6.ip}"] if plan.address6 else []
        api = f"https://{plan.portal_name}{API_PATH}"
        lines += [f"dhcp-option=114,{api}"]
        lines += [f"dhcp-option=option6:103,{api}"] if plan.address6 else []
    for name in plan.open_names:
        sets = ["4#inet#liftcast#open4", *(["6#inet#liftcast#open6"] if plan.address6 else [])]
        lines += [f"nftset=/{name}/{','.join(sets)}"]
    if not plan.address6:
        lines += ["filter-AAAA"]
    return "\n".join([*lines, ""])


def _first(plan: HotspotPlan) -> str:
    return str(plan.address.network.network_address + 1 + ADDRESSES_RESERVED)


def _last(plan: HotspotPlan) -> str:
    return str(plan.address.network.network_address + ADDRESSES_RESERVED + plan.leases)
