"""The portal's signing request and the server's answer, which meet in the daemon."""

from __future__ import annotations

import pytest

from media.wire.certificates import CertificateAnswer
from media.wire.status import CertificateReport
from player.sync.certificate_requests import CertificateRequests

NONE, WITH = CertificateReport(), CertificateReport(name="k7m2pq.box.example.org")
ANSWER = CertificateAnswer(name="k7m2pq.box.example.org", chain="chain", again_s=60)


@pytest.fixture
def requests() -> CertificateRequests:
    return CertificateRequests()


def test_the_chain_is_for_the_request_that_the_server_answered(requests: CertificateRequests) -> None:
    requests.exchange("first", NONE)
    requests.accept("first", ANSWER)
    assert requests.exchange("first", NONE) == ANSWER
    assert requests.exchange("second", NONE).chain == ""
    assert requests.exchange("second", NONE).name == ANSWER.name


def test_an_answer_to_a_request_that_was_replaced_meanwhile_is_none(requests: CertificateRequests) -> None:
    requests.exchange("first", NONE)
    requests.exchange("second", NONE)
    requests.accept("first", ANSWER)
    assert requests.exchange("second", NONE) == ANSWER.model_copy(update={"chain": ""})


def test_a_new_request_and_a_new_report_wake_their_rounds_once(requests: CertificateRequests) -> None:
    woken: list[str] = []
    requests.on_request.append(lambda: woken.append("request"))
    requests.on_report.append(lambda: woken.append("report"))
    for request, report in (("", NONE), ("", NONE), ("first", NONE), ("first", NONE), ("first", WITH), ("", WITH)):
        requests.exchange(request, report)
    assert woken == ["report", "request", "report"]


def test_the_portals_name_is_unknown_until_it_reports(requests: CertificateRequests) -> None:
    assert requests.portal_name() is None
    requests.exchange("", NONE)
    assert requests.portal_name() == ""
    requests.exchange("", WITH)
    assert requests.portal_name() == WITH.name


def test_the_server_says_when_to_request_again(requests: CertificateRequests) -> None:
    assert requests.pause_s() == 3600
    requests.accept("", ANSWER)
    assert requests.pause_s() == 60


def test_a_box_on_no_screen_has_no_name(requests: CertificateRequests) -> None:
    requests.accept("", ANSWER)
    requests.forget()
    assert requests.exchange("", NONE) == CertificateAnswer()
