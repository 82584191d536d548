"""The hub's server in this process, on a port of its own: its clients are real connections, its insides can be seen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import gevent
import pytest
from flask import Flask

from media.sockets.http_server import BoundedServer
from server.app import create_app
from server.live.sockets import Sockets, make_sockets
from server.settings import Settings
from tests.rig.phones.raw_socket import RawSocket


@dataclass
class Hub:
    """A running server; its greenlets run whenever the test waits."""

    sockets: Sockets
    server: BoundedServer
    clients: list[RawSocket] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.server.server_port)

    def connect(self, *, more: str = "") -> RawSocket:
        """A client that is closed with the server at the latest."""
        self.clients.append(RawSocket(self.port, more=more))
        return self.clients[-1]

    def wait_until(self, condition: Callable[[], object], *, within_s: float = 20) -> None:
        """The deadline is for a broken server."""
        until = time.monotonic() + within_s
        while not condition():
            if time.monotonic() > until:
                raise TimeoutError("the server never came to it")
            gevent.sleep(0.005)

    def wait_until_forgotten(self) -> None:
        """Nothing of any socket or connection is left."""
        io = self.sockets.io.server
        left = (self.sockets.gate.open, self.sockets.gate.held, io.environ, io.manager.rooms, self.server.connections)
        self.wait_until(lambda: not any(left) and not io.manager.pending_connect)


@pytest.fixture(scope="session")
def hub_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """No test of the transport touches the database."""
    return Settings(data_dir=tmp_path_factory.mktemp("hub"), secret_key="k" * 64, sockets_per_address=6)


@pytest.fixture(scope="session")
def hub_app(hub_settings: Settings) -> Flask:
    """To make an application takes longer than most tests of the transport."""
    return create_app(hub_settings)


@pytest.fixture
def hub(hub_app: Flask, hub_settings: Settings) -> Iterator[Hub]:
    pages = hub_app.wsgi_app
    yield from run_hub(hub_app, hub_settings)
    hub_app.wsgi_app = pages  # type: ignore[method-assign]


def run_hub(app: Flask, settings: Settings) -> Iterator[Hub]:
    sockets = make_sockets(app, None)
    server = BoundedServer(("127.0.0.1", 0), app, connections_each=20, log=None, error_log=None)
    server.start()
    hub = Hub(sockets, server)
    yield hub
    for client in hub.clients:
        client.close()
    server.stop(timeout=0)
