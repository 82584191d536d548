"""Leases as dnsmasq's script reports them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from player.hotspot.arrivals import Arrival, ArrivalSocket, Change, parse_arrival, render_script

MAC, IP = "02:00:00:00:00:0a", "10.42.0.20"


@pytest.fixture
def arrivals(tmp_path: Path) -> Iterator[ArrivalSocket]:
    arrivals = ArrivalSocket(tmp_path / "arrivals")
    yield arrivals
    arrivals.close()


def run_script(folder: Path, *arguments: str, requested: str = "") -> int:
    script = folder / "script"
    script.write_text(render_script(folder / "arrivals"))
    script.chmod(0o755)
    return subprocess.run([script, *arguments], env={"DNSMASQ_REQUESTED_OPTIONS": requested}, check=False).returncode


def test_a_lease_is_reported_with_the_options_that_the_phone_requested(arrivals: ArrivalSocket, tmp_path: Path) -> None:
    assert run_script(tmp_path, "add", MAC.upper(), IP, "a phone's name", requested="1,3,6,114") == 0
    assert run_script(tmp_path, "del", MAC, IP, requested="1,3,6") == 0
    assert list(arrivals.wait(5)) == [
        Arrival(Change.JOINED, MAC, IPv4Address(IP), True),
        Arrival(Change.LEFT, MAC, IPv4Address(IP), False),
    ]


def test_a_host_name_with_quotes_and_commands_is_only_an_argument(arrivals: ArrivalSocket, tmp_path: Path) -> None:
    assert run_script(tmp_path, "add", MAC, IP, "'; touch owned; echo \"$(touch owned)`touch owned`") == 0
    assert [arrival.mac for arrival in arrivals.wait(5)] == [MAC]
    assert not (tmp_path / "owned").exists()


def test_dnsmasq_does_not_wait_for_a_listener_that_is_not_there(tmp_path: Path) -> None:
    assert run_script(tmp_path, "add", MAC, IP) == 0


def test_nothing_is_returned_where_nobody_came(arrivals: ArrivalSocket) -> None:
    assert list(arrivals.wait(0.01)) == []


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        json.dumps({"arguments": ["init"], "requested": ""}).encode(),
        json.dumps({"arguments": ["add", "00:01:00:01", "fd00::1"], "requested": ""}).encode(),
        json.dumps({"arguments": ["tftp", MAC, IP], "requested": ""}).encode(),
        json.dumps({"arguments": ["add", 7, IP], "requested": ""}).encode(),
    ],
)
def test_a_datagram_that_is_no_lease_of_a_phone_is_left_out(datagram: bytes) -> None:
    assert parse_arrival(datagram) is None
