"""A phone joins the hotspot: lease, probe, portal, one tap. Over the processes of a box, each killed at its moment."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from media.wire.timeline import ScreenSettings
from player.hotspot.plan import CERTIFICATE, KEY, HotspotPlan
from player.line_socket import LineServer
from player.portal.clients import PHONES_SOCKET
from tests.player.portal.conftest import FakePlayer
from tests.player.timelines import a_timeline
from tests.rig.hotspot_lab import INTERNET4, Lab, Phone, hotspot_lab, why_no_lab
from tests.rig.servers.processes import Process, eventually, program

NAME = "abcdef.box.example.org"
PLAN = HotspotPlan(ssid="Lobby", country="DE", portal_name=NAME)
PORTAL = f"http://{PLAN.address.ip}"
PATIENCE_S = 60  # for an answer that is lost, not for a slow machine
# As the units have them: no root, and the capabilities that each needs.
USERS = {"hotspot": 64130, "portal": 64132, "dnsmasq": 64133}
GROUP = 64131
CAPABILITIES = {
    "hotspot": "+net_admin",
    "portal": "+net_bind_service",
    "dnsmasq": "+net_admin,+net_bind_service,+net_raw",
}


def as_user(name: str) -> list[str]:
    """Begins a command of this process of the box."""
    kinds = ("bounding-set", "inh-caps", "ambient-caps")
    capabilities = [f"--{kind}=-all,{CAPABILITIES[name]}" for kind in kinds]
    return ["setpriv", f"--reuid={USERS[name]}", f"--regid={GROUP}", "--clear-groups", "--no-new-privs", *capabilities]


def why_no_journey() -> str:
    """Python may be in a home that nobody else reads."""
    if reason := why_no_lab():
        return reason
    tried = subprocess.run([*as_user("hotspot"), sys.executable, "-c", "import json"], capture_output=True, check=False)
    return "other users cannot run this Python" if tried.returncode else ""


WHY_NOT = why_no_journey()
pytestmark = [pytest.mark.journey, pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)]


@dataclass
class Box:
    """The processes of a box that is a hotspot; the player's side is in this process."""

    lab: Lab
    processes: dict[str, Process] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        folder = self.lab.folder
        return {
            "LIFTCAST_SERVER_URL": "http://127.0.0.1:9",
            "LIFTCAST_PLAYER_DIR": str(folder),
            "LIFTCAST_HOTSPOT_PLAN": str(folder / "plan.json"),
            "LIFTCAST_HOTSPOT_DIR": str(folder / "hotspot"),
            "LIFTCAST_HOTSPOT_LEASES": str(folder / "dnsmasq" / "leases"),
            "LIFTCAST_PORTAL_DIR": str(folder / "portal"),
            "LIFTCAST_PORTAL_TLS": str(folder),
        }

    def start_hotspot(self) -> None:
        (self.lab.folder / "hotspot" / "requests").unlink(missing_ok=True)
        self._start("hotspot", [program("liftcast-player"), "hotspot"])
        socket = self.lab.folder / "hotspot" / "requests"
        eventually(socket.exists, within_s=60, what="the hotspot's socket")

    def start_portal(self) -> None:
        self._start("portal", [sys.executable, "-m", "player.portal"])
        listening = ["ss", "-Hltn", f"sport = {PLAN.portal_port}"]
        eventually(lambda: self.lab.box.run(listening) != "", within_s=60, what="the portal")

    def start_dnsmasq(self) -> None:
        conf = self.lab.folder / "hotspot" / "dnsmasq.conf"
        self._start("dnsmasq", ["dnsmasq", "--keep-in-foreground", "--pid-file=", f"--conf-file={conf}"])
        eventually(lambda: self.lab.box.run(["ss", "-Hlun", "sport = 67"]) != "", within_s=20, what="dnsmasq")

    def kill(self, name: str) -> None:
        """`ip netns exec` becomes the program that it starts, so this is the program itself."""
        self.processes.pop(name).kill(signal.SIGKILL)

    def start(self, name: str) -> None:
        starts: dict[str, Callable[[], None]] = {
            "hotspot": self.start_hotspot, "portal": self.start_portal, "dnsmasq": self.start_dnsmasq,
        }  # fmt: skip
        starts[name]()

    def _start(self, name: str, command: list[object]) -> None:
        self.processes[name] = self.lab.start(name, self.lab.box, [*as_user(name), *command], env=self.env)


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    """In a folder that other users reach."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="liftcast-box-")))
        folder.chmod(0o755)
        lab = stack.enter_context(hotspot_lab(folder, PLAN))
        for name, user in USERS.items():
            (folder / name).mkdir()
            os.chown(folder / name, user, GROUP)
        write_certificate(folder)
        (folder / "plan.json").write_text(PLAN.model_dump_json())
        player = FakePlayer(folder, a_timeline(settings=ScreenSettings(page_url="http://screens.example.org/s/ABC234")))
        socket = LineServer(folder / PHONES_SOCKET, player.answer, gid=GROUP)
        socket.start()
        stack.callback(socket.stop)
        lab.serve("internet", lab.internet, 80)
        box = Box(lab)
        for name in ("hotspot", "portal", "dnsmasq"):
            box.start(name)
        yield box


def write_certificate(folder: Path) -> None:
    """A self-signed certificate, which the phones of the lab trust."""
    files = ["-keyout", folder / KEY, "-out", folder / CERTIFICATE]
    subject = ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    subprocess.run([*command, *subject, *files], check=True, capture_output=True)
    (folder / KEY).chmod(0o644)


def joined(box: Box) -> Phone:
    """A phone with a lease that has tapped."""
    phone = box.lab.phone(address=False)
    phone.lease(box.lab.folder)
    assert phone.probe() == 302
    assert tap(phone, "join") == 303
    assert phone.probe() == 204
    return phone


def tap(phone: Phone, what: str) -> int:
    return phone.fetch(f"{PORTAL}/{what}", "-d", "", within_s=PATIENCE_S)[0]


def page(phone: Phone) -> str:
    return phone.fetch(f"{PORTAL}/", within_s=PATIENCE_S)[1]


def test_a_phone_joins_with_one_tap(box: Box) -> None:
    phone = box.lab.phone(address=False)
    lease = phone.lease(box.lab.folder)
    assert bytes.fromhex(lease["opt114"]).decode() == f"https://{NAME}/captive-portal/api"
    _, head = phone.fetch(f"http://{INTERNET4}/generate_204", "-i")
    [portal] = re.findall(r"^location: (\S+)", head, re.IGNORECASE | re.MULTILINE)
    status, html = phone.fetch(portal)
    assert (status, "Go online" in html) == (200, True)
    assert f"http://{lease['router']}/" == portal
    status, head = phone.fetch(f"{portal}join", "-d", "", "-i", within_s=PATIENCE_S)
    [mirror] = re.findall(r"^location: (\S+)", head, re.IGNORECASE | re.MULTILINE)
    assert (status, mirror) == (303, "/s/ABC234")
    assert phone.fetch(f"{PORTAL}{mirror}")[0] == 200
    assert phone.probe() == 204
    assert "You are online" in page(phone)
    assert tap(phone, "leave") == 303
    assert phone.probe() == 302


def test_the_api_is_reached_by_its_name_before_a_visit_and_during_it(box: Box) -> None:
    phone = box.lab.phone(address=False)
    lease = phone.lease(box.lab.folder)
    assert phone.resolve(NAME, lease["dns"]) == lease["router"]
    trusting = ("--cacert", str(box.lab.folder / CERTIFICATE), "--resolve", f"{NAME}:443:{lease['router']}")

    def api() -> dict[str, object]:
        url = bytes.fromhex(lease["opt114"]).decode()
        answer: dict[str, object] = json.loads(phone.fetch(url, *trusting, within_s=PATIENCE_S)[1])
        return answer

    assert api()["captive"] is True
    assert tap(phone, "join") == 303
    during = api()
    assert (during["captive"], during["can-extend-session"]) == (False, True)
    assert phone.fetch(str(during["venue-info-url"]), *trusting, within_s=PATIENCE_S)[0] == 303
    assert tap(phone, "leave") == 303
    assert api()["captive"] is True


@pytest.mark.parametrize("name", ["hotspot", "portal", "dnsmasq"])
def test_a_process_that_is_killed_takes_no_visit_with_it(box: Box, name: str) -> None:
    phone = joined(box)
    box.kill(name)
    assert phone.probe() == 204
    box.start(name)
    assert phone.probe() == 204
    assert "You are online" in page(phone)
    newcomer = joined(box)
    for leaving in (phone, newcomer):
        assert tap(leaving, "leave") == 303


def test_while_the_unit_is_away_a_newcomer_reads_to_come_back(box: Box) -> None:
    phone = box.lab.phone(address=False)
    phone.lease(box.lab.folder)
    box.kill("hotspot")
    assert phone.probe() == 302
    assert "just starting" in page(phone)
    box.start("hotspot")
    assert tap(phone, "join") == 303
    assert phone.probe() == 204
    assert tap(phone, "leave") == 303


def test_a_phone_that_comes_back_under_another_address_goes_on_without_a_tap(box: Box) -> None:
    phone = joined(box)
    network = PLAN.address.network.network_address
    phone.ip("addr", "flush", "dev", "wifi", "scope", "global")
    phone.ip("addr", "add", f"{network + 200}/24", "dev", "wifi")
    phone.ip("route", "replace", "default", "via", PLAN.address.ip)
    assert "You are online" in page(phone)
    assert phone.probe() == 204
    assert tap(phone, "leave") == 303


def test_no_log_names_a_phone_or_what_it_opened(box: Box) -> None:
    phone = joined(box)
    logs = "".join((box.lab.folder / f"{name}.log").read_text() for name in ("hotspot", "portal"))
    assert not re.search(rf"{phone.mac}|generate_204|10\.42\.0\.(?!1\b)\d+", logs)
    assert tap(phone, "leave") == 303
