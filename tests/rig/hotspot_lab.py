"""A hotspot in network namespaces: a box, phones on its radio, and beyond its uplink a building and an internet.

Traffic stays between the namespaces. They exist for as long as the `with` block runs, and need root.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from player.hotspot.addresses import render_dnsmasq
from player.hotspot.arrivals import render_script
from player.hotspot.counters import command_to_show, read_bytes
from player.hotspot.enforcer import CommandFailed, Run, run
from player.hotspot.plan import HotspotPlan
from tests.rig.servers.processes import Process, eventually

INTERNET4, INTERNET6 = "203.0.113.2", "2001:db8::2"
BUILDING = "192.168.7.1"  # a machine of the building's own network, on the uplink's side
BOX_MAC = "02:00:00:00:ff:01"
PROGRAMS = ("ip", "nft", "tc", "conntrack", "bridge", "curl", "dnsmasq", "busybox", "setpriv")
CLONE_NEWNET = 0x40000000  # linux/sched.h
_serial = count()
_libc = ctypes.CDLL(None, use_errno=True)
LEASED = """#!/bin/sh
if [ "$1" = bound ]; then
  env > {folder}/leased
  ip addr add "$ip/$mask" dev "$interface"
  ip route add default via "$router"
fi
"""


def why_no_lab() -> str:
    """Why no lab can be built on this machine; empty if one can."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if os.geteuid() != 0:
        return "network namespaces need root"
    return f"not installed: {', '.join(missing)}" if missing else ""


@dataclass
class Namespace:
    name: str

    def run(self, command: Sequence[str], given: str = "") -> str:
        return run(["ip", "netns", "exec", self.name, *map(str, command)], given)

    def ip(self, *words: object) -> None:
        self.run(["ip", *map(str, words)])

    def sysctl(self, **values: int) -> None:
        for name, value in values.items():
            self.run(["sysctl", "-qw", f"net.{name.replace('__', '.')}={value}"])

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Sockets that this thread makes during the block belong to the namespace, also after it."""
        before = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        there = os.open(f"/run/netns/{self.name}", os.O_RDONLY | os.O_CLOEXEC)
        try:
            _enter(there)
            yield
        finally:
            _enter(before)
            os.close(there)
            os.close(before)


@dataclass
class Phone(Namespace):
    mac: str = ""

    def fetch(self, url: str, *more: str, within_s: float = 5) -> tuple[int, str]:
        """Status and body of a page; status 0 if there is no answer."""
        command = ["curl", "-s", "-m", str(within_s), "-w", "\n%{http_code}", *more, url]
        full = ["ip", "netns", "exec", self.name, *command]
        body, _, status = subprocess.run(full, capture_output=True, text=True, check=False).stdout.rpartition("\n")
        return int(status), body

    def probe(self, host: str = INTERNET4) -> int:
        return self.fetch(f"http://{host}/generate_204")[0]

    def reaches(self, host: str, port: int) -> bool:
        """Does anything accept a connection there?"""
        script = f"import socket; socket.create_connection(({host!r}, {port}), 3)"
        return self._succeeds([sys.executable, "-c", script])

    def pings(self, host: str) -> bool:
        return self._succeeds(["ping", "-c1", "-W1", host])

    def lease(self, folder: Path) -> dict[str, str]:
        """The lease that the DHCP server gives to a client that requests option 114, by udhcpc's names; it is put into
        force."""
        script = folder / "udhcpc"
        script.write_text(LEASED.format(folder=folder))
        script.chmod(0o755)
        self.run(
            ["busybox", "udhcpc", "-i", "wifi", "-s", script, "-O", "114", "-n", "-q", "-f", "-t", "20", "-T", "1"]
        )
        lines = (folder / "leased").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def leave_wifi(self) -> None:
        """As if the phone were carried out of the radio's reach."""
        self.ip("link", "set", "wifi", "down")

    def return_to_wifi(self, folder: Path) -> dict[str, str]:
        """With a new lease, which is returned."""
        self.ip("addr", "flush", "dev", "wifi")
        self.ip("link", "set", "wifi", "up")
        return self.lease(folder)

    def program(self, folder: Path, command: str) -> Path:
        """A file that starts this program inside the namespace, for who can start nothing but a file."""
        file = folder / f"{Path(command).name}-of-{self.name}"
        file.write_text(f'#!/bin/sh\nexec ip netns exec {self.name} {command} "$@"\n')
        file.chmod(0o755)
        return file

    def resolve(self, name: str, server: str) -> str:
        """The IPv4 address that this name server answers with."""
        script = f"from tests.rig.hotspot_lab import query_name_server as ask; print(ask({name!r}, {server!r}))"
        return self.run([sys.executable, "-c", script]).strip()

    def _succeeds(self, command: Sequence[str]) -> bool:
        try:
            self.run(command)
        except CommandFailed:
            return False
        return True


@dataclass
class Lab:
    folder: Path
    plan: HotspotPlan
    box: Namespace
    internet: Namespace
    stack: ExitStack
    phones: list[Phone] = field(default_factory=list)

    @property
    def run_on_box(self) -> Run:
        return self.box.run

    def cut_uplink(self) -> None:
        """As if the cable were pulled: packets are lost without an error."""
        self.internet.ip("link", "set", "net0", "down")

    def mend_uplink(self) -> None:
        self.internet.ip("link", "set", "net0", "up")

    def uplink_bytes(self) -> int:
        """The bytes that passed the uplink, both ways, since the lab was made."""
        passed = read_bytes(self.box.run(command_to_show(self.plan.uplink)))
        assert passed is not None
        return passed

    def phone(self, *, address: bool = True) -> Phone:
        """A phone on the radio; with the addresses that it would have leased, or none."""
        number = 10 + len(self.phones)
        phone = Phone(_made(self.stack, "phone"), f"02:00:00:00:00:{number:02x}")
        port = f"port{number}"
        self.box.ip("link", "add", port, "type", "veth", "peer", "name", "wifi", "netns", phone.name)
        self.box.ip("link", "set", port, "master", self.plan.radio, "up")
        self.box.run(["bridge", "link", "set", "dev", port, "isolated", "on"])  # as hostapd's ap_isolate
        phone.ip("link", "set", "lo", "up")
        phone.ip("link", "set", "wifi", "address", phone.mac)
        phone.sysctl(ipv6__conf__wifi__accept_dad=0)
        phone.ip("link", "set", "wifi", "up")
        if address:
            self.address(phone, number)
        self.phones.append(phone)
        return phone

    def address(self, phone: Phone, number: int) -> None:
        network = self.plan.address.network
        phone.ip("addr", "add", f"{network.network_address + number}/{network.prefixlen}", "dev", "wifi")
        phone.ip("route", "add", "default", "via", self.plan.address.ip)
        if self.plan.address6:
            phone.ip("addr", "add", f"{self.plan.address6.network.network_address + number}/64", "dev", "wifi", "nodad")
            phone.ip("-6", "route", "replace", "default", "via", self.plan.address6.ip)

    def give_mobile_data(self, phone: Phone) -> None:
        """A second way to the internet, which the phone takes while it has no WiFi."""
        number = len(self.phones)
        port, ours, theirs = f"cell{number}", f"198.51.100.{4 * number + 1}", f"198.51.100.{4 * number + 2}"
        self.internet.ip("link", "add", port, "type", "veth", "peer", "name", "cell", "netns", phone.name)
        self.internet.ip("addr", "add", f"{ours}/30", "dev", port)
        self.internet.ip("link", "set", port, "up")
        phone.ip("link", "set", "cell", "up")
        phone.ip("addr", "add", f"{theirs}/30", "dev", "cell")
        phone.ip("route", "add", "default", "via", ours, "metric", "1000")

    def start(
        self, name: str, where: Namespace, command: Sequence[object], env: Mapping[str, str] | None = None
    ) -> Process:
        full = ["ip", "netns", "exec", where.name, *map(str, command)]
        process = Process(name, full, folder=self.folder, env=env or {})
        self.stack.callback(process.stop)
        return process

    def start_dnsmasq(self) -> None:
        script = self.folder / "arrival"
        script.write_text(render_script(self.folder / "arrivals"))
        script.chmod(0o755)
        files = {"lease_file": self.folder / "leases", "resolv_file": Path("/dev/null"), "arrivals_script": script}
        conf = self.folder / "dnsmasq.conf"
        conf.write_text(render_dnsmasq(self.plan, **files))
        command = ["dnsmasq", "--keep-in-foreground", "--user=root", f"--conf-file={conf}", "--pid-file="]
        self.start("dnsmasq", self.box, command)
        listening = ["ss", "-Hlun", "sport = 67"]
        eventually(lambda: self.box.run(listening) != "", within_s=20, what="dnsmasq to listen")

    def serve(self, name: str, where: Namespace, port: int) -> None:
        """A web server of this namespace: `hotspot_web.py` says what it answers."""
        self.start(name, where, [sys.executable, Path(__file__).with_name("hotspot_web.py"), name, str(port)])


@contextmanager
def hotspot_lab(folder: Path, plan: HotspotPlan) -> Iterator[Lab]:
    with ExitStack() as stack:
        box, internet = Namespace(_made(stack, "box")), Namespace(_made(stack, "net"))
        lab = Lab(folder, plan, box, internet, stack)
        for namespace in (box, internet):
            namespace.ip("link", "set", "lo", "up")
        _uplink(lab)
        _radio(lab)
        yield lab


def _enter(descriptor: int) -> None:
    if _libc.setns(descriptor, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def _uplink(lab: Lab) -> None:
    box, internet, uplink = lab.box, lab.internet, lab.plan.uplink
    box.ip("link", "add", uplink, "type", "veth", "peer", "name", "net0", "netns", internet.name)
    for namespace, interface, last in ((box, uplink, 2), (internet, "net0", 1)):
        kept = {f"ipv6__conf__{interface}__keep_addr_on_down": 1}
        namespace.sysctl(**{f"ipv6__conf__{interface}__accept_dad": 0}, **kept)
        namespace.ip("link", "set", interface, "up")
        namespace.ip("addr", "add", f"192.168.7.{last}/24", "dev", interface)
        namespace.ip("addr", "add", f"2001:db8:7::{last}/64", "dev", interface, "nodad")
    internet.ip("link", "set", "net0", "gso_max_segs", "1")  # packets as on a cable: none is longer than the MTU
    internet.ip("addr", "add", f"{INTERNET4}/32", "dev", "lo")
    internet.ip("addr", "add", f"{INTERNET6}/128", "dev", "lo", "nodad")
    box.ip("route", "add", "default", "via", BUILDING)
    box.ip("-6", "route", "add", "default", "via", "2001:db8:7::1")


def _radio(lab: Lab) -> None:
    """A bridge in the place of the access point: there is no WiFi in a namespace."""
    box, plan = lab.box, lab.plan
    box.ip("link", "add", plan.radio, "type", "bridge")
    box.ip("link", "set", plan.radio, "address", BOX_MAC)  # else it changes with each phone that is added
    box.sysctl(ipv4__ip_forward=1, ipv6__conf__all__forwarding=1, **{f"ipv6__conf__{plan.radio}__accept_dad": 0})
    box.ip("link", "set", plan.radio, "up")
    box.ip("addr", "add", plan.address, "dev", plan.radio)
    if plan.address6:
        box.ip("addr", "add", plan.address6, "dev", plan.radio, "nodad")


def _made(stack: ExitStack, kind: str) -> str:
    name = f"lc-{kind}-{os.getpid()}-{next(_serial)}"
    run(["ip", "netns", "add", name])
    stack.callback(_remove, name)
    return name


def _remove(name: str) -> None:
    for pid in run(["ip", "netns", "pids", name]).split():
        try:
            os.kill(int(pid), 9)
        except ProcessLookupError:
            continue
    run(["ip", "netns", "del", name])


def query_name_server(name: str, server: str) -> str:
    """The address in the first answer of this name server to a query for an A record (RFC 1035, section 4)."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    query = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0" + labels + b"\0\x01\0\x01"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        client.sendto(query, (server, 53))
        return socket.inet_ntoa(client.recv(512)[-4:])
