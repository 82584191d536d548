"""The processes of a box that is a hotspot, in the lab: each as its systemd unit starts it, as its own user."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from player.hotspot.plan import HotspotPlan
from player.hotspot.plan_store import NAME_FILE
from player.hotspot.unit import REQUEST_SOCKET
from player.portal.certificates.own_certificate import CERTIFICATE, KEY
from player.portal.upstream.clients import PHONES_SOCKET
from tests.rig.hotspot_lab import Lab, Phone
from tests.rig.servers.processes import Process, eventually, program

PATIENCE_S = 60  # for an answer that is lost, not for a slow machine
# As the units have them: users of one group, with the capabilities that each needs. The player is root without any
# capability: it starts Python again, which may be in root's home.
USERS = {"hotspot": 64130, "portal": 64132, "dnsmasq": 64133, "player": 0}
GROUP = 64131
CAPABILITIES = {
    "hotspot": "+net_admin",
    "portal": "+net_bind_service",
    "dnsmasq": "+net_admin,+net_bind_service,+net_raw",
    "player": "",
}
UMASKS = {"portal": "0077"}


def as_user(name: str, users: Mapping[str, int]) -> list[str]:
    """Begins a command of this process of the box."""
    kinds = ("bounding-set", "inh-caps", "ambient-caps")
    capabilities = [f"--{kind}=-all,{CAPABILITIES[name]}".rstrip(",") for kind in kinds]
    masked = ["sh", "-c", f'umask {UMASKS.get(name, "0027")}; exec "$@"', "sh"]
    return [
        *masked, "setpriv", f"--reuid={users[name]}", f"--regid={GROUP}", "--clear-groups", "--no-new-privs",
        *capabilities,
    ]  # fmt: skip


def users_here() -> Mapping[str, int]:
    """The users of a box's processes; all are root where others cannot read this Python, as in a home."""
    command = [*as_user("hotspot", USERS), sys.executable, "-c", "import player"]
    tried = subprocess.run(command, capture_output=True, check=False)
    return dict.fromkeys(USERS, 0) if tried.returncode else USERS


def write_certificate(folder: Path, name: str) -> None:
    """A self-signed certificate for the portal, which the phones of the lab trust."""
    files = ["-keyout", folder / KEY, "-out", folder / CERTIFICATE]
    subject = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    subprocess.run([*command, *subject, *files], check=True, capture_output=True)
    (folder / KEY).chmod(0o644)


@dataclass
class Box:
    """The box of a lab, in the lab's folder, which other users must reach.

    server_url: as the box reaches it · more: further settings of the player · users: of its processes
    """

    lab: Lab
    server_url: str = "http://127.0.0.1:9"
    more: Mapping[str, str] = field(default_factory=dict)
    users: Mapping[str, int] = field(default_factory=users_here)
    processes: dict[str, Process] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.chmod(0o755)
        for name, user in self.users.items():
            home = self.player_dir if name == "player" else self.folder / name
            home.mkdir(mode=0o750, parents=True, exist_ok=True)
            os.chown(home, user, GROUP)
        (self.folder / "plan.json").write_text(self.plan.model_dump_json())
        if self.plan.portal_name:  # as after an earlier run: what systemd restarts for a new name is not here
            name = self.folder / "hotspot" / NAME_FILE
            name.write_text(self.plan.portal_name)
            os.chown(name, self.users["hotspot"], GROUP)

    @property
    def folder(self) -> Path:
        return self.lab.folder

    @property
    def plan(self) -> HotspotPlan:
        return self.lab.plan

    @property
    def player_dir(self) -> Path:
        return Path(self.env["LIFTCAST_PLAYER_DIR"])

    @property
    def url(self) -> str:
        """The portal's address for phones: the firewall redirects port 80 to the portal's own."""
        return f"http://{self.plan.address.ip}"

    @property
    def env(self) -> dict[str, str]:
        return {
            "LIFTCAST_SERVER_URL": self.server_url,
            "LIFTCAST_PLAYER_DIR": str(self.folder / "player"),
            "LIFTCAST_HOTSPOT_PLAN": str(self.folder / "plan.json"),
            "LIFTCAST_HOTSPOT_DIR": str(self.folder / "hotspot"),
            "LIFTCAST_HOTSPOT_LEASES": str(self.folder / "dnsmasq" / "leases"),
            "LIFTCAST_PORTAL_DIR": str(self.folder / "portal"),
            "LIFTCAST_PORTAL_TLS": str(self.folder),
            **self.more,
        }

    def start(self, name: str) -> Process:
        """Returns when the process answers."""
        conf = self.folder / "hotspot" / "dnsmasq.conf"
        # As root it would become another user, for which it lacks the capability.
        foreground = "--keep-in-foreground" if self.users["dnsmasq"] else "--no-daemon"
        commands: dict[str, list[object]] = {
            "hotspot": [program("liftcast-player"), "hotspot"],
            "portal": [sys.executable, "-m", "player.portal"],
            "dnsmasq": ["dnsmasq", foreground, "--pid-file=", f"--conf-file={conf}"],
            "player": [program("liftcast-player"), "run"],
        }  # fmt: skip
        for socket in self._sockets(name):
            socket.unlink(missing_ok=True)
        self.processes[name] = self.lab.start(
            name, self.lab.box, [*as_user(name, self.users), *commands[name]], env=self.env
        )
        eventually(lambda: self._answers(name), within_s=PATIENCE_S, what=f"the process {name}")
        return self.processes[name]

    def kill(self, name: str) -> None:
        """Kill -9. `ip`, `sh` and `setpriv` have become the program that they started, so this is the program."""
        self.processes.pop(name).kill(signal.SIGKILL)

    def join(self, phone: Phone) -> None:
        """This phone gets a lease, meets the portal and taps."""
        phone.lease(self.folder)
        assert phone.probe() == 302
        assert self.tap(phone, "join") == 303
        assert phone.probe() == 204

    def tap(self, phone: Phone, button: str) -> int:
        return phone.fetch(f"{self.url}/{button}", "-d", "", within_s=PATIENCE_S)[0]

    def page(self, phone: Phone, path: str = "/") -> str:
        return phone.fetch(f"{self.url}{path}", within_s=PATIENCE_S)[1]

    def _sockets(self, name: str) -> list[Path]:
        sockets = {"hotspot": self.folder / "hotspot" / REQUEST_SOCKET, "player": self.player_dir / PHONES_SOCKET}
        return [sockets[name]] if name in sockets else []

    def _answers(self, name: str) -> bool:
        if not self.processes[name].running:
            raise RuntimeError(f"{name} ended:\n{self.processes[name].output()[-3000:]}")
        listening = {"portal": ["-Hltn", f"sport = {self.plan.portal_port}"], "dnsmasq": ["-Hlun", "sport = 67"]}
        if name in listening:
            return self.lab.box.run(["ss", *listening[name]]) != ""
        return all(socket.exists() for socket in self._sockets(name))
