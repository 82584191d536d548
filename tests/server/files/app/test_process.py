"""The real media process, behind nginx and alone.

Covers: server.files.app, server.files.gunicorn_server, server.files.upload_places
"""

from __future__ import annotations

import http.client
import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from sqlalchemy import Engine

from media.store import MediaStore
from server.creatives.links import link_key
from server.db import utc_now
from server.files.gunicorn_server import THREADS
from server.files.upload_places import OF_ONE_PERSON
from server.runtime.processes import GRACE_S
from server.settings import Settings
from tests.rig.files.samples import sample
from tests.rig.phones.half_sent import begun, half_sent, send_half, unread
from tests.rig.servers.disks import small_disk
from tests.rig.servers.nginx import start_nginx
from tests.rig.servers.ports import free_port
from tests.rig.servers.processes import Process, eventually
from tests.server.files.app.conftest import nothing_is_left
from tests.server.web.conftest import ticket_for

HUGE = 64 << 20  # more than a connection holds that nobody reads
SERVE = """
from server.settings import read_settings
from server.files.gunicorn_server import run_media
run_media(read_settings())
"""


@pytest.fixture
def serving(settings: Settings, tmp_path: Path) -> Iterator[tuple[Process, str]]:
    env = {
        "LIFTCAST_DATA_DIR": str(settings.data_dir),
        "LIFTCAST_DATABASE_URL": settings.database_url,
        "LIFTCAST_SECRET_KEY": settings.secret_key,
        "LIFTCAST_UPLOAD_LIMIT_MB": "1",
        "LIFTCAST_MEDIA_PORT": "0",
    }
    with Process("media", [sys.executable, "-c", SERVE], folder=tmp_path / "logs", env=env) as process:
        yield process, process.wait_for(r"listening on (http://\S+)", within_s=60)[1]


def test_the_process_streams_cuts_and_stops(
    serving: tuple[Process, str], settings: Settings, engine: Engine, store: MediaStore, film: str
) -> None:
    process, url = serving
    with requests.get(f"{url}/media/{film}", headers={"Range": "bytes=0-9"}, timeout=10) as part:
        assert (part.status_code, len(part.content)) == (206, 10)
    before = sorted(store.digests())
    ticket = ticket_for(settings)
    assert _endless_upload(url, ticket) == 413
    assert list(settings.work_dir.iterdir()) == []
    assert sorted(store.digests()) == before
    sample("film.mp4")  # made once, before four uploads use it
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(_upload, [url] * 4, [ticket] * 4)) == [201] * 4
    process.kill(signal.SIGTERM)
    assert process.popen.wait(GRACE_S) == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_half_an_upload_is_refused_in_one_line_and_nothing_is_left(
    serving: tuple[Process, str], settings: Settings, engine: Engine, tmp_path: Path
) -> None:
    process, url = serving
    sound = sample("tone.mp3").read_bytes()  # whole by itself, but not all that was promised
    ticket, media_port, port = ticket_for(settings), urlsplit(url).port or 0, free_port()
    nginx = start_nginx(tmp_path / "nginx", port=port, web_port=free_port(), media_port=media_port)
    try:
        for chunked in (False, True):
            assert send_half(f"{url}/uploads/{ticket}", sound, chunked=chunked).startswith(b"HTTP/1.1 400 ")
            for address in (url, f"http://127.0.0.1:{port}"):
                with half_sent(f"{address}/uploads/{ticket}", sound, chunked=chunked):
                    eventually(lambda: any(settings.work_dir.iterdir()), within_s=20, what="the upload to begin")
                eventually(lambda: not any(settings.work_dir.iterdir()), within_s=20, what="the draft to go")
        eventually(lambda: process.output().count("body cut off") == 6, within_s=20, what="all six to be noticed")
    finally:
        nginx.stop()
    assert [line for line in process.output().splitlines() if "body cut off" not in line] == [f"listening on {url}"]
    assert nothing_is_left(engine, settings)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nginx_keeps_a_file_once_whatever_follows_its_address(
    serving: tuple[Process, str], settings: Settings, film: str, tmp_path: Path
) -> None:
    """Its cache holds the files of all screens: nobody may push them out with many copies of one."""
    _process, url = serving
    port, media_port = free_port(), urlsplit(url).port or 0
    nginx = start_nginx(tmp_path / "nginx", port=port, web_port=free_port(), media_port=media_port)
    try:
        for more in ("", "?copy=1", "?copy=2", f"?key={link_key(settings, film, now=utc_now())}"):
            assert requests.get(f"http://127.0.0.1:{port}/media/{film}{more}", timeout=10).status_code == 200
    finally:
        nginx.stop()
    assert len([path for path in (tmp_path / "nginx" / "cache").rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_clients_that_stop_half_way_keep_nobody_out(
    serving: tuple[Process, str], settings: Settings, store: MediaStore, film: str, tmp_path: Path
) -> None:
    _process, url = serving
    os.truncate(store.path(film), HUGE)
    ticket, other = (ticket_for(settings) for _person in range(2))
    port, media_port = free_port(), urlsplit(url).port or 0
    with ExitStack() as stack:
        nginx = start_nginx(tmp_path / "nginx", port=port, web_port=free_port(), media_port=media_port)
        stack.callback(nginx.stop)
        for _ in range(2 * THREADS + 10):
            stack.enter_context(unread(f"{url}/media/{film}"))
        for address in (url, f"http://127.0.0.1:{port}"):
            for _ in range(2 * THREADS + 10):
                stack.enter_context(begun(address))
            for _ in range(40):
                stack.enter_context(half_sent(f"{address}/uploads/{ticket}", b"half"))
            eventually(lambda: len([*settings.work_dir.iterdir()]) >= OF_ONE_PERSON, within_s=20, what="uploads")
            with requests.get(f"{address}/media/{film}", headers={"Range": "bytes=-10"}, timeout=10) as fetched:
                assert (fetched.status_code, fetched.content) == (206, bytes(10))
            assert _upload(address, other) == 201
        for address in (url, f"http://127.0.0.1:{port}"):  # a client that still sends sees the answer all the same
            with small_disk(settings.work_dir, kilobytes=64):
                assert _upload(address, other) == 507
    _heads_are_read_in_parts_and_bounded(url, film)


def _heads_are_read_in_parts_and_bounded(url: str, film: str) -> None:
    with begun(url) as connection:
        connection.sendall(b"x" * 40_000)
        assert connection.recv(100).startswith(b"HTTP/1.1 431 ")
    with begun(url) as connection:
        for part in (b" h\r\n\r", f"\nGET /media/{film} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".encode()):
            connection.sendall(part)
        answers = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    assert answers.count(b"HTTP/1.1 ") == 2
    assert b"HTTP/1.1 200 OK" in answers


def _upload(url: str, ticket: str) -> int:
    body = sample("film.mp4").read_bytes()
    with requests.put(f"{url}/uploads/{ticket}", data=body, timeout=60) as answer:
        return answer.status_code


def _endless_upload(url: str, ticket: str) -> int:
    """A body without a length that goes on well past the limit."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        chunks = (bytes(64 << 10) for _ in range(4 * 16))
        connection.request("PUT", f"/uploads/{ticket}", body=chunks, encode_chunked=True)
        return connection.getresponse().status
    finally:
        connection.close()
