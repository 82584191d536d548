"""The nginx of the tests and the demo: the site that ships in systemd/nginx, on other ports and folders."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from tests.rig.servers.processes import Process, eventually

SITE = Path(__file__).parents[3] / "systemd" / "nginx" / "liftcast.conf"


def start_nginx(
    folder: Path,
    *,
    port: int,
    web_port: int,
    media_port: int,
    host: str = "127.0.0.1",
    more: str = "",
    more_web_ports: Sequence[int] = (),
    within: Sequence[str] = (),
    servers: str = "",
) -> Process:
    """Start nginx in the foreground; `more` is put into the server block, `more_web_ports` beside `web_port`.

    servers: further server blocks · within: begins its command, as `ip netns exec NAME`
    """
    folder.mkdir(parents=True, exist_ok=True)
    conf = folder / "nginx.conf"
    web_ports = (web_port, *more_web_ports)
    site = render_site(folder, port=port, web_ports=web_ports, media_port=media_port, host=host, more=more)
    conf.write_text(
        f"{_as_ourselves()}daemon off;\nworker_processes 1;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\n"
        "events { worker_connections 4096; }\n"
        f"http {{\naccess_log off;\ngzip on;\n{_temporary(folder)}\n{site}\n{servers}\n}}\n"
    )
    command = [*within, "nginx", "-e", folder / "error.log", "-p", folder, "-c", conf]
    nginx = Process("nginx", command, folder=folder, env={})
    eventually(lambda: (folder / "nginx.pid").exists() or not nginx.running, within_s=10, what="nginx to start")
    return nginx


def render_site(folder: Path, *, port: int, web_ports: Sequence[int], media_port: int, host: str, more: str) -> str:
    site = SITE.read_text()
    [web] = re.findall(r"^ *server 127\.0\.0\.1:8000.*;$", site, re.MULTILINE)
    webs = "\n".join(web.replace("8000", str(web_port)) for web_port in web_ports)
    site = site.replace(web, webs).replace("127.0.0.1:8001", f"127.0.0.1:{media_port}")
    site = site.replace("/var/cache/nginx/liftcast", str(folder / "cache")).replace("/var/log/nginx", str(folder))
    site = re.sub(r"listen \[::\]:80;\n", "", site)
    site = site.replace("listen 80;", f"listen {host}:{port};")
    return site.replace("server_tokens off;", f"server_tokens off;\n{more}")


def _temporary(folder: Path) -> str:
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)


def _as_ourselves() -> str:
    """As root, nginx would give its workers away to a user who cannot read the folders of a test."""
    return "user root;\n" if os.geteuid() == 0 else ""
