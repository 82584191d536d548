"""The portal's certificate from step to step: requested, served, renewed, and given up when it may not be used."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from media.wire.status import CertificateFault, CertificateReport
from player.line_socket import NoAnswer
from player.portal.certificates.judge import Pair
from player.portal.certificates.keeper import CertificateKeeper, Source
from player.portal.certificates.own_certificate import CERTIFICATE, KEY, GivenCertificate, OwnCertificate
from player.portal.upstream.player_messages import CertificateNews
from tests.player.portal.certificates.test_own_certificate import issued, ms
from tests.rig.certificates import certificate, key_pem, new_key

NAME = "k7m2pq.box.example.org"
START = datetime(2026, 3, 1, tzinfo=UTC)


class FakeTls:
    """served: the digest of what the port serves; None: it is closed"""

    def __init__(self) -> None:
        self.served: str | None = None
        self.opens = True

    def serve(self, pair: Pair, digest: str) -> bool:
        self.served = digest if self.opens else None
        return self.opens

    def stop(self) -> None:
        self.served = None


class FakePlayer:
    """The daemon: `issues` certificates for what is requested, and knows the time unless it does not."""

    def __init__(self) -> None:
        self.public_base = "https://screens.example.org"
        self.name = NAME
        self.now_ms: int | None = ms(1)
        self.issues = True
        self.is_away = False
        self.requests: list[str] = []
        self.reports: list[CertificateReport] = []

    def certificate(self, signing_request: str, report: CertificateReport) -> CertificateNews:
        if self.is_away:
            raise NoAnswer("away")
        self.requests.append(signing_request)
        self.reports.append(report)
        chain = issued(signing_request) if signing_request and self.issues else ""
        return CertificateNews(name=self.name, chain=chain, now_ms=self.now_ms)


class Rig:
    def __init__(self, source: Source) -> None:
        self.player, self.tls = FakePlayer(), FakeTls()
        self.keeper = CertificateKeeper(source, self.player, self.tls, "https://screens.example.org:8443")  # type: ignore[arg-type]

    def run(self, steps: int = 4) -> CertificateReport:
        """The last report."""
        for _ in range(steps):
            self.keeper.step()
        return self.player.reports[-1]


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(OwnCertificate(tmp_path))


@pytest.fixture
def given(tmp_path: Path) -> Rig:
    """A box whose operator puts a certificate into a folder."""
    return Rig(GivenCertificate(Pair(tmp_path / CERTIFICATE, tmp_path / KEY), NAME))


def write(folder: Path, *names: str) -> None:
    key = new_key()
    (folder / CERTIFICATE).write_text(certificate(*names, key=key, starts_at=START))
    (folder / KEY).write_bytes(key_pem(key))


def test_a_new_box_learns_its_name_and_gets_its_certificate(rig: Rig) -> None:
    report = rig.run()
    assert (rig.keeper.name, report.name, report.fault) == (NAME, NAME, "")
    assert (report.starts_ms, report.expires_ms) == (ms(0), ms(90))
    assert rig.tls.served is not None
    assert [bool(request) for request in rig.player.requests] == [False, True, False, False]


def test_before_it_is_issued_phones_are_given_no_api_and_nothing_is_wrong(rig: Rig) -> None:
    rig.player.issues = False
    assert rig.run() == CertificateReport()
    assert (rig.keeper.name, rig.tls.served) == (None, None)


def test_a_server_without_a_zone_is_not_sent_anything(rig: Rig) -> None:
    rig.player.name = ""
    rig.run()
    assert set(rig.player.requests) == {""}


def test_it_is_renewed_while_it_is_served(rig: Rig) -> None:
    rig.run()
    before = rig.tls.served
    rig.player.now_ms = ms(61)
    rig.keeper.step()
    assert (rig.keeper.name, rig.tls.served) == (NAME, before)
    rig.run()
    assert rig.keeper.name == NAME
    assert rig.tls.served not in (None, before)


def test_one_that_expires_is_given_up_and_reported(rig: Rig) -> None:
    rig.run()
    rig.player.issues, rig.player.now_ms = False, ms(90)
    report = rig.run()
    assert (rig.keeper.name, rig.tls.served) == (None, None)
    assert (report.name, report.fault, report.expires_ms) == ("", CertificateFault.EXPIRED, ms(90))
    assert rig.player.requests[-1] != ""


def test_one_that_is_not_valid_yet_is_not_used_until_it_is(rig: Rig) -> None:
    rig.run()
    rig.player.now_ms = ms(-1)
    assert rig.run().fault == CertificateFault.NOT_YET_VALID
    assert rig.keeper.name is None
    rig.player.now_ms = ms(1)
    assert rig.run().fault == ""
    assert rig.keeper.name == NAME


def test_a_box_that_does_not_know_the_time_goes_on_with_it_and_renews_nothing(rig: Rig, tmp_path: Path) -> None:
    """After a power cut without an uplink."""
    rig.run()
    again = Rig(OwnCertificate(tmp_path))
    again.player.now_ms = None
    again.run()
    assert again.keeper.name == NAME
    assert set(again.player.requests) == {""}


def test_while_the_daemon_is_away_the_port_stays(rig: Rig) -> None:
    rig.run()
    rig.player.is_away = True
    rig.keeper.step()
    assert rig.keeper.name == NAME


def test_a_port_that_cannot_be_opened_gives_phones_no_api(rig: Rig) -> None:
    rig.tls.opens = False
    assert rig.run().name == ""
    assert rig.keeper.name is None


def test_a_disk_that_takes_nothing_leaves_port_80(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object, **_more: object) -> None:
        raise OSError("full")

    monkeypatch.setattr("player.portal.certificates.own_certificate.write_whole", full)
    assert rig.run() == CertificateReport()


# --- a certificate that the operator gives


def test_a_wildcard_for_the_zone_of_boxes_is_used_and_nothing_is_requested(given: Rig, tmp_path: Path) -> None:
    write(tmp_path, "*.box.example.org")
    assert given.run().name == NAME
    assert set(given.player.requests) == {""}


@pytest.mark.parametrize("names", [("*.box.example.org", "*.example.org"), (NAME, "screens.example.org")])
def test_one_that_covers_the_servers_name_is_refused(given: Rig, tmp_path: Path, names: tuple[str, ...]) -> None:
    write(tmp_path, *names)
    assert given.run().fault == CertificateFault.COVERS_SERVER
    assert (given.keeper.name, given.tls.served) == (None, None)


def test_the_servers_public_name_counts_where_the_box_knows_it_by_another(given: Rig, tmp_path: Path) -> None:
    given.player.public_base = "https://lobby.example.net"
    write(tmp_path, NAME, "lobby.example.net")
    assert given.run().fault == CertificateFault.COVERS_SERVER


def test_one_for_another_name_or_without_its_key_is_named(given: Rig, tmp_path: Path) -> None:
    write(tmp_path, "abcdef.box.example.org")
    assert given.run().fault == CertificateFault.OTHER_NAME
    (tmp_path / KEY).write_bytes(key_pem(new_key()))
    assert given.run().fault == CertificateFault.OTHER_KEY
    (tmp_path / KEY).unlink()
    assert given.run().fault == CertificateFault.UNREADABLE
    assert given.keeper.name is None


def test_without_files_nothing_is_wrong(given: Rig) -> None:
    assert given.run() == CertificateReport()
