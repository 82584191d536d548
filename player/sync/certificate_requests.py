"""The portal's signing request on its way to the server, the answer, and the portal's report of its certificate."""

from __future__ import annotations

import threading
from collections.abc import Callable

from media.wire.certificates import CertificateAnswer
from media.wire.status import CertificateReport


class CertificateRequests:
    """Safe to use from several threads. The portal is the one that decides what is requested.

    on_request: called where the portal has another signing request · on_report: where it reports another state
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answer = CertificateAnswer()
        self.signing_request = ""
        self.report: CertificateReport | None = None
        self.on_request: list[Callable[[], None]] = []
        self.on_report: list[Callable[[], None]] = []

    def exchange(self, signing_request: str, report: CertificateReport) -> CertificateAnswer:
        """The server's last answer, with a chain only if it is for this signing request."""
        with self._lock:
            is_other = signing_request != self.signing_request
            if is_other:
                self.signing_request = signing_request
                self._answer = self._answer.model_copy(update={"chain": ""})
            is_news, self.report = report != self.report, report
            answer = self._answer
        for call in [*(self.on_request if is_other and signing_request else []), *(self.on_report if is_news else [])]:
            call()
        return answer

    def accept(self, signing_request: str, answer: CertificateAnswer) -> None:
        """The server's answer to this signing request; of one that was replaced meanwhile, only the name counts."""
        with self._lock:
            is_current = signing_request == self.signing_request
            self._answer = answer if is_current else answer.model_copy(update={"chain": ""})

    def forget(self) -> None:
        """The box is on no screen any more, so it has no name."""
        with self._lock:
            self._answer = CertificateAnswer()

    def pause_s(self) -> float:
        """How soon the next request to the server is due."""
        return float(self._answer.again_s)

    def portal_name(self) -> str | None:
        """The name under which phones are given the API; empty: none; None: the portal has not reported yet."""
        report = self.report
        return None if report is None else report.name
