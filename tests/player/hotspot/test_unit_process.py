"""The privileged unit behind its sockets.

Covers: player.hotspot.client, player.hotspot.messages, player.hotspot.unit
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from player.hotspot.arrivals import ARRIVAL_SOCKET
from player.hotspot.client import HotspotClient
from player.hotspot.configurations import Configurations
from player.hotspot.messages import Count, Counts, Ending, Grant, Look
from player.hotspot.plan import HotspotPlan
from player.hotspot.plan_change import PlanChange
from player.hotspot.plan_store import PlanStore
from player.hotspot.radio import Radio
from player.hotspot.unit import REQUEST_SOCKET, HotspotUnit, UnitProcess
from player.line_socket import NoAnswer
from tests.player.hotspot.fake_kernel import FakeKernel
from tests.rig.servers.processes import eventually

PLAN = HotspotPlan(ssid="Lobby", country="DE")
MAC, IP, NEXT_IP = "02:00:00:00:00:0a", "10.42.0.20", "10.42.0.21"


@pytest.fixture
def kernel() -> FakeKernel:
    kernel = FakeKernel()
    kernel.neighbours = {IP: MAC}
    return kernel


@pytest.fixture
def process(tmp_path: Path, kernel: FakeKernel) -> Iterator[UnitProcess]:
    process = started(tmp_path, kernel)
    yield process
    process.stop()


def started(folder: Path, kernel: FakeKernel) -> UnitProcess:
    unit = HotspotUnit(PLAN, folder, run=kernel, monotonic=kernel.monotonic, today=lambda: date(2026, 3, 2))
    files = Configurations(folder, leases=folder / "leases")
    plans = PlanChange(unit, PlanStore(PLAN, folder), files, Radio("wlan0", folder=folder))
    process = UnitProcess(unit, folder, plans, step_s=0.05)
    process.start()
    return process


@pytest.fixture
def client(tmp_path: Path, process: UnitProcess) -> HotspotClient:
    return HotspotClient(tmp_path / REQUEST_SOCKET)


def counts(client: HotspotClient) -> Counts:
    answer = client.send(Count())
    assert isinstance(answer, Counts)
    return answer


def test_a_request_is_answered_over_the_socket(client: HotspotClient) -> None:
    assert client.send(Grant(address=IP)).kind == "visit"
    assert client.send(Look(address=IP)).kind == "visit"


def test_visits_are_looked_after_between_requests(client: HotspotClient, kernel: FakeKernel) -> None:
    client.send(Grant(address=IP))
    kernel.now_s += PLAN.visit_minutes * 60 + 1
    eventually(lambda: counts(client).ended[Ending.TIME], within_s=20, what="the visit to end")


def test_a_lease_under_another_address_moves_the_visit(
    client: HotspotClient, kernel: FakeKernel, tmp_path: Path
) -> None:
    client.send(Grant(address=IP))
    report = json.dumps({"arguments": ["add", MAC, NEXT_IP], "requested": ""}).encode()
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as dnsmasq:
        dnsmasq.sendto(report, str(tmp_path / ARRIVAL_SOCKET))
    eventually(lambda: f"{MAC} . {NEXT_IP}" in kernel.elements["visits4"], within_s=20, what="the visit to move")


def test_a_kernel_that_refuses_for_a_while_is_tried_again(client: HotspotClient, kernel: FakeKernel) -> None:
    client.send(Grant(address=IP))
    before = len(kernel.commands)
    kernel.failing = {"nft"}
    eventually(lambda: len(kernel.commands) > before + 4, within_s=20, what="more tries")
    kernel.failing = set()
    assert client.send(Look(address=IP)).kind == "visit"


def test_a_unit_that_starts_again_answers_at_the_same_place(tmp_path: Path, kernel: FakeKernel) -> None:
    client = HotspotClient(tmp_path / REQUEST_SOCKET)
    with pytest.raises(NoAnswer):
        client.send(Count())
    for _ in range(2):
        process = started(tmp_path, kernel)
        assert client.send(Grant(address=IP)).kind == "visit"
        process.stop()
    with pytest.raises(NoAnswer):
        client.send(Count())
