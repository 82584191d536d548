"""Which certificate a portal may use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from media.wire.status import CertificateFault
from player.portal.certificates.judge import (
    Certificate,
    Faulty,
    Pair,
    covers,
    find_fault,
    is_due,
    read_certificate,
)
from tests.rig.certificates import certificate, key_pem, new_key

NAME = "k7m2pq.box.example.org"
SERVER = "screens.example.org"
START = datetime(2026, 3, 1, tzinfo=UTC)
DAY_MS = 86_400_000
START_MS = round(START.timestamp() * 1000)


def judged(*names: str, name: str | None = NAME, days: float | None = 1) -> CertificateFault | None:
    """Of a certificate for these names, after so many of its 90 days; None: the box does not know the time."""
    known = Certificate(names, START_MS, START_MS + 90 * DAY_MS, "")
    now_ms = None if days is None else round(START_MS + days * DAY_MS)
    return find_fault(known, name=name, server_hosts={SERVER, "other.example.net"}, now_ms=now_ms)


@pytest.mark.parametrize("names", [(NAME,), ("*.box.example.org",), ("*.box.example.org", "box.example.org")])
def test_one_for_the_portals_name_or_its_zone_is_used(names: tuple[str, ...]) -> None:
    assert judged(*names) is None


@pytest.mark.parametrize(
    "names", [("*.example.org", "*.box.example.org"), (NAME, SERVER), (NAME, "other.example.net"), ("*.example.org",)]
)
def test_one_that_covers_the_server_is_refused_on_every_box(names: tuple[str, ...]) -> None:
    assert judged(*names) == CertificateFault.COVERS_SERVER


@pytest.mark.parametrize(
    ("names", "name"),
    [(("abcdef.box.example.org",), NAME), (("*.example.com",), NAME), (("*.k7m2pq.box.example.org",), NAME),
     ((), NAME), ((NAME,), None)],
)  # fmt: skip
def test_one_for_another_name_is_not_used(names: tuple[str, ...], name: str | None) -> None:
    assert judged(*names, name=name) == CertificateFault.OTHER_NAME


@pytest.mark.parametrize(
    ("days", "fault"),
    [(-0.01, CertificateFault.NOT_YET_VALID), (0, None), (89.99, None), (90, CertificateFault.EXPIRED), (None, None)],
)
def test_it_is_used_in_its_time_and_while_the_box_does_not_know_the_time(
    days: float | None, fault: CertificateFault | None
) -> None:
    assert judged(NAME, days=days) == fault


def test_it_is_due_in_the_last_third_of_its_life() -> None:
    known = Certificate((NAME,), START_MS, START_MS + 90 * DAY_MS, "")
    assert [is_due(known, START_MS + days * DAY_MS) for days in (0, 59, 60, 91)] == [False, False, True, True]
    assert not is_due(known, None)


def test_a_wildcard_stands_for_one_label() -> None:
    assert covers(["*.box.example.org"], "K7M2PQ.Box.Example.org")
    assert not covers(["*.box.example.org"], "a.b.box.example.org")
    assert not covers(["*.box.example.org"], "box.example.org")


def written(folder: Path, chain: str | bytes, key: bytes) -> Pair:
    pair = Pair(folder / "certificate.pem", folder / "key.pem")
    pair.chain.write_bytes(chain if isinstance(chain, bytes) else chain.encode())
    pair.key.write_bytes(key)
    return pair


def test_the_first_certificate_of_a_chain_counts(tmp_path: Path) -> None:
    key, other = new_key(), new_key()
    chain = certificate(NAME, key=key, starts_at=START) + certificate(SERVER, key=other, starts_at=START)
    found = read_certificate(written(tmp_path, chain, key_pem(key)))
    assert found is not None
    assert (found.names, found.starts_ms, found.expires_ms) == ((NAME,), START_MS, START_MS + 90 * DAY_MS)


def test_a_renewed_one_is_another(tmp_path: Path) -> None:
    key = new_key()
    first = read_certificate(written(tmp_path, certificate(NAME, key=key, starts_at=START), key_pem(key)))
    later = certificate(NAME, key=key, starts_at=START + timedelta(days=60))
    second = read_certificate(written(tmp_path, later, key_pem(key)))
    assert first is not None
    assert second is not None
    assert first.digest != second.digest


def test_without_a_file_there_is_none(tmp_path: Path) -> None:
    assert read_certificate(Pair(tmp_path / "none", tmp_path / "none")) is None


def test_a_key_of_another_certificate_is_named(tmp_path: Path) -> None:
    with pytest.raises(Faulty) as caught:
        read_certificate(written(tmp_path, certificate(NAME, key=new_key(), starts_at=START), key_pem(new_key())))
    assert caught.value.fault == CertificateFault.OTHER_KEY


@pytest.mark.parametrize("chain", [b"", b"\0\xff", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
@pytest.mark.parametrize("key", [key_pem(new_key()), b"", b"\0"])
def test_what_is_no_certificate_is_named(tmp_path: Path, chain: bytes, key: bytes) -> None:
    with pytest.raises(Faulty) as caught:
        read_certificate(written(tmp_path, chain, key))
    assert caught.value.fault == CertificateFault.UNREADABLE


def test_a_key_that_is_missing_or_may_not_be_read_is_named(tmp_path: Path) -> None:
    pair = written(tmp_path, certificate(NAME, key=new_key(), starts_at=START), b"")
    pair.key.unlink()
    with pytest.raises(Faulty) as caught:
        read_certificate(pair)
    assert caught.value.fault == CertificateFault.UNREADABLE
