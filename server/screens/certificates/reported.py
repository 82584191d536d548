"""reported_certificate: the certificate of a box as its hotspot reported it, and whether it needs somebody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from media.wire.status import CertificateFault, CertificateReport
from server.db import from_ms


class CertificateState(StrEnum):
    """ENDS_SOON: in the last quarter of its life, though it is renewed in the last third."""

    NONE = "none"
    VALID = "valid"
    ENDS_SOON = "ends_soon"
    ENDED = "ended"


@dataclass(frozen=True)
class ReportedCertificate:
    """fault: why the box does not use it; None: it does, or has none"""

    state: CertificateState
    expires_at: datetime | None = None
    fault: CertificateFault | None = None


def reported_certificate(report: CertificateReport | None, now: datetime) -> ReportedCertificate:
    report = report or CertificateReport()
    fault = _fault_of(report.fault)
    if report.starts_ms is None or report.expires_ms is None:
        return ReportedCertificate(CertificateState.NONE, fault=fault)
    starts_at, expires_at = from_ms(report.starts_ms), from_ms(report.expires_ms)
    state = CertificateState.VALID
    if now >= expires_at:
        state = CertificateState.ENDED
    elif now >= expires_at - (expires_at - starts_at) / 4:
        state = CertificateState.ENDS_SOON
    return ReportedCertificate(state, expires_at, fault)


def _fault_of(word: str) -> CertificateFault | None:
    """A newer box's word, which is not known here, counts as a certificate that it cannot read."""
    if not word:
        return None
    return CertificateFault(word) if word in set(CertificateFault) else CertificateFault.UNREADABLE
