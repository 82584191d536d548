"""Publish messages one by one to a service's phones, and count what each costs and when it arrives."""

from __future__ import annotations

import socket
import time
from contextlib import AbstractContextManager, closing, nullcontext
from typing import NamedTuple

from media.sockets.websocket import message_frame
from tests.bench.fanout.phones import Phones
from tests.bench.fanout.service import Service

PAYLOAD_BYTES = 1024
PAUSE_S = 0.3  # between two messages: the service is idle before each
WARM_UP = 5  # messages that are not counted: node compiles meanwhile
SETTLES_S = 0.02  # after the last arrival: the server still puts away what it needed for the message


class Figures(NamedTuple):
    """latencies_ms: of each delivery · dropped: deliveries that never arrived"""

    us_per_delivery: float
    latencies_ms: list[float]
    dropped: int
    kb_per_phone: float
    connect_ms_cpu: float


def measure(
    service: Service, *, phones: int, messages: int, beside: AbstractContextManager[None] | None = None
) -> Figures:
    """`beside`: what runs while the messages are sent, but not while the phones connect"""
    memory_kb, cpu_s = service.resident_kb(), service.cpu_s()
    lobby = service.connect(phones)
    connect_ms, kb_each = (service.cpu_s() - cpu_s) * 1000 / phones, (service.resident_kb() - memory_kb) / phones
    with closing(lobby), beside or nullcontext():
        for number in range(WARM_UP):
            _publish(service, lobby, f"warm-up {number:06}")
        rounds = [_publish(service, lobby, f"message {number:06}") for number in range(messages)]
    spent_s = sum(cpu_s for cpu_s, _ in rounds)
    latencies_ms = [latency_ms for _, latencies_ms in rounds for latency_ms in latencies_ms]
    dropped = phones * messages - len(latencies_ms)
    return Figures(spent_s * 1e6 / (phones * messages), latencies_ms, dropped, kb_each, connect_ms)


def _publish(service: Service, lobby: Phones, mark: str) -> tuple[float, list[float]]:
    """CPU seconds of one message, and after how many milliseconds it arrived at each phone."""
    time.sleep(PAUSE_S)
    before_s, sent_at = service.cpu_s(), time.monotonic()
    service.publish({"mark": mark, "filler": "x" * PAYLOAD_BYTES})
    latencies_ms = [(at - sent_at) * 1000 for at in lobby.arrivals(mark.encode())]
    time.sleep(SETTLES_S)
    return service.cpu_s() - before_s, latencies_ms


def bare_us(phones: int, messages: int) -> float:
    """CPU microseconds to write one such frame to one connection of so many, in a plain loop."""
    pairs = [socket.socketpair() for _ in range(phones)]
    frame = message_frame("x" * PAYLOAD_BYTES)
    spent_s = 0.0
    for _ in range(messages):
        before_s = time.process_time()
        for ours, _theirs in pairs:
            ours.send(frame)
        spent_s += time.process_time() - before_s
        for _ours, theirs in pairs:
            theirs.recv(65536)
    for pair in pairs:
        for line in pair:
            line.close()
    return spent_s * 1e6 / (phones * messages)
