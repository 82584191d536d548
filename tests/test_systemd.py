"""The units are hardened, and the nginx site is one that nginx takes."""

from __future__ import annotations

import re
import socket
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from server.runtime.processes import FIRST, NICE, PROCESSES
from tests.rig.servers.nginx import start_nginx
from tests.rig.servers.ports import free_port
from tests.rig.servers.processes import eventually

UNITS = Path(__file__).parent.parent / "systemd"
HARDENED = sorted(unit.name for unit in UNITS.glob("*.service") if unit.name != "liftcast-display.service")

WITH_SECRETS = (
    "/w/SECRET",
    "/link/SECRET",
    "/uploads/SECRET",
    "/wallet/recover/SECRET",
    "/api/v1/claims/SECRET",
    "/s/BCDFGH?p=SECRET",
    "/wallet?t=SECRET",
)


@pytest.mark.parametrize("unit", HARDENED)
def test_a_unit_is_exposed_less_than_three(unit: str) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", UNITS / unit], capture_output=True, text=True, check=False
    )
    found = re.search(r"Overall exposure level for \S+ ([\d.]+)", done.stdout)
    assert found, done.stderr
    assert float(found[1]) < 3.0


@pytest.mark.parametrize("unit", [f"liftcast-{name}.service" for name in PROCESSES])
def test_web_and_media_start_before_all_others(unit: str) -> None:
    """As `run` starts them, too."""
    first = {f"liftcast-{name}.service" for name in FIRST}
    [after] = re.findall(r"^After=(.*)$", (UNITS / unit).read_text(), re.MULTILINE)
    assert first & set(after.split()) == (set() if unit in first else first)


@pytest.mark.parametrize("name", PROCESSES)
def test_a_unit_gives_way_as_its_process_does_under_run(name: str) -> None:
    """By a weight, as niceness is not compared between units. A step of niceness is a factor of 1.25."""
    weight = re.findall(r"^CPUWeight=(\d+)$", (UNITS / f"liftcast-{name}.service").read_text(), re.MULTILINE)
    assert weight == ([f"{100 / 1.25 ** NICE[name]:.0f}"] if name in NICE else [])


def test_nginx_takes_the_site(tmp_path: Path) -> None:
    site = (UNITS / "nginx" / "liftcast.conf").read_text()
    site = site.replace("/var/cache/nginx", str(tmp_path)).replace("/var/log/nginx", str(tmp_path))
    conf = tmp_path / "nginx.conf"
    conf.write_text(f"pid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{site}\n}}\n")
    done = subprocess.run(["nginx", "-t", "-p", tmp_path, "-c", conf], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_after_an_outage_all_sockets_reach_the_web_process_at_once(tmp_path: Path) -> None:
    """They are most of the requests then, and none of them ends: nginx must not wait for one that ended well."""
    port, web_port = free_port(), free_port()
    nginx = start_nginx(tmp_path, port=port, web_port=web_port, media_port=free_port(), more_web_ports=(free_port(),))
    with ExitStack() as sockets:
        sockets.callback(nginx.stop)
        for _ in range(4):
            assert requests.get(f"http://127.0.0.1:{port}/wallet", timeout=10).status_code == 503
        web = sockets.enter_context(socket.create_server(("127.0.0.1", web_port), backlog=16))
        web.settimeout(10)
        for _ in range(8):
            phone = sockets.enter_context(socket.create_connection(("127.0.0.1", port), 10))
            phone.sendall(b"GET /socket.io/ HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n")
            reached = sockets.enter_context(web.accept()[0])
            reached.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n")
            assert phone.recv(12) == b"HTTP/1.1 101"


def test_nginx_logs_no_secret_of_an_address_even_when_the_server_is_down(tmp_path: Path) -> None:
    port, web_port, media_port = free_port(), free_port(), free_port()
    nginx = start_nginx(tmp_path, port=port, web_port=web_port, media_port=media_port)
    try:
        for place in WITH_SECRETS:
            address = f"http://127.0.0.1:{port}{place}"
            assert requests.get(address, headers={"Referer": address}, timeout=10).status_code == 503
        log = tmp_path / "liftcast.log"
        eventually(
            lambda: log.read_text().count(" 503 GET /") == len(WITH_SECRETS), within_s=5, what="nginx to log them all"
        )
    finally:
        nginx.stop()
    assert not [path for path in tmp_path.glob("*.log") if "SECRET" in path.read_text()]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/wallet", "text/html"),
        ("/api/v1/wallet", "application/json"),
        ("/uploads/ticket", "application/json"),
        ("/media/" + "0" * 64, "text/html"),
    ],
)
def test_a_server_that_is_away_makes_clients_try_later(tmp_path: Path, path: str, kind: str) -> None:
    port = free_port()
    nginx = start_nginx(tmp_path, port=port, web_port=free_port(), media_port=free_port())
    try:
        answer = requests.get(f"http://127.0.0.1:{port}{path}", timeout=10)
    finally:
        nginx.stop()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.headers["Content-Type"].startswith(kind)
    assert kind != "application/json" or answer.json()["error"]["remedy"]
