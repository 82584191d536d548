"""Port 443: opened, renewed in place and closed, beside a real TLS client."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest

from player.portal.certificates.judge import Pair
from player.portal.certificates.tls_server import TlsServer
from tests.rig.certificates import certificate, key_pem, new_key
from tests.rig.servers.ports import free_port

NAME = "k7m2pq.box.example.org"


class Echo:
    """A small TLS server: each connection sends back what it gets."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        self._port, self._context = port, context
        self._connections: list[socket.socket] = []

    def start(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", self._port))
        self._accepting = Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def stop(self, timeout: float | None = None) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._accepting.join()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            Thread(target=self._echo, args=(connection,), daemon=True).start()

    def _echo(self, connection: socket.socket) -> None:
        with self._context.wrap_socket(connection, server_side=True) as secure:
            while data := secure.recv(100):
                secure.sendall(data)


class Rig:
    def __init__(self, folder: Path) -> None:
        self.pair = Pair(folder / "own.pem", folder / "own.pem")
        self.port = free_port()
        self.started = 0
        self.tls = TlsServer(self.make)

    def make(self, context: ssl.SSLContext) -> Echo:
        self.started += 1
        return Echo(self.port, context)

    def write(self, serial: int) -> bytes:
        """A new certificate; returns it as the client sees it."""
        key = new_key()
        pem = certificate(NAME, key=key, starts_at=datetime.now(UTC) - timedelta(days=serial))
        self.pair.key.write_bytes(key_pem(key) + pem.encode())
        return ssl.PEM_cert_to_DER_cert(pem)

    def connect(self) -> ssl.SSLSocket:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context.wrap_socket(socket.create_connection(("127.0.0.1", self.port), 30), server_hostname=NAME)

    def served(self) -> bytes | None:
        with self.connect() as client:
            return client.getpeercert(binary_form=True)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    yield rig
    rig.tls.stop()


def test_a_renewed_certificate_is_served_and_open_connections_go_on(rig: Rig) -> None:
    first = rig.write(1)
    assert rig.tls.serve(rig.pair, "1")
    with rig.connect() as open_before:
        assert open_before.getpeercert(binary_form=True) == first
        second = rig.write(2)
        assert rig.served() == first
        assert rig.tls.serve(rig.pair, "2")
        assert rig.served() == second
        open_before.sendall(b"still here")
        assert open_before.recv(100) == b"still here"
    assert rig.started == 1


def test_it_closes_without_a_certificate_and_opens_again(rig: Rig) -> None:
    rig.write(1)
    rig.tls.serve(rig.pair, "1")
    rig.tls.stop()
    with pytest.raises(ConnectionRefusedError):
        rig.connect()
    assert rig.tls.serve(rig.pair, "1")
    assert rig.served() is not None


def test_a_pair_that_cannot_be_loaded_closes_the_port(rig: Rig) -> None:
    rig.write(1)
    rig.tls.serve(rig.pair, "1")
    rig.pair.key.write_bytes(b"")
    assert not rig.tls.serve(rig.pair, "2")
    with pytest.raises(ConnectionRefusedError):
        rig.connect()


def test_a_port_that_is_taken_is_tried_again(rig: Rig) -> None:
    rig.write(1)
    with socket.create_server(("127.0.0.1", rig.port)):
        assert not rig.tls.serve(rig.pair, "1")
    assert rig.tls.serve(rig.pair, "1")
