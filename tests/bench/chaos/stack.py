"""The server's real processes: the default ones on SQLite, or PostgreSQL, Redis and two web processes behind nginx."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from server.runtime.processes import FIRST
from server.upkeep.migrate import prepare_database
from tests.bench.chaos.clients.http import Address
from tests.bench.chaos.supervisor import Supervisor
from tests.rig.servers.disks import MayNotMount, mount_small_disk, unmount
from tests.rig.servers.house import RunningHouse, make_house
from tests.rig.servers.network import Cable
from tests.rig.servers.nginx import start_nginx
from tests.rig.servers.ports import free_port
from tests.rig.servers.postgres import Postgres, postgres_server
from tests.rig.servers.processes import Process
from tests.rig.servers.redis import redis_url, start_redis

DISK_KB = 400 << 10
PARTS = ("web", "media", "worker", "planner", "desk")
FREE_OF_LIMITS = {"LIFTCAST_LOG_LEVEL": "WARNING", "LIFTCAST_PEOPLE_AT_SCREEN": "100000"}


@dataclass(frozen=True)
class Stack:
    """`uplink` is the boxes' way to `web`; `disk` is the data folder where it is a small disk of its own."""

    kind: str
    house: RunningHouse
    supervisor: Supervisor
    uplink: Cable
    disk: Path | None
    postgres: Postgres | None = None

    @property
    def web(self) -> Address:
        return _address(self.house.settings.public_url)

    @property
    def media(self) -> Address:
        return _address(self.house.settings.media_url)

    @property
    def server_parts(self) -> list[str]:
        """The names of the server's own processes."""
        return [name for name in self.supervisor.processes if name.split("-")[0] in PARTS]

    @property
    def webs(self) -> list[str]:
        return [name for name in self.server_parts if name.startswith("web")]

    def start_web_ahead(self, name: str, port: int) -> Process:
        """A web process whose clock is a day ahead."""
        command = [sys.executable, "-m", "tests.bench.chaos.web_ahead"]
        env = {**self.house.env, "LIFTCAST_PORT": str(port)}
        process = Process(f"{name}-ahead", command, folder=self.house.folder / "logs", env=env)
        process.wait_for("listening on", within_s=60)
        return process


@contextmanager
def running_stack(kind: str, folder: Path) -> Iterator[Stack]:
    with ExitStack() as stack:
        disk = _small_disk(folder / "server" / "data", stack)
        if kind == "sqlite":
            yield _start(kind, folder, stack, disk, more=FREE_OF_LIMITS)
            return
        postgres = stack.enter_context(postgres_server())
        front, redis_port = f"http://127.0.0.1:{free_port()}", free_port()
        more = {
            **FREE_OF_LIMITS,
            "LIFTCAST_DATABASE_URL": f"{postgres.url}/postgres".replace("+psycopg", ""),
            "LIFTCAST_REDIS_URL": redis_url(redis_port),
            "LIFTCAST_PUBLIC_URL": front,
            "LIFTCAST_MEDIA_URL": front,
            "LIFTCAST_PROXIES": "1",
        }
        yield _start(kind, folder, stack, disk, more=more, postgres=postgres, redis_port=redis_port)


def _start(
    kind: str,
    folder: Path,
    stack: ExitStack,
    disk: Path | None,
    *,
    more: dict[str, str],
    postgres: Postgres | None = None,
    redis_port: int = 0,
) -> Stack:
    house = make_house(folder / "server", more=more)
    house.gives_way = True
    prepare_database(house.settings)
    supervisor = Supervisor()
    stack.callback(house.engine.dispose)
    stack.callback(supervisor.stop)
    second = free_port()
    if postgres is not None:
        supervisor.add("redis", partial(start_redis, folder / "redis", port=redis_port))
    for part in PARTS:
        supervisor.add(part, partial(house.start, part), after=() if part in FIRST else FIRST)
    if postgres is not None:
        supervisor.add("web-2", partial(house.start, "web-2", port=second))
        ports = {"port": _address(house.url)[1], "web_port": house.settings.port}
        front = partial(start_nginx, folder / "nginx", media_port=house.settings.media_port, more_web_ports=(second,))
        supervisor.add("nginx", partial(front, **ports))
    uplink = stack.enter_context(Cable(_address(house.url)))
    return Stack(kind, house, supervisor, uplink, disk, postgres)


def _small_disk(at: Path, stack: ExitStack) -> Path | None:
    try:
        mount_small_disk(at, kilobytes=DISK_KB)
    except MayNotMount:
        return None
    stack.callback(unmount, at)
    return at


def _address(url: str) -> Address:
    parts = urlsplit(url)
    return str(parts.hostname), int(parts.port or 80)
