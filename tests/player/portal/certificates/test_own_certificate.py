"""The box's own key and certificate: nothing is lost at any moment, and only the signing request leaves the box."""

from __future__ import annotations

import errno
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from player.portal.certificates import own_certificate
from player.portal.certificates.judge import Certificate, read_certificate
from player.portal.certificates.own_certificate import FOLDER, NEXT, OWN, OwnCertificate
from server.screens.certificates.signing_requests import check_signing_request
from tests.rig.certificates import certificate, new_key

NAME = "k7m2pq.box.example.org"
START = datetime(2026, 3, 1, tzinfo=UTC)


def ms(days: float) -> int:
    return round((START + timedelta(days=days)).timestamp() * 1000)


def issued(signing_request: str, *names: str) -> str:
    """As an authority issues it, with its own certificate behind it."""
    request = x509.load_pem_x509_csr(signing_request.encode())
    authority = new_key()
    builder = x509.CertificateBuilder().subject_name(request.subject).issuer_name(request.subject)
    builder = builder.public_key(request.public_key()).serial_number(7)
    builder = builder.not_valid_before(START).not_valid_after(START + timedelta(days=90))
    alternative = x509.SubjectAlternativeName([x509.DNSName(name) for name in names or (NAME,)])
    builder = builder.add_extension(alternative, critical=False)
    leaf = builder.sign(authority, own_certificate.hashes.SHA256())
    chain: str = leaf.public_bytes(own_certificate.Encoding.PEM).decode()
    return chain + certificate("ca.example", key=authority, starts_at=START)


@pytest.fixture
def own(tmp_path: Path) -> OwnCertificate:
    return OwnCertificate(tmp_path)


def present(own: OwnCertificate) -> Certificate:
    found = read_certificate(own.pair)
    assert found is not None
    return found


def test_the_server_takes_its_signing_request(own: OwnCertificate) -> None:
    assert check_signing_request(own.signing_request(NAME, None, None), name=NAME).name == NAME


def test_nothing_is_requested_before_the_name_is_known(own: OwnCertificate, tmp_path: Path) -> None:
    assert own.signing_request("", None, ms(1)) == ""
    assert not (tmp_path / FOLDER / NEXT).exists()


def test_a_request_is_the_same_until_it_is_answered(own: OwnCertificate) -> None:
    assert own.signing_request(NAME, None, None) == own.signing_request(NAME, None, ms(1))


def test_after_a_restart_it_is_of_the_same_key(own: OwnCertificate, tmp_path: Path) -> None:
    first = check_signing_request(own.signing_request(NAME, None, None), name=NAME)
    again = check_signing_request(OwnCertificate(tmp_path).signing_request(NAME, None, None), name=NAME)
    assert first.key_digest == again.key_digest


def test_only_the_portals_user_reads_the_keys(own: OwnCertificate, tmp_path: Path) -> None:
    request = own.signing_request(NAME, None, None)
    assert (tmp_path / FOLDER / NEXT).stat().st_mode & 0o777 == 0o600
    own.accept(NAME, issued(request))
    assert (tmp_path / FOLDER / OWN).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / FOLDER).stat().st_mode & 0o777 == 0o700
    assert "PRIVATE" not in request


def test_the_certificate_is_used_with_its_key_and_nothing_more_is_requested(own: OwnCertificate) -> None:
    own.accept(NAME, issued(own.signing_request(NAME, None, None)))
    assert present(own).names == (NAME,)
    assert own.name_for(present(own)) == NAME
    assert own.signing_request(NAME, present(own), ms(59)) == ""
    assert own.signing_request(NAME, present(own), None) == ""


def test_in_the_last_third_of_its_life_another_is_requested_with_a_new_key(own: OwnCertificate) -> None:
    own.accept(NAME, issued(first := own.signing_request(NAME, None, None)))
    second = own.signing_request(NAME, present(own), ms(60))
    digests = {check_signing_request(pem, name=NAME).key_digest for pem in (first, second)}
    assert len(digests) == 2
    before = present(own).digest
    own.accept(NAME, issued(second))
    assert present(own).digest != before


def test_a_box_that_moved_requests_one_for_its_new_name_and_goes_on_with_the_old(own: OwnCertificate) -> None:
    own.accept(NAME, issued(own.signing_request(NAME, None, None)))
    other = "abcdef.box.example.org"
    request = own.signing_request(other, present(own), ms(1))
    assert check_signing_request(request, name=other).name == other
    assert own.name_for(present(own)) == NAME
    own.accept(other, issued(request, other))
    assert own.name_for(present(own)) == other


@pytest.mark.parametrize("names", [("screens.example.org",), (NAME, "screens.example.org"), ("*.box.example.org",)])
def test_a_certificate_for_another_name_is_not_used(own: OwnCertificate, names: tuple[str, ...]) -> None:
    own.accept(NAME, issued(own.signing_request(NAME, None, None), *names))
    assert read_certificate(own.pair) is None


def test_a_certificate_for_another_key_is_not_used(own: OwnCertificate, tmp_path: Path) -> None:
    request = own.signing_request(NAME, None, None)
    own.accept(NAME, certificate(NAME, key=new_key(), starts_at=START))
    own.accept(NAME, "no PEM")
    own.accept("abcdef.box.example.org", issued(request))
    assert read_certificate(own.pair) is None
    assert (tmp_path / FOLDER / NEXT).exists()


def test_a_power_cut_between_the_two_files_loses_nothing(
    own: OwnCertificate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new pair is in use, and the key that was requested is still there: it is only requested again."""
    request = own.signing_request(NAME, None, None)

    class Killed(BaseException):
        pass

    def cut(_path: Path) -> None:
        raise Killed

    monkeypatch.setattr(own_certificate, "remove_whole", cut)
    with pytest.raises(Killed):
        own.accept(NAME, issued(request))
    again = OwnCertificate(tmp_path)
    assert present(again).names == (NAME,)
    assert again.signing_request(NAME, present(again), ms(1)) == ""


def test_a_full_disk_leaves_the_former_in_use(own: OwnCertificate, monkeypatch: pytest.MonkeyPatch) -> None:
    own.accept(NAME, issued(own.signing_request(NAME, None, None)))
    before = present(own).digest
    request = own.signing_request(NAME, present(own), ms(80))

    def full(*_args: object, **_more: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patch:
        patch.setattr(own_certificate, "write_whole", full)
        with pytest.raises(OSError, match="full"):
            own.accept(NAME, issued(request))
    assert present(own).digest == before
    own.accept(NAME, issued(request))
    assert present(own).digest != before


def test_a_broken_file_of_the_next_key_is_replaced(own: OwnCertificate, tmp_path: Path) -> None:
    (tmp_path / FOLDER / NEXT).write_bytes(b"\0half")
    assert own.signing_request(NAME, None, None)
