"""How fast phones are: tc's token buckets (HTB) towards the phones and towards the uplink. Pure.

The class of a packet is chosen by the firewall, so tc needs no filter. The box's own traffic to phones,
the portal's pages and media, is in the default class: it costs the uplink nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from player.hotspot.plan import HotspotPlan

ROOT, ALL, DEFAULT = "1:", "1:1", "1:2"
FIRST_CLASS = 0x10
UNSHAPED_KBIT = 10_000_000
QUANTUM = 1514  # bytes that a class may send in its turn: one packet, at every rate
BURST_MS = 20  # of a rate, saved up while the kernel's timer is late on a busy processor; else that time is lost
QUEUE_MS = 300  # of a phone's rate: what waits longer is lost, and counts against the visit's quota all the same


def class_of(number: int) -> str:
    """HTB class of the visit with this number, as tc and nft write it: hexadecimal."""
    return f"{ROOT}{FIRST_CLASS + number:x}"


def render_shaping(plan: HotspotPlan) -> str:
    """Lines for `tc -batch`, for interfaces that have no queues of ours yet: HTB cannot be replaced in place.

    A phone is sure of its part of `all_kbit` and may use what others leave, up to `phone_kbit`.
    """
    return "\n".join(line for interface in (plan.radio, plan.uplink) for line in (*_queues(plan, interface), ""))


def _queues(plan: HotspotPlan, interface: str) -> Iterator[str]:
    sure = max(plan.all_kbit // plan.most_phones, 8)
    most = min(plan.phone_kbit, plan.all_kbit)
    yield f"qdisc add dev {interface} root handle {ROOT} htb default {DEFAULT.split(':')[1]}"
    yield (
        f"class add dev {interface} parent {ROOT} classid {ALL} "
        f"htb rate {plan.all_kbit}kbit {_bursts(plan.all_kbit, plan.all_kbit)} quantum {QUANTUM}"
    )
    yield f"class add dev {interface} parent {ROOT} classid {DEFAULT} htb rate {UNSHAPED_KBIT}kbit quantum {QUANTUM}"
    for number in range(1, plan.most_phones + 1):
        class_ = class_of(number)
        yield (
            f"class add dev {interface} parent {ALL} classid {class_} "
            f"htb rate {min(sure, most)}kbit ceil {most}kbit {_bursts(min(sure, most), most)} quantum {QUANTUM}"
        )
        handle = class_.removeprefix(ROOT)
        yield f"qdisc add dev {interface} parent {class_} handle {handle}: pfifo limit {_queue_packets(most)}"


def _bursts(rate_kbit: int, ceil_kbit: int) -> str:
    """Bytes: at least two packets."""
    burst, cburst = (max(kbit * BURST_MS // 8, 2 * QUANTUM) for kbit in (rate_kbit, ceil_kbit))
    return f"burst {burst}b cburst {cburst}b"


def _queue_packets(kbit: int) -> int:
    return max(kbit * QUEUE_MS // 8 // QUANTUM, 10)
