"""The portal as a process: real sockets, hostile phones, and a kill at any moment.

Covers: player.portal.sockets
"""

from __future__ import annotations

import json
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest
import requests
import socketio

from media.timeline import Timeline
from player.hotspot.unit import REQUEST_SOCKET
from player.line_socket import LineServer
from player.portal.app import BODY_BYTES
from player.portal.process import CONNECTIONS_EACH
from tests.player.portal.conftest import PLAN, PORTAL, PortalRig
from tests.rig.servers.ports import free_port
from tests.rig.servers.processes import Process, eventually, program

pytestmark = pytest.mark.journey

MAC = "02:00:00:00:00:0f"


class Running:
    """A portal on a port of its own; the phone is this machine."""

    def __init__(self, rig: PortalRig, folder: Path) -> None:
        self.port = free_port()
        plan = folder / "plan.json"
        plan.write_text(PLAN.model_copy(update={"portal_port": self.port}).model_dump_json())
        rig.kernel.neighbours["127.0.0.1"] = MAC
        self.env = {
            "LIFTCAST_SERVER_URL": "http://127.0.0.1:9",
            "LIFTCAST_PLAYER_DIR": str(folder),
            "LIFTCAST_HOTSPOT_PLAN": str(plan),
            "LIFTCAST_HOTSPOT_DIR": str(folder),
            "LIFTCAST_PORTAL_DIR": str(folder / "portal"),
        }
        self.folder = folder
        self.start()

    def start(self) -> None:
        self.process = Process("portal", [program("liftcast-player"), "portal"], folder=self.folder, env=self.env)
        eventually(self.answers, within_s=60, what="the portal to answer")

    def answers(self) -> bool:
        with suppress(requests.ConnectionError):
            return self.get("/terms").ok
        return False

    def get(self, path: str, host: str = PORTAL) -> requests.Response:
        return self.send("GET", path, host)

    def send(self, method: str, path: str, host: str = PORTAL, **more: object) -> requests.Response:
        url = f"http://127.0.0.1:{self.port}{path}"
        headers = {"Host": host}
        return requests.request(method, url, headers=headers, timeout=30, allow_redirects=False, **more)  # type: ignore[arg-type]

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), 30)

    def raw(self, request: bytes) -> bytes:
        with closing(self.connect()) as client:
            client.sendall(request)
            return client.makefile("rb").read()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("box")


@pytest.fixture(scope="module")
def rig(folder: Path) -> Iterator[PortalRig]:
    rig = PortalRig(folder)
    yield rig
    rig.close()


@pytest.fixture(scope="module")
def portal(rig: PortalRig, folder: Path) -> Iterator[Running]:
    """One for all tests of this file: it takes seconds to start."""
    unit = LineServer(folder / REQUEST_SOCKET, rig.unit.answer)
    unit.start()
    running = Running(rig, folder)
    yield running
    running.process.stop()
    unit.stop()


def test_a_phone_joins_and_a_portal_that_was_killed_goes_on(rig: PortalRig, portal: Running) -> None:
    assert portal.get("/generate_204", "connectivitycheck.gstatic.com").status_code == 302
    page = portal.get("/").text
    assert "Fresh &lt;bread&gt;" in page
    joined = portal.send("POST", "/join", data={"choice": "offers"})
    assert (joined.status_code, joined.headers["Location"]) == (303, "/s/ABC234")
    assert portal.get("/generate_204", "connectivitycheck.gstatic.com").status_code == 204
    assert portal.get("/s/ABC234").status_code == 200
    portal.process.kill(signal.SIGKILL)
    portal.start()
    assert portal.get("/generate_204", "connectivitycheck.gstatic.com").status_code == 204
    assert "You are online" in portal.get("/").text
    portal.send("POST", "/leave")
    assert portal.get("/generate_204", "connectivitycheck.gstatic.com").status_code == 302
    assert not re.search("127.0.0.1|generate_204|GET|join", portal.process.output())


@pytest.mark.parametrize(
    "request_line", [b"GET / HTTP/1.0\r\n", b"HEAD / HTTP/1.0\r\n", b"GET http://10.42.0.1/ HTTP/1.0\r\n"]
)
def test_old_clients_are_answered(portal: Running, request_line: bytes) -> None:
    answer = portal.raw(request_line + b"\r\n")
    assert answer.startswith(b"HTTP/1.0 200") or answer.startswith(b"HTTP/1.1 200")
    assert (b"</main>" in answer) == request_line.startswith(b"GET")


def test_a_claim_of_two_gigabytes_is_refused_before_it_arrives(portal: Running) -> None:
    head = (
        f"POST /api/v1/offers/X/claims HTTP/1.1\r\nHost: {PORTAL}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {2 << 30}\r\nConnection: close\r\n\r\n"
    )
    with closing(portal.connect()) as client:
        client.sendall(head.encode() + b"[" * BODY_BYTES)
        assert client.recv(4096).startswith(b"HTTP/1.1 413")
    assert portal.get("/").status_code == 200


def test_a_phone_with_two_hundred_connections_leaves_room_for_others(portal: Running) -> None:
    with ExitStack() as stack:
        idle = [stack.enter_context(closing(portal.connect())) for _ in range(200)]
        for client in idle[CONNECTIONS_EACH:]:
            with suppress(ConnectionResetError):
                assert client.recv(1) == b""
        with closing(socket.create_connection(("::1", portal.port), 30)) as other:  # another phone
            other.sendall(f"GET /terms HTTP/1.1\r\nHost: {PORTAL}\r\nConnection: close\r\n\r\n".encode())
            assert b"200 OK" in other.makefile("rb").read()
    eventually(portal.answers, within_s=30, what="the connections to be free again")


@pytest.fixture
def page(portal: Running) -> Iterator[socketio.SimpleClient]:
    """The socket of a page."""
    with requests.Session() as session, socketio.SimpleClient(http_session=session) as client:
        session.headers["Host"] = PORTAL
        url, auth = f"http://127.0.0.1:{portal.port}", {"screen": "ABC234"}
        client.connect(url, namespace="/phone", auth=auth, transports=["polling"])
        yield client


def test_a_page_keeps_time_over_its_socket(page: socketio.SimpleClient) -> None:
    pong = page.call("clock", {"t0": 7})
    assert (pong["t0"], pong["t1"] <= pong["t2"]) == (7, True)
    assert page.call("shell", {})["ok"] is False


def test_pages_are_notified_when_the_screen_changes(rig: PortalRig, page: socketio.SimpleClient) -> None:
    timeline = rig.player.timeline
    assert timeline is not None
    rig.player.timeline = Timeline(timeline.manifest.model_copy(update={"version": 2}), timeline.tables)
    assert page.receive(timeout=60) == ["stage", {"version": 2}]


def test_a_websocket_opens_only_where_the_portal_is_meant(portal: Running) -> None:
    upgrade = (
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    for host, opens in ((PORTAL, True), ("example.com", False)):
        with closing(portal.connect()) as client:
            client.sendall(upgrade.format(host=host).encode())
            received = client.recv(65_536)
            received += client.recv(65_536) if received else b""
            assert (b'"sid"' in received) == opens


def test_the_portal_answers_without_internet_and_says_so(portal: Running) -> None:
    answer = portal.send("POST", "/api/v1/offers/X/claims", json={})
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "no_internet")


def test_a_plan_that_cannot_be_carried_out_stops_the_start_with_one_sentence(tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({"ssid": "Lobby", "country": "Germany"}))
    env = {"LIFTCAST_SERVER_URL": "http://127.0.0.1:9", "LIFTCAST_HOTSPOT_PLAN": str(plan)}
    process = Process("portal", [program("liftcast-player"), "portal"], folder=tmp_path, env=env)
    assert process.popen.wait(60) == 1
    assert "cannot be carried out: country" in process.output()
