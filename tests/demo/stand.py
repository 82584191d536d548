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

from tests.demo.content import Content, book_programme, enrol_the_box, make_content
from tests.demo.desk import make_desk
from tests.demo.picture import LivePicture
from tests.rig.players.screens import VirtualScreen, virtual_screen
from tests.rig.servers.house import RunningHouse, make_house
from tests.rig.servers.network import Cable
from tests.rig.servers.nginx import start_nginx
from tests.rig.servers.ports import free_port
from tests.rig.servers.processes import Process, program

SIZE = (1280, 720)


@dataclass
class Stand:
    """Everything that the desk's buttons act on."""

    url: str
    house: RunningHouse
    content: Content
    cable: Cable
    screen: VirtualScreen
    picture: LivePicture
    player: Process
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
        children = [pid for pid in _children_of(self.player.pid) if "vlc_child" in _command_of(pid)]
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
        port = free_port() if port == 0 else _free(port)
        desk_port = free_port()
        house = make_house(folder, more=_settings(host or own_address(), port))
        stack.callback(house.stop)
        stack.callback(start_nginx_for(house, folder, host=host, port=port, desk_port=desk_port).stop)
        for part in ("web", "media", "worker", "planner", "desk"):
            house.start(part)
        content = make_content(house, films)
        screen = stack.enter_context(virtual_screen(SIZE))
        cable = stack.enter_context(Cable((host or "127.0.0.1", port)))
        player = stack.enter_context(start_player(folder, cable=cable, screen=screen))
        picture = LivePicture(screen.name, SIZE)
        stack.callback(picture.stop)
        stand = Stand(house.url, house, content, cable, screen, picture, player)
        desk = make_server("127.0.0.1", desk_port, make_desk(stand), threaded=True)
        threading.Thread(target=desk.serve_forever, daemon=True).start()
        stack.callback(desk.shutdown)
        for work in (enrol_the_box, book_programme):
            threading.Thread(target=work, args=(house, content), daemon=True).start()
        yield stand


def start_player(folder: Path, *, cable: Cable, screen: VirtualScreen) -> Process:
    env = {
        "LIFTCAST_SERVER_URL": cable.url,
        "LIFTCAST_PLAYER_DIR": str(folder / "player"),
        "LIFTCAST_POLL_S": "5",
        "DISPLAY": screen.name,
    }
    return Process("player", [program("liftcast-player"), "run"], folder=folder / "logs", env=env)


def start_nginx_for(house: RunningHouse, folder: Path, *, host: str, port: int, desk_port: int) -> Process:
    """The shipped site, and the desk under /demo/: one address for all."""
    desk = (
        f"location = / {{ return 302 /demo/; }}\n"
        f"location /demo/ {{ proxy_pass http://127.0.0.1:{desk_port}; proxy_buffering off; }}\n"
    )
    ports = {"port": port, "web_port": house.settings.port, "media_port": house.settings.media_port}
    return start_nginx(folder / "nginx", host=host or "0.0.0.0", more=desk, **ports)


def own_address() -> str:
    """The address that other devices on this network reach this machine by; loopback when there is no network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # no packet is sent: the kernel only picks the way out
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


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
