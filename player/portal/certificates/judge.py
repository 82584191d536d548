"""Whether a certificate may be used: for the portal's name, in its time, and not for the server's name. Pure but for
reading the files."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from media.wire.status import CertificateFault


class Faulty(Exception):
    """The files hold no certificate that could be used, for this fault."""

    def __init__(self, fault: CertificateFault, why: str = "") -> None:
        super().__init__(why or fault)
        self.fault = fault


@dataclass(frozen=True)
class Pair:
    """The files of a chain and of its key, which may be one."""

    chain: Path
    key: Path


@dataclass(frozen=True)
class Certificate:
    """The first of a chain; its times are ms UTC. digest: of the files, another after a renewal"""

    names: tuple[str, ...]
    starts_ms: int
    expires_ms: int
    digest: str


def read_certificate(pair: Pair) -> Certificate | None:
    """None without a file of the chain. Raises Faulty."""
    try:
        chain = pair.chain.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Faulty(CertificateFault.UNREADABLE, str(error)) from error
    try:
        key = pair.key.read_bytes()
        first = x509.load_pem_x509_certificates(chain)[0]
        public = load_pem_private_key(key, password=None).public_key()
        names = names_of(first)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm, x509.ExtensionNotFound) as error:
        raise Faulty(CertificateFault.UNREADABLE, type(error).__name__) from error
    if spki(first.public_key()) != spki(public):
        raise Faulty(CertificateFault.OTHER_KEY)
    starts_ms, expires_ms = _ms(first.not_valid_before_utc), _ms(first.not_valid_after_utc)
    return Certificate(names, starts_ms, expires_ms, hashlib.sha256(chain + key).hexdigest())


def find_fault(
    certificate: Certificate, *, name: str | None, server_hosts: Collection[str], now_ms: int | None
) -> CertificateFault | None:
    """name: the portal's · server_hosts: names of the server · now_ms: None while the box does not know the time"""
    if any(covers(certificate.names, host) for host in server_hosts):
        return CertificateFault.COVERS_SERVER
    if name is None or not covers(certificate.names, name):
        return CertificateFault.OTHER_NAME
    if now_ms is not None and now_ms >= certificate.expires_ms:
        return CertificateFault.EXPIRED
    if now_ms is not None and now_ms < certificate.starts_ms:
        return CertificateFault.NOT_YET_VALID
    return None


def is_due(certificate: Certificate, now_ms: int | None) -> bool:
    """In the last third of its life a certificate is renewed."""
    life_ms = certificate.expires_ms - certificate.starts_ms
    return now_ms is not None and now_ms >= certificate.expires_ms - life_ms / 3


def covers(names: Collection[str], host: str) -> bool:
    """RFC 6125, section 6.4.3: a wildcard stands for the one leftmost label."""
    return host.lower() in names or f"*.{host.lower().partition('.')[2]}" in names


def names_of(certificate: x509.Certificate) -> tuple[str, ...]:
    """Raises ExtensionNotFound."""
    alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return tuple(name.lower() for name in alternative.get_values_for_type(x509.DNSName))


def spki(key: object) -> bytes:
    """The public key as certificates contain it. Raises ValueError for a kind of key that TLS does not use."""
    if not hasattr(key, "public_bytes"):
        raise ValueError(type(key).__name__)
    raw: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return raw


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
