"""Looks every few seconds which certificate the portal has, and serves, requests and reports it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NoReturn, Protocol
from urllib.parse import urlsplit

from media.wire.status import CertificateFault, CertificateReport
from player.line_socket import NoAnswer
from player.portal.certificates.judge import Certificate, Faulty, Pair, find_fault, read_certificate
from player.portal.certificates.tls_server import TlsServer
from player.portal.upstream.clients import PlayerClient

logger = logging.getLogger(__name__)

LOOK_S = 5.0


class Source(Protocol):
    """Where the certificate is from: `own_certificate.OwnCertificate` or `GivenCertificate`."""

    pair: Pair

    def name_for(self, certificate: Certificate) -> str | None: ...
    def signing_request(self, name: str, certificate: Certificate | None, now_ms: int | None) -> str: ...
    def accept(self, name: str, chain: str) -> None: ...


class CertificateKeeper:
    """`name` is the portal's while phones can be given its API, else None.

    server_url: as the box knows the server, whose public name the daemon may know better
    """

    def __init__(self, source: Source, player: PlayerClient, tls: TlsServer, server_url: str) -> None:
        self._source, self._player, self._tls = source, player, tls
        self._server_url = server_url
        self.name: str | None = None
        self._requested_name = ""
        self._now_ms: int | None = None
        self._report = CertificateReport()

    def step(self) -> None:
        """One look. While the daemon does not answer, the port stays as it is judged by the last time known."""
        certificate = self._look()
        try:
            request = self._source.signing_request(self._requested_name, certificate, self._now_ms)
            answer = self._player.certificate(request, self._report)
            self._requested_name, self._now_ms = answer.name, answer.now_ms
            self._source.accept(answer.name, answer.chain)
        except NoAnswer:
            return
        except OSError as error:
            logger.error("certificate not stored why=%s", error)

    def _look(self) -> Certificate | None:
        """The certificate, judged and served."""
        certificate, fault = None, None
        try:
            certificate = read_certificate(self._source.pair)
        except Faulty as error:
            fault = error.fault
        if certificate is not None:
            fault = self._serve(certificate)
        if certificate is None or fault is not None:
            self.name = None
            self._tls.stop()
        self._note(certificate, fault)
        return certificate

    def _serve(self, certificate: Certificate) -> CertificateFault | None:
        name = self._source.name_for(certificate)
        fault = find_fault(certificate, name=name, server_hosts=self._server_hosts(), now_ms=self._now_ms)
        if fault is None:
            self.name = name if self._tls.serve(self._source.pair, certificate.digest) else None
        return fault

    def _server_hosts(self) -> set[str]:
        urls = (self._server_url, self._player.public_base)
        return {host for url in urls if (host := urlsplit(url).hostname)}

    def _note(self, certificate: Certificate | None, fault: CertificateFault | None) -> None:
        times = {"starts_ms": certificate.starts_ms, "expires_ms": certificate.expires_ms} if certificate else {}
        report = CertificateReport(name=self.name or "", fault=fault or "", **times)
        if report.fault != self._report.fault and report.fault:
            logger.warning("certificate not used, phones are given no captive-portal API fault=%s", report.fault)
        self._report = report


def keep_certificate(keeper: CertificateKeeper, sleep: Callable[[float], object]) -> NoReturn:
    while True:
        keeper.step()
        sleep(LOOK_S)
