"""The box's own certificate: the key is made here, only its signing request leaves the box.

`own.pem` has the key and the chain in use, `next.pem` the key whose certificate is requested. Each is whole or not
there, so a power cut at any moment loses no key whose certificate was issued.
"""

from __future__ import annotations

import logging
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from player.files import read_if_there, remove_whole, write_whole
from player.portal.certificates.judge import Certificate, Pair, is_due, names_of, spki

logger = logging.getLogger(__name__)

OWN, NEXT = "own.pem", "next.pem"
CERTIFICATE, KEY = "certificate.pem", "key.pem"  # of a certificate that is given
FOLDER = "tls"


class OwnCertificate:
    """folder: the portal's, which only its user reads"""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.pair = Pair(self._folder / OWN, self._folder / OWN)
        self._key: ec.EllipticCurvePrivateKey | None = None
        self._requested: tuple[str, str] = ("", "")  # name, signing request: made once, as signatures differ

    def name_for(self, certificate: Certificate) -> str | None:
        """The name under which the portal is reached with this certificate."""
        return certificate.names[0] if certificate.names else None

    def signing_request(self, name: str, certificate: Certificate | None, now_ms: int | None) -> str:
        """In PEM; empty where nothing is to be requested: without a name, or with a certificate that is not due."""
        if not name or (certificate and certificate.names == (name,) and not is_due(certificate, now_ms)):
            return ""
        if self._requested[0] != name:
            self._requested = (name, _request_for(name, self._next_key()))
        return self._requested[1]

    def accept(self, name: str, chain: str) -> None:
        """Put this chain into use, if it is for the requested name and key. Raises OSError with the former in use."""
        if not chain or self._requested[0] != name:
            return
        key = self._next_key()
        try:
            first = x509.load_pem_x509_certificates(chain.encode())[0]
            is_ours = names_of(first) == (name,) and spki(first.public_key()) == spki(key.public_key())
        except (ValueError, x509.ExtensionNotFound):
            is_ours = False
        if not is_ours:
            logger.error("certificate refused: it is not for the requested name and key name=%s", name)
            return
        write_whole(self.pair.chain, _pem(key) + chain.encode(), mode=0o600)
        remove_whole(self._folder / NEXT)
        self._key, self._requested = None, ("", "")
        logger.info("certificate installed name=%s", name)

    def _next_key(self) -> ec.EllipticCurvePrivateKey:
        """Stored before it is used. Raises OSError."""
        if self._key is None:
            self._key = self._stored_key() or self._made_key()
        return self._key

    def _stored_key(self) -> ec.EllipticCurvePrivateKey | None:
        raw = read_if_there(self._folder / NEXT)
        try:
            key = load_pem_private_key(raw, password=None) if raw else None
        except ValueError:
            key = None
        return key if isinstance(key, ec.EllipticCurvePrivateKey) else None

    def _made_key(self) -> ec.EllipticCurvePrivateKey:
        key = ec.generate_private_key(ec.SECP256R1())
        write_whole(self._folder / NEXT, _pem(key), mode=0o600)
        return key


class GivenCertificate:
    """A certificate that the operator put on the box; nothing is requested. name: the portal's"""

    def __init__(self, pair: Pair, name: str | None) -> None:
        self.pair = pair
        self._name = name

    def name_for(self, certificate: Certificate) -> str | None:
        return self._name

    def signing_request(self, name: str, certificate: Certificate | None, now_ms: int | None) -> str:
        return ""

    def accept(self, name: str, chain: str) -> None:
        return None


def _request_for(name: str, key: ec.EllipticCurvePrivateKey) -> str:
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
