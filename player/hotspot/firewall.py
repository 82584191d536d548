"""The hotspot's nftables ruleset: which phones reach which addresses. Pure.

A visit is an element of the maps `visits4` (MAC and IPv4 address) and `visits6` (MAC) with a timeout; its value is the
visit's number, from 1 to the most phones. Each packet of a phone is looked up there before any rule for established
connections, so a visit ends with its element, also for a download under way. The number marks the connection; the
packets that come back carry it too, for IPv4 and IPv6 alike, and bytes, quota and speed go by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from player.hotspot.plan import HotspotPlan
from player.hotspot.shaping import class_of

# Where no phone may go, joined or not: the building's networks, the box's other addresses, multicast (RFC 1918, 6598,
# 3927, 1122, 5771, 4193, 4291).
PRIVATE4 = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
    "224.0.0.0/3",
)  # fmt: skip
PRIVATE6 = ("::/8", "64:ff9b::/96", "64:ff9b:1::/48", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8")

TABLE = "inet liftcast"
INTERCEPTED = 0x1000  # mark of a connection that was redirected before its phone joined; above every visit's number
PORTAL_SOCKETS = 40  # connections of one phone to the portal; a browser opens six

HOOKS = {
    "to_portal": "type nat hook prerouting priority dstnat; policy accept;",
    "to_box": "type filter hook input priority filter; policy accept;",
    "through_box": "type filter hook forward priority filter; policy accept;",
    "as_the_box": "type nat hook postrouting priority srcnat; policy accept;",
    "refuse": "",
    "from_phone": "",
    "to_phone": "",
}
REFUSE = ("meta l4proto tcp reject with tcp reset", "reject with icmpx type admin-prohibited")


def numbers(plan: HotspotPlan) -> range:
    """Of visits."""
    return range(1, plan.most_phones + 1)


def quota_of(number: int) -> str:
    """Name of the quota that counts the bytes of this visit."""
    return f"visit{number}"


def render_ruleset(plan: HotspotPlan, used: Mapping[int, int]) -> str:
    """The whole table, in the place of the one before: rules are new, visits and counters stay.

    `nft -f` takes the file in one transaction, so there is no moment without rules. The sets are declared before the
    chains are flushed, and a set that exists keeps its elements, as a quota keeps what was used of it.

    used: bytes used already, by the visit's number: where no table is yet
    """
    return "\n".join([*_sets(plan, used), *_empty_chains(), *_chains(plan), ""])


def _sets(plan: HotspotPlan, used: Mapping[int, int]) -> Iterator[str]:
    size = plan.most_phones
    yield f"table {TABLE} {{"
    yield f"  map visits4 {{ type ether_addr . ipv4_addr : mark; flags timeout; size {size}; }}"
    yield f"  map visits6 {{ type ether_addr : mark; flags timeout; size {size}; }}"
    yield f"  set running {{ type mark; flags timeout; size {size}; }}"
    yield f"  set portal_sockets4 {{ type ipv4_addr; flags dynamic; size {plan.leases}; }}"
    yield f"  set portal_sockets6 {{ type ether_addr; flags dynamic; size {plan.leases}; }}"
    yield "  set open4 { type ipv4_addr; }"
    yield "  set open6 { type ipv6_addr; }"
    for number in numbers(plan):
        yield f"  quota {quota_of(number)} {{ over {plan.visit_bytes} bytes used {used.get(number, 0)} bytes }}"
    yield "}"


def _empty_chains() -> Iterator[str]:
    yield f"table {TABLE} {{"
    for chain, hook in HOOKS.items():
        yield f"  chain {chain} {{ {hook} }}"
    yield "}"
    for chain in HOOKS:
        yield f"flush chain {TABLE} {chain}"


def _chains(plan: HotspotPlan) -> Iterator[str]:
    chains = {
        "to_portal": _to_portal(plan),
        "to_box": _to_box(plan),
        "through_box": _through_box(plan),
        "refuse": REFUSE,
        "from_phone": _from_phone(plan),
        "to_phone": _to_phone(plan),
        "as_the_box": [f'iifname "{plan.radio}" oifname "{plan.uplink}" masquerade'],
    }
    yield f"table {TABLE} {{"
    for chain, rules in chains.items():
        yield f"  chain {chain} {{"
        yield from (f"    {rule}" for rule in rules)
        yield "  }"
    yield "}"


# The mark of a packet is the number of the visit whose phone sent it; 0: of none.
NUMBER_OF_VISIT = (
    "meta mark set 0",
    "meta mark set ether saddr . ip saddr map @visits4",
    "meta nfproto ipv6 meta mark set ether saddr map @visits6",
)


def _to_portal(plan: HotspotPlan) -> Iterator[str]:
    """Before joining, the portal answers for every web server, and the box's name server for every other.

    Port 443 is never redirected: the certificate would be a wrong one, and no browser lets its user pass.
    """
    yield f'iifname != "{plan.radio}" accept'
    yield f"fib daddr type local tcp dport 80 redirect to :{plan.portal_port}"
    yield "fib daddr type local accept"
    yield from NUMBER_OF_VISIT
    yield "meta mark != 0 accept"
    yield "ip daddr @open4 accept"
    yield "ip6 daddr @open6 accept"
    yield f"tcp dport 80 ct mark set {INTERCEPTED} redirect to :{plan.portal_port}"
    yield f"meta l4proto {{ tcp, udp }} th dport 53 ct mark set {INTERCEPTED} redirect to :53"


def _to_box(plan: HotspotPlan) -> Iterator[str]:
    """Of the box itself a phone reaches DHCP, DNS and the portal, at whichever of its addresses."""
    ports = [str(plan.portal_port), *(["443"] if plan.portal_name else [])]
    portal = f"tcp dport {{ {', '.join(ports)} }}"
    yield f'iifname != "{plan.radio}" accept'
    yield "ct state invalid drop"
    many = f"ct count over {PORTAL_SOCKETS}"
    yield f"{portal} ct state new add @portal_sockets4 {{ ip saddr {many} }} reject with tcp reset"
    yield f"meta nfproto ipv6 {portal} ct state new add @portal_sockets6 {{ ether saddr {many} }} reject with tcp reset"
    yield f"{portal} accept"
    yield "meta l4proto { tcp, udp } th dport 53 accept"
    yield "udp sport 68 udp dport 67 accept"
    yield "udp sport 546 udp dport 547 accept"
    yield "icmp type echo-request accept"
    yield (
        "icmpv6 type { echo-request, nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert, mld-listener-query, "
        "mld-listener-report, mld-listener-done, mld2-listener-report } accept"
    )
    yield "ct state established,related accept"
    yield "jump refuse"


def _through_box(plan: HotspotPlan) -> Iterator[str]:
    yield f'iifname "{plan.radio}" goto from_phone'
    yield f'oifname "{plan.radio}" goto to_phone'


def _from_phone(plan: HotspotPlan) -> Iterator[str]:
    """Refusals are immediate: a phone that waited ten seconds for a lost packet would give the network up."""
    yield f'oifname != "{plan.uplink}" reject with icmpx type admin-prohibited'
    yield f"ip daddr {{ {', '.join(PRIVATE4)} }} reject with icmpx type admin-prohibited"
    yield f"ip6 daddr {{ {', '.join(PRIVATE6)} }} reject with icmpx type admin-prohibited"
    yield from NUMBER_OF_VISIT
    yield "meta mark 0 ip daddr @open4 accept"
    yield "meta mark 0 ip6 daddr @open6 accept"
    yield "meta mark 0 jump refuse"
    yield "ct mark set meta mark"
    yield f"{_over_quota(plan)} jump refuse"
    yield from _passing(plan)


def _to_phone(plan: HotspotPlan) -> Iterator[str]:
    """TCP passes after the visit's end too: the phone's acknowledgement is answered with a reset, and the page fails at
    once. Without a packet to acknowledge, it would wait for its own timeout.
    """
    yield f'iifname != "{plan.uplink}" drop'
    yield "ct state != { established, related } drop"
    yield "ct mark 0 ip saddr @open4 accept"
    yield "ct mark 0 ip6 saddr @open6 accept"
    yield "ct mark != @running meta l4proto != tcp drop"
    yield f"{_over_quota(plan)} meta l4proto != tcp drop"
    yield from _passing(plan)


def _over_quota(plan: HotspotPlan) -> str:
    """Counts the packet to its visit, and holds once the visit has used all that it may."""
    quotas = ", ".join(f'{number} : "{quota_of(number)}"' for number in numbers(plan))
    return f"quota name ct mark map {{ {quotas} }}"


def _passing(plan: HotspotPlan) -> Iterator[str]:
    """Packets get the class of their visit's speed (shaping.py), and a size that the uplink takes."""
    classes = ", ".join(f"{number} : {class_of(number)}" for number in numbers(plan))
    yield f"meta priority set ct mark map {{ {classes} }}"
    yield "tcp flags syn tcp option maxseg size set rt mtu"
    yield "accept"
