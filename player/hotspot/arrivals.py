"""Phones that join and leave, as dnsmasq reports them: a small script of ours is started for each change of a lease.

The script sends one datagram to a Unix socket, so dnsmasq never waits for us, and a change that nobody hears is no
error: the leases are in dnsmasq's file, and a phone that taps is found there.
"""

from __future__ import annotations

import json
import logging
import shlex
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, ip_address
from pathlib import Path

logger = logging.getLogger(__name__)

ARRIVAL_SOCKET = "arrivals"
DATAGRAM_BYTES = 4096
API_OPTION = "114"


class Change(StrEnum):
    """dnsmasq's words: a new lease, one that goes on (renewed, or known from before a restart), and one that ended."""

    JOINED = "add"
    RENEWED = "old"
    LEFT = "del"


@dataclass(frozen=True)
class Arrival:
    """speaks_api: the phone's DHCP request asked for the address of the captive-portal API (RFC 8910)"""

    change: Change
    mac: str
    ip4: IPv4Address
    speaks_api: bool


def render_script(socket_path: Path) -> str:
    """The script that dnsmasq starts, with (change, MAC or DUID, address, host name) and more in the environment.

    It is Python without site packages and without our own: a lease of a full lobby must not cost a Pi a second.
    """
    send = (
        "import json,os,socket,sys\n"
        "sent={'arguments':sys.argv[2:5],'requested':os.environ.get('DNSMASQ_REQUESTED_OPTIONS','')}\n"
        "try: socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM).sendto(json.dumps(sent).encode(),sys.argv[1])\n"
        "except OSError: pass\n"
    )
    return (
        f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -ISc {shlex.quote(send)} {shlex.quote(str(socket_path))} "$@"\n'
    )


def parse_arrival(datagram: bytes) -> Arrival | None:
    """None for what is no phone's IPv4 lease: IPv6, dnsmasq's own start, or a datagram that somebody else sent."""
    try:
        sent = json.loads(datagram)
        change, mac, address = sent["arguments"]
        parsed = ip_address(address)
        if not isinstance(parsed, IPv4Address):
            return None
        return Arrival(Change(change), mac.lower(), parsed, API_OPTION in str(sent["requested"]).split(","))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


@dataclass
class ArrivalSocket:
    """Receives what the script sends."""

    path: Path

    def __post_init__(self) -> None:
        self.path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.path))
        self.path.chmod(0o622)  # dnsmasq runs under another user

    def wait(self, seconds: float) -> Iterator[Arrival]:
        """The arrivals that are reported until no more are waiting; the first within so many seconds."""
        self._socket.settimeout(seconds)
        while True:
            try:
                arrival = parse_arrival(self._socket.recv(DATAGRAM_BYTES))
            except (TimeoutError, BlockingIOError):
                return
            self._socket.setblocking(False)
            if arrival:
                yield arrival

    def wake(self) -> None:
        """Let `wait` return now."""
        self._socket.sendto(b"", str(self.path))

    def close(self) -> None:
        self._socket.close()
        self.path.unlink(missing_ok=True)
