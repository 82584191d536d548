"""Keys, signing requests and certificates for tests, good and bad."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: Key) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def subject(name: str | None) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)] if name else [])


def signing_request(
    *names: str,
    key: Key | None = None,
    common_name: str | None = None,
    more: Sequence[x509.ExtensionType] = (),
    hash_: hashes.HashAlgorithm | None = None,
) -> str:
    """more: extensions beside the names"""
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject(common_name))
    if names:
        alternative = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        builder = builder.add_extension(alternative, critical=False)
    for extension in more:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key or new_key(), hash_ or hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def certificate(
    *names: str, key: Key, starts_at: datetime, lasts: timedelta = timedelta(days=90), signed_by: Key | None = None
) -> str:
    """A certificate in PEM for these names, signed by its own key or by another."""
    alternative = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject("tests"))
        .issuer_name(subject("tests"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(starts_at)
        .not_valid_after(starts_at + lasts)
        .add_extension(alternative, critical=False)
    )
    return builder.sign(signed_by or key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()
