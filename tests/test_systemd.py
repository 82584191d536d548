"""The units are hardened, and the nginx site is one that nginx takes."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import requests

from server.runtime.processes import FIRST, PROCESSES
from tests.rig.servers.nginx import render_site, start_nginx
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


def test_nginx_takes_the_site(tmp_path: Path) -> None:
    site = (UNITS / "nginx" / "liftcast.conf").read_text()
    site = site.replace("/var/cache/nginx", str(tmp_path)).replace("/var/log/nginx", str(tmp_path))
    conf = tmp_path / "nginx.conf"
    conf.write_text(f"pid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{site}\n}}\n")
    done = subprocess.run(["nginx", "-t", "-p", tmp_path, "-c", conf], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_web_processes_that_were_away_together_are_tried_again_at_once(tmp_path: Path) -> None:
    """Nginx's own pause of ten seconds would follow each restart of all of them."""
    site = render_site(tmp_path, port=1, web_ports=(2, 3), media_port=4, host="127.0.0.1", more="")
    upstream = re.search(r"upstream liftcast_web \{(.*?)\}", site, re.DOTALL)
    assert upstream
    assert re.findall(r"^ *server (.*);$", upstream[1], re.MULTILINE) == [
        f"127.0.0.1:{port} fail_timeout=1s" for port in (2, 3)
    ]


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
def test_a_server_that_is_away_asks_clients_to_come_back(tmp_path: Path, path: str, kind: str) -> None:
    port = free_port()
    nginx = start_nginx(tmp_path, port=port, web_port=free_port(), media_port=free_port())
    try:
        answer = requests.get(f"http://127.0.0.1:{port}{path}", timeout=10)
    finally:
        nginx.stop()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.headers["Content-Type"].startswith(kind)
    assert kind != "application/json" or answer.json()["error"]["remedy"]
