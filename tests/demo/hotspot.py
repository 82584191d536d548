"""The demo's box as a hotspot: in network namespaces where the demo may make them, else its portal alone.

A visitor's browser reaches the portal at a port of its own, through a proxy in the place of the radio. In the
namespaces the proxy's connections are made by the phone there, so that the portal sees a phone of its WiFi.
"""

from __future__ import annotations

import json
import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from player.hotspot.plan import HotspotPlan
from player.portal.certificates.own_certificate import CERTIFICATE
from server.errors import Denied
from tests.rig.hotspot_box import USERS, Box, write_certificate
from tests.rig.hotspot_lab import INTERNET4, Lab, Phone, hotspot_lab, why_no_lab
from tests.rig.servers.network import Cable
from tests.rig.servers.processes import Process, program

NAME = "demo.box.example.org"
PROBE = f"http://{INTERNET4}/generate_204"
ANSWER_S = 20
SECOND = 2  # the second phone's address in the network: one that no lease is for

Answer = TypeVar("Answer")
Words = Callable[[tuple[int, str]], str]


class NoWifi(Denied):
    """This demo has no WiFi. Run it as root, with the packages that make setup installs."""


@dataclass(frozen=True)
class Step:
    """One request of the phone that joins, and the real answer to it."""

    name: str
    request: str
    answer: str
    took_ms: int


class DemoBox(Protocol):
    """has_wifi: whether there is one to join · steps: of the phone that joined last"""

    has_wifi: bool
    joined: bool
    steps: list[Step]

    @property
    def player(self) -> Process: ...

    @property
    def uplink(self) -> bool:
        """Whether it is whole."""

    def turn_uplink(self) -> None:
        """Cut or mend it."""

    def turn_wifi(self) -> None:
        """Let the phone join the WiFi, or leave it."""

    def connect(self, nth: int) -> socket.socket:
        """A connection to the portal by the nth phone of a crowd in the WiFi. Safe to call from any thread."""


@contextmanager
def demo_box(
    folder: Path, *, server: tuple[str, int], portal_port: int, second_port: int, display: str, name: str
) -> Iterator[DemoBox]:
    """Its player is in `folder/player`.

    server: host and port under which everybody reaches it · portal_port: of this machine, which leads to the portal
    second_port: which leads there as a second phone, always in the WiFi · name: of the WiFi
    """
    build = _alone if why_no_lab() else _in_namespaces
    with ExitStack() as stack:
        ports = {"portal_port": portal_port, "second_port": second_port}
        yield build(folder, stack, server=server, display=display, name=name, **ports)


# --- the portal alone


@dataclass
class PortalAlone:
    player: Process
    cable: Cable
    portal_port: int
    has_wifi: bool = False
    joined: bool = False
    steps: list[Step] = field(default_factory=list)

    @property
    def uplink(self) -> bool:
        return self.cable.whole

    def turn_uplink(self) -> None:
        (self.cable.cut if self.cable.whole else self.cable.mend)()

    def turn_wifi(self) -> None:
        raise NoWifi

    def connect(self, nth: int) -> socket.socket:
        return socket.create_connection(
            ("127.0.0.1", self.portal_port), timeout=ANSWER_S, source_address=(_address(nth + 1), 0)
        )


def _address(nth: int) -> str:
    """The portal knows its phones by their addresses; this machine has all that begin with 127."""
    return f"127.0.0.{10 + nth}"


def _alone(
    folder: Path,
    stack: ExitStack,
    *,
    server: tuple[str, int],
    portal_port: int,
    second_port: int,
    display: str,
    name: str,
) -> PortalAlone:
    cable = stack.enter_context(Cable(server))
    plan = folder / "plan.json"
    plan.write_text(HotspotPlan(ssid=name, country="CN", portal_port=portal_port).model_dump_json())
    env = {
        "LIFTCAST_SERVER_URL": cable.url, "LIFTCAST_PLAYER_DIR": str(folder / "player"), "LIFTCAST_POLL_S": "5",
        "LIFTCAST_HOTSPOT_PLAN": str(plan), "LIFTCAST_HOTSPOT_DIR": str(folder / "hotspot"),
        "LIFTCAST_PORTAL_DIR": str(folder / "portal"), "DISPLAY": display,
    }  # fmt: skip
    logs = folder / "logs"
    player = stack.enter_context(Process("player", [program("liftcast-player"), "run"], folder=logs, env=env))
    stack.enter_context(Process("portal", [sys.executable, "-m", "player.portal"], folder=logs, env=env))
    stack.enter_context(Cable(("127.0.0.1", portal_port), port=second_port, source=_address(0)))
    return PortalAlone(player, cable, portal_port)


# --- in network namespaces


@dataclass
class BoxInNamespaces:
    """radio: leads to the portal while the phone is in the WiFi"""

    lab: Lab
    box: Box
    phone: Phone
    radio: Cable
    has_wifi: bool = True
    uplink: bool = True
    joined: bool = False
    steps: list[Step] = field(default_factory=list)
    _crowd: dict[int, Phone] = field(default_factory=dict)
    _turning: threading.Lock = field(default_factory=threading.Lock)

    @property
    def player(self) -> Process:
        return self.box.processes["player"]

    def turn_uplink(self) -> None:
        (self.lab.cut_uplink if self.uplink else self.lab.mend_uplink)()
        self.uplink = not self.uplink

    def turn_wifi(self) -> None:
        with self._turning:
            if self.joined:
                self._leave()
            else:
                self._join()

    def connect(self, nth: int) -> socket.socket:
        with self._turning:
            if nth not in self._crowd:
                self._crowd[nth] = self.lab.phone(address=False)
                self._crowd[nth].lease(self.lab.folder)
        with self._crowd[nth].entered():
            return socket.create_connection((str(self.lab.plan.address.ip), 80), timeout=ANSWER_S)

    def _leave(self) -> None:
        """Its visit ends too: a phone that joins again sees all steps again."""
        self.box.tap(self.phone, "leave")
        self.radio.cut()
        self.phone.leave_wifi()
        self.joined = False

    def _join(self) -> None:
        """As a phone does: each step is there as soon as it is answered."""
        self.steps = []
        lease = self._step("lease", "DHCP", lambda: self.phone.return_to_wifi(self.lab.folder), _lease_words)
        api = self._step("option", "DHCP 114", lambda: bytes.fromhex(lease["opt114"]).decode(), str)
        trusting = ("--cacert", str(self.lab.folder / CERTIFICATE), "--resolve", f"{NAME}:443:{lease['router']}")
        self._fetch("api", api, _api_words, *trusting)
        self._fetch("probe", PROBE, _head_words, "-i")
        portal = f"http://{lease['router']}/"
        self._fetch("portal", portal, _page_words)
        self._fetch("tap", f"{portal}join", _head_words, "-i", "-d", "", method="POST")
        self._fetch("probe", PROBE, _head_words, "-i")
        self.radio.mend()
        self.joined = True

    def _fetch(self, name: str, url: str, words: Words, *more: str, method: str = "GET") -> None:
        self._step(name, f"{method} {url}", lambda: self.phone.fetch(url, *more, within_s=ANSWER_S), words)

    def _step(self, name: str, request: str, run: Callable[[], Answer], words: Callable[[Answer], str]) -> Answer:
        began = time.monotonic()
        answer = run()
        took_ms = round((time.monotonic() - began) * 1000)
        self.steps = [*self.steps, Step(name, request, words(answer), took_ms)]
        return answer


def _lease_words(lease: dict[str, str]) -> str:
    return f"{lease['ip']}/{lease['mask']}, {lease['router']}, {int(lease['lease']) // 60} min"


def _api_words(answer: tuple[int, str]) -> str:
    members = json.loads(answer[1])
    return f"{answer[0]} captive: {json.dumps(members['captive'])}, {members['user-portal-url']}"


def _page_words(answer: tuple[int, str]) -> str:
    [heading] = re.findall(r"<h1>(.*?)</h1>", answer[1])
    return f"{answer[0]} {heading}"


def _head_words(answer: tuple[int, str]) -> str:
    location = re.findall(r"^location: (\S+)", answer[1], re.IGNORECASE | re.MULTILINE)
    return " → ".join([str(answer[0]), *location])


def _in_namespaces(
    folder: Path,
    stack: ExitStack,
    *,
    server: tuple[str, int],
    portal_port: int,
    second_port: int,
    display: str,
    name: str,
) -> BoxInNamespaces:
    home = folder / "box"
    home.mkdir(exist_ok=True)
    # On the box, the server's own port is taken by the way to the server.
    own_port = next(port for port in (8080, 8081) if port != server[1])
    plan = HotspotPlan(ssid=name, country="CN", portal_name=NAME, portal_port=own_port)
    lab = stack.enter_context(hotspot_lab(home, plan))
    write_certificate(home, NAME)
    _connect(lab, stack, server)
    more = {"DISPLAY": display, "LIFTCAST_POLL_S": "5", "LIFTCAST_PLAYER_DIR": str(folder / "player")}
    as_root = dict.fromkeys(USERS, 0)  # the demo's folder may be in a home
    box = Box(lab, server_url=f"http://{server[0]}:{server[1]}", more=more, users=as_root)
    for process in ("hotspot", "dnsmasq", "portal", "player"):
        box.start(process)
    phone = lab.phone(address=False)
    radio = _radio_of(phone, stack, plan, portal_port)
    second = lab.phone(address=False)
    lab.address(second, SECOND)
    _radio_of(second, stack, plan, second_port)
    radio.cut()
    phone.leave_wifi()
    return BoxInNamespaces(lab, box, phone, radio)


def _radio_of(phone: Phone, stack: ExitStack, plan: HotspotPlan, port: int) -> Cable:
    """Leads from a port of this machine to the portal; the connections are this phone's."""
    listener = socket.create_server(("127.0.0.1", port))
    with phone.entered():
        return stack.enter_context(Cable((str(plan.address.ip), 80), listener=listener))


def _connect(lab: Lab, stack: ExitStack, server: tuple[str, int]) -> None:
    """The server has one address for everybody. The box has it on its loopback, from where it leads over the uplink."""
    host, port = server
    with lab.internet.entered():
        listener = socket.create_server((INTERNET4, 80))
    stack.enter_context(Cable(server, listener=listener))
    if not host.startswith("127."):
        lab.box.ip("addr", "add", f"{host}/32", "dev", "lo")
    with lab.box.entered():
        stack.enter_context(Cable((INTERNET4, 80), host=host, port=port))
