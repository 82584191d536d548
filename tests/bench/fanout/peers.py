"""Other servers that the bench compares with: node's socket.io and nginx's nchan."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.fanout.phones import Phones, at_channel, at_screen
from tests.bench.fanout.service import Message, Service
from tests.rig.servers.ports import free_port
from tests.rig.servers.processes import Process, eventually

NODE_FOLDER = Path(__file__).parent / "node"
LOBBY = "lobby"
NCHAN = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
NCHAN_SITE = """
load_module {module};
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    server {{
        listen 127.0.0.1:{port};
        location = /lobby {{
            nchan_subscriber websocket;
            nchan_subscriber_first_message newest;
            nchan_channel_id lobby;
        }}
        location = /publish {{ nchan_publisher http; nchan_channel_id lobby; }}
    }}
}}
"""


class Unavailable(Exception):
    """This machine does not have what the peer needs; the message says what."""


class Node(Service):
    def connect(self, count: int) -> Phones:
        return at_screen(self.port, LOBBY, count)

    def publish(self, message: Message) -> None:
        post(self.port, "/publish", json.dumps(message))


class Nchan(Service):
    def connect(self, count: int) -> Phones:
        return at_channel(self.port, "/lobby", count)

    def publish(self, message: Message) -> None:
        """The same text as Socket.IO's, so that as many bytes are sent."""
        post(self.port, "/publish", "42/phone," + json.dumps(["stage", message], separators=(",", ":")))


@contextmanager
def node_server(folder: Path) -> Iterator[Node]:
    """Raises Unavailable without node, or where its packages cannot be installed."""
    if not (shutil.which("node") and shutil.which("npm")):
        raise Unavailable("node and npm are not installed")
    if not (NODE_FOLDER / "node_modules").exists():
        install = ["npm", "--prefix", str(NODE_FOLDER), "ci"]
        if subprocess.run(install, stdout=subprocess.DEVNULL, check=False).returncode != 0:
            raise Unavailable(f"`{' '.join(install)}` failed")
    with Process("node", ["node", NODE_FOLDER / "server.mjs"], folder=folder, env={"NODE_ENV": "production"}) as node:
        yield Node(int(node.wait_for(r"listening on port (\d+)")[1]), node.pid)


@contextmanager
def nchan_server(folder: Path) -> Iterator[Nchan]:
    """Raises Unavailable where the module of nginx is not installed."""
    if not NCHAN.exists():
        raise Unavailable("the Debian package libnginx-mod-nchan is not installed")
    folder.mkdir(parents=True)
    port, site, pid_file = free_port(), folder / "nginx.conf", folder / "nginx.pid"
    site.write_text(NCHAN_SITE.format(module=NCHAN, folder=folder, port=port))
    command = ["nginx", "-e", folder / "error.log", "-p", folder, "-c", site]
    with Process("nginx", command, folder=folder, env={}) as nginx:
        eventually(lambda: pid_file.exists() or not nginx.running, within_s=10, what="nginx to start")
        yield Nchan(port, nginx.pid)


def post(port: int, path: str, body: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("POST", path, body.encode(), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        if answer.status >= 300:
            raise ConnectionError(f"{path}: {answer.status}")
    finally:
        connection.close()
