"""Reports of a fault on the box's disk, until the server has them."""

from __future__ import annotations

from pathlib import Path

import pytest

from media.phone.tokens import is_token, new_token
from media.wire.errors import ErrorBody
from media.wire.message import Message
from media.wire.phone import FaultReport, SeenFault
from player.portal.errors import PortalError, no_internet
from player.portal.screen.stored_faults import MOST_STORED, StoredFault, StoredFaults, reporter_of
from tests.player.portal.conftest import FakeServerRequests

PATH = "/api/v1/screens/ABC234/faults"


@pytest.fixture
def faults(tmp_path: Path) -> StoredFaults:
    return StoredFaults(tmp_path / "faults")


@pytest.fixture
def server() -> FakeServerRequests:
    server = FakeServerRequests()
    server.answers[PATH] = (201, Message())
    return server


def fault(phone: str, seen_ms: int, kind: SeenFault = SeenFault.BLACK) -> StoredFault:
    return StoredFault("ABC234", phone, FaultReport(fault=kind, seen_ms=seen_ms))


def refusal(status: int, code: str = "code") -> PortalError:
    return PortalError(status, ErrorBody(code=code, message="No."))


def test_a_reporter_is_the_same_phone_again_and_not_its_token() -> None:
    token = new_token()
    assert reporter_of(token) == reporter_of(token) != token
    assert is_token(reporter_of(token))
    assert reporter_of(token) != reporter_of(new_token())


def test_each_phone_has_its_newest_report_and_the_oldest_is_sent_first(faults: StoredFaults) -> None:
    for report in (fault("b", 3), fault("a", 1), fault("a", 2, SeenFault.FROZEN)):
        assert faults.store(report)
    assert faults.waiting() == [fault("a", 2, SeenFault.FROZEN), fault("b", 3)]


@pytest.mark.parametrize("error", [no_internet(), refusal(429), refusal(502)])
def test_they_wait_until_the_server_takes_them(
    faults: StoredFaults, server: FakeServerRequests, error: PortalError
) -> None:
    faults.store(fault("a", 1))
    server.answers[PATH] = error
    faults.deliver(server)
    assert faults.waiting() == [fault("a", 1)]


@pytest.mark.parametrize("status", [404, 409, 422])
def test_what_the_server_refuses_for_good_is_dropped(
    faults: StoredFaults, server: FakeServerRequests, status: int
) -> None:
    """The building was closed then, or the box is at another screen now."""
    faults.store(fault("a", 1))
    server.answers[PATH] = refusal(status)
    faults.deliver(server)
    assert faults.waiting() == []


def test_a_phone_that_reports_again_while_it_is_delivered_is_heard_again(faults: StoredFaults) -> None:
    faults.store(fault("a", 1))
    faults.store(fault("a", 2))
    faults.remove(fault("a", 1))
    assert faults.waiting() == [fault("a", 2)]


def test_a_program_that_reports_as_many_phones_fills_no_disk(faults: StoredFaults) -> None:
    for number in range(MOST_STORED + 5):
        assert faults.store(fault(str(number), number))
    assert len(faults.waiting()) == MOST_STORED


def test_they_are_there_after_a_restart(faults: StoredFaults, tmp_path: Path) -> None:
    faults.store(fault("a", 1))
    assert StoredFaults(tmp_path / "faults").waiting() == [fault("a", 1)]
