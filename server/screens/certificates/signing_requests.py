"""check_signing_request: whether a box may have a certificate for its signing request."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtensionOID, NameOID

from media.wire.certificates import LONGEST_SIGNING_REQUEST
from server.errors import Invalid

CURVES = (ec.SECP256R1, ec.SECP384R1)
RSA_BITS = range(2048, 4097)
REQUESTED_EXTENSIONS = x509.ObjectIdentifier("1.2.840.113549.1.9.14")  # PKCS #9, the attribute that holds the name
HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


class NoSigningRequest(Invalid):
    """This is no signing request. Send PKCS #10 in PEM, signed by its own key with SHA-256 or better."""


class WeakKey(Invalid):
    """This key is of a kind that is not accepted. Use one on the curve P-256 or P-384, or RSA of 2048 to 4096 bits."""


class OtherName(Invalid):
    """A box gets a certificate for its own name alone. Send a signing request that has this name and nothing else."""


@dataclass(frozen=True)
class SigningRequest:
    """A signing request that was checked. key_digest: SHA-256 of its public key"""

    name: str
    pem: str
    key_digest: str


def check_signing_request(pem: str, *, name: str) -> SigningRequest:
    """name: the box's own, in lower case

    Raises NoSigningRequest, WeakKey and OtherName.
    """
    request = _read(pem)
    _require_strong_key(request)
    if not _is_signed(request):
        raise NoSigningRequest
    _require_name(request, name)
    return SigningRequest(name, request.public_bytes(Encoding.PEM).decode(), digest_of_key(request.public_key()))


def digest_of_key(key: object) -> str:
    """SHA-256 of a public key, as hexadecimal digits."""
    assert isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey)  # others were refused, or are not signed
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _read(pem: str) -> x509.CertificateSigningRequest:
    """The parts of a request are only parsed when they are read, so all are read here."""
    if not pem.isascii() or len(pem) > LONGEST_SIGNING_REQUEST:
        raise NoSigningRequest
    try:
        request = x509.load_pem_x509_csr(pem.encode())
        _ = (request.subject, request.extensions, [*request.attributes], request.public_key())
    except (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise NoSigningRequest from error
    return request


def _require_strong_key(request: x509.CertificateSigningRequest) -> None:
    match request.public_key():
        case ec.EllipticCurvePublicKey(curve=curve) if isinstance(curve, CURVES):
            return
        case rsa.RSAPublicKey(key_size=bits) if bits in RSA_BITS:
            return
    raise WeakKey


def _is_signed(request: x509.CertificateSigningRequest) -> bool:
    try:
        return isinstance(request.signature_hash_algorithm, HASHES) and request.is_signature_valid
    except UnsupportedAlgorithm:
        return False


def _require_name(request: x509.CertificateSigningRequest, name: str) -> None:
    """The one extension is the alternative name; a subject repeats it or is empty."""
    subject = [(attribute.oid, attribute.value) for attribute in request.subject]
    if subject not in ([], [(NameOID.COMMON_NAME, name)]):
        raise OtherName
    if [extension.oid for extension in request.extensions] != [ExtensionOID.SUBJECT_ALTERNATIVE_NAME]:
        raise OtherName
    if [*request.extensions[0].value] != [x509.DNSName(name)]:
        raise OtherName
    if any(attribute.oid != REQUESTED_EXTENSIONS for attribute in request.attributes):
        raise OtherName
