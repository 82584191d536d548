"""The demo's processes: server, player under its own virtual screen, the cable between them, nginx and the desk."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from werkzeug.serving import make_server

from media.phone.identity import COOKIE
from media.phone.tokens import new_token
from tests.demo.content import Content, book_programme, enrol_the_box, make_content
from tests.demo.crowd import Crowd
from tests.demo.desk import make_desk
from tests.demo.hotspot import DemoBox, demo_box
from tests.demo.picture import LivePicture
from tests.rig.players.screens import VirtualScreen, virtual_screen
from tests.rig.servers.house import RunningHouse, make_house
from tests.rig.servers.nginx import start_nginx
from tests.rig.servers.ports import free_port
from tests.rig.servers.processes import Process

SIZE = (1280, 720)
WIFI = "Harbour Lift"
# In the place of the radio. The pages get a script by which the desk's buttons reach them, for their origin is another
# than the desk's; and they are shown in its frame, which their own policy forbids.
BOX_SITE = """
server {{
    listen {host}:{port};
    location /demo/static/ {{ proxy_pass http://127.0.0.1:{desk}; }}
    location / {{
        proxy_pass http://127.0.0.1:{portal};
        proxy_http_version 1.1;
        proxy_set_header Host 10.42.0.1;
        proxy_set_header Origin http://10.42.0.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $liftcast_connection;
        proxy_set_header Accept-Encoding "";
        proxy_hide_header Content-Security-Policy;
        {more}
        sub_filter '</body>' '<script type="module" src="/demo/static/box.js"></script></body>';
    }}
}}
"""


@dataclass(frozen=True)
class Ports:
    """site, box, second: of the pages for visitors, the last for the second phone · desk, portal, second_portal: behind
    them"""

    site: int
    box: int
    second: int
    desk: int
    portal: int
    second_portal: int


@dataclass
class Stand:
    """Everything that the desk's buttons act on."""

    url: str
    house: RunningHouse
    content: Content
    box: DemoBox
    ports: Ports
    crowd: Crowd
    screen: VirtualScreen
    picture: LivePicture
    key: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    @property
    def address(self) -> str:
        """The address that the terminal prints: the desk, with the key that its sign-in buttons require."""
        return f"{self.url}/demo/?key={self.key}"

    def sign_in_addresses(self) -> dict[str, str]:
        """For each role, the address at which the desk makes a one-time link and leads to it."""
        return {role: f"{self.url}/demo/sign-in/{role}?key={self.key}" for role in self.content.people}

    def vlc_pid(self) -> int | None:
        """The player's display child, which holds libVLC."""
        children = [pid for pid in _children_of(self.box.player.pid) if "vlc_child" in _command_of(pid)]
        return children[0] if children else None

    def plays_waiting(self) -> int:
        """How many finished plays are in the player's journal: what the server does not know while it is cut off."""
        journal = self.house.folder / "player" / "journal.sqlite3"
        with (
            contextlib.suppress(sqlite3.Error),
            contextlib.closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True, timeout=1)) as db,
        ):
            (waiting,) = db.execute("SELECT count(*) FROM play WHERE NOT open").fetchone()
            return int(waiting)
        return 0  # the player has not made it yet

    def kill_vlc(self) -> int | None:
        """Kill it; the player must get over that. Returns the pid that was killed."""
        pid = self.vlc_pid()
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
        return pid


@contextmanager
def open_stand(folder: Path, films: dict[str, Path], *, host: str, port: int) -> Iterator[Stand]:
    """Start everything; what is started is ended in reverse, in any case. `host` empty: every address."""
    with ExitStack() as stack:
        ports = _choose_ports(port)
        port = ports.site
        house = make_house(folder, more=_settings(host or own_address(), port))
        stack.callback(house.stop)
        stack.callback(start_nginx_for(house, folder, host=host, ports=ports).stop)
        for part in ("web", "media", "worker", "planner", "desk"):
            house.start(part)
        content = make_content(house, films)
        screen = stack.enter_context(virtual_screen(SIZE))
        server = (host or own_address(), port)
        how = {"server": server, "portal_port": ports.portal, "second_port": ports.second_portal, "name": WIFI}
        box = stack.enter_context(demo_box(folder, display=screen.name, **how))
        picture = LivePicture(screen.name, SIZE)
        stack.callback(picture.stop)
        crowd = Crowd(box.connect, content.code)
        stand = Stand(house.url, house, content, box, ports, crowd, screen, picture)
        desk = make_server("127.0.0.1", ports.desk, make_desk(stand), threaded=True)
        threading.Thread(target=desk.serve_forever, daemon=True).start()
        stack.callback(desk.shutdown)
        for work in (enrol_the_box, book_programme):
            threading.Thread(target=work, args=(house, content), daemon=True).start()
        yield stand


def start_nginx_for(house: RunningHouse, folder: Path, *, host: str, ports: Ports) -> Process:
    """The shipped site, and the desk under /demo/: one address for all. The box's pages have a port of their own."""
    host = host or "0.0.0.0"
    desk = (
        f"location = / {{ return 302 /demo/; }}\n"
        f"location /demo/ {{ proxy_pass http://127.0.0.1:{ports.desk}; proxy_buffering off; }}\n"
        f"location = /generate_204 {{ return 204; }}\n"
    )
    box = BOX_SITE.format(host=host, port=ports.box, desk=ports.desk, portal=ports.portal, more="")
    # A browser has one cookie for all ports of a host: the second phone's is set here.
    identity = f"proxy_set_header Cookie {COOKIE}={new_token()}; proxy_hide_header Set-Cookie;"
    box += BOX_SITE.format(host=host, port=ports.second, desk=ports.desk, portal=ports.second_portal, more=identity)
    site = {"port": ports.site, "web_port": house.settings.port, "media_port": house.settings.media_port}
    return start_nginx(folder / "nginx", host=host, more=desk, servers=box, **site)


def own_address() -> str:
    """The address that other devices on this network reach this machine by; loopback when there is no network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # no packet is sent: the kernel only picks the way out
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def _choose_ports(site: int) -> Ports:
    """The pages have this port and the two after it, or others where these are taken; 0: any."""
    site, box, second = (_free(site + nth) if site else free_port() for nth in range(3))
    return Ports(site, box=box, second=second, desk=free_port(), portal=free_port(), second_portal=free_port())


def _settings(host: str, port: int) -> dict[str, str]:
    url = f"http://{host}:{port}"
    return {
        "LIFTCAST_PUBLIC_URL": url,
        "LIFTCAST_MEDIA_URL": url,
        "LIFTCAST_PROXIES": "1",
        "LIFTCAST_LOG_LEVEL": "INFO",
    }


def _free(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return free_port()
    return port


def _children_of(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # a thread that has just ended
            found += [int(child) for child in task.read_text().split()]
    return found + [grandchild for child in found for grandchild in _children_of(child)]


def _command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
