"""The server's web process as a service of the bench, alone and behind nginx beside downloads."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from server.db import transaction
from server.live.queue import CHANNEL
from server.live.rooms import screen_room
from tests.bench.fanout.downloads import Downloads
from tests.bench.fanout.phones import Phones, at_screen
from tests.bench.fanout.service import Message, Service
from tests.factories import make_screen
from tests.rig.phones.phone_stand import Shelf
from tests.rig.servers.house import RunningHouse, running_house
from tests.rig.servers.nginx import start_nginx
from tests.rig.servers.ports import free_port
from tests.rig.servers.processes import eventually

FILM_BYTES = 20_000_000


@dataclass(frozen=True)
class WebProcess(Service):
    queue: redis.Redis
    code: str
    room: str

    def connect(self, count: int) -> Phones:
        phones = at_screen(self.port, self.code, count)
        eventually(lambda: self.queue.pubsub_numsub(CHANNEL)[0][1], within_s=30, what="the web process to listen")
        return phones

    def publish(self, message: Message) -> None:
        """As python-socketio publishes it for the other processes."""
        published = {
            "method": "emit", "event": "stage", "data": [message], "binary": False, "namespace": "/phone",
            "room": self.room, "skip_sid": None, "callback": None, "host_id": "bench",
        }  # fmt: skip
        self.queue.publish(CHANNEL, json.dumps(published))


@contextmanager
def web_process(folder: Path, url: str, *, direct: bool) -> Iterator[WebProcess]:
    with running_house(folder, parts=("web",), more=settings(url, direct=direct)) as house:
        yield _service(house, url, house.settings.port)


@contextmanager
def whole_stack(folder: Path, url: str, *, count: int) -> Iterator[tuple[WebProcess, Downloads]]:
    """nginx in front, as in production: all phones and downloads go through it."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    more = {"LIFTCAST_PUBLIC_URL": address, "LIFTCAST_MEDIA_URL": address, "LIFTCAST_PROXIES": "1"}
    with running_house(folder, parts=("web", "media"), more=settings(url, direct=True) | more) as house:
        web_port, media_port = house.settings.port, house.settings.media_port
        with start_nginx(folder / "nginx", port=port, web_port=web_port, media_port=media_port):
            yield _service(house, url, port), Downloads(folder, f"{address}/media/{_film(house)}", count=count)


def settings(redis_url: str, *, direct: bool) -> dict[str, str]:
    return {
        "LIFTCAST_REDIS_URL": redis_url,
        "LIFTCAST_DIRECT_SENDS": str(direct).lower(),
        "LIFTCAST_SOCKETS_PER_ADDRESS": "100000",
    }


def _service(house: RunningHouse, url: str, port: int) -> WebProcess:
    with transaction(house.engine) as db:
        screen = make_screen(db)
        room, code = screen_room(screen.id), screen.code
    return WebProcess(port, house.processes["web"].pid, redis.Redis.from_url(url), code, room)


def _film(house: RunningHouse) -> str:
    """The digest of a public film."""
    with transaction(house.engine) as db:
        return Shelf(db, house.store).put(os.urandom(FILM_BYTES), "video/mp4", duration_ms=30_000).digest
