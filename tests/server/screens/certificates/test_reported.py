"""The certificate that a box reports: when it needs somebody."""

from __future__ import annotations

from datetime import timedelta

import pytest

from media.wire.status import CertificateFault, CertificateReport
from server.db import to_ms
from server.screens.certificates.reported import CertificateState, ReportedCertificate, reported_certificate
from tests.factories import NOON

LIFE = timedelta(days=40)
REPORT = CertificateReport(starts_ms=to_ms(NOON), expires_ms=to_ms(NOON + LIFE))
MOMENT = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("age", "state"),
    [
        (-LIFE, CertificateState.VALID),
        (LIFE * 3 / 4 - MOMENT, CertificateState.VALID),
        (LIFE * 3 / 4, CertificateState.ENDS_SOON),
        (LIFE - MOMENT, CertificateState.ENDS_SOON),
        (LIFE, CertificateState.ENDED),
    ],
)
def test_it_ends_soon_in_the_last_quarter_of_its_life(age, state):
    assert reported_certificate(REPORT, NOON + age) == ReportedCertificate(state, NOON + LIFE)


@pytest.mark.parametrize("report", [None, CertificateReport(), CertificateReport(expires_ms=7)])
def test_a_box_without_one_has_none(report):
    assert reported_certificate(report, NOON) == ReportedCertificate(CertificateState.NONE)


@pytest.mark.parametrize(
    ("word", "fault"),
    [("expired", CertificateFault.EXPIRED), ("of a newer box", CertificateFault.UNREADABLE), ("", None)],
)
def test_a_newer_boxes_word_is_a_fault_too(word, fault):
    assert reported_certificate(CertificateReport(fault=word), NOON).fault == fault
