"""The portal's port 443: opened with a certificate, given a renewed one in place, and closed without one."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from typing import Protocol

from player.portal.certificates.judge import Pair

logger = logging.getLogger(__name__)


class Server(Protocol):
    def start(self) -> None: ...
    def stop(self, timeout: float | None = None) -> None: ...


class TlsServer:
    """Connections that are open when a certificate is renewed go on; new ones get the new one.

    make: a server that is not started yet
    """

    def __init__(self, make: Callable[[ssl.SSLContext], Server]) -> None:
        self._make = make
        self._running: tuple[Server, ssl.SSLContext, str] | None = None

    def serve(self, pair: Pair, digest: str) -> bool:
        """Serve with this pair; whether it does. digest: another one where the pair has changed"""
        try:
            self._open(pair, digest)
        except OSError as error:  # ssl.SSLError is one
            logger.error("port 443 not opened why=%s", error)
            self.stop()
        return self._running is not None

    def stop(self) -> None:
        if self._running is not None:
            self._running[0].stop(1)
            self._running = None

    def _open(self, pair: Pair, digest: str) -> None:
        if self._running and self._running[2] == digest:
            return
        if self._running:
            server, context, _ = self._running
            context.load_cert_chain(pair.chain, pair.key)
        else:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(pair.chain, pair.key)
            server = self._make(context)
            server.start()
        self._running = (server, context, digest)
        logger.info("port 443 serves the certificate digest=%s", digest[:12])
