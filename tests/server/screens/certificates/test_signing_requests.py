"""A box may have a certificate for its own name and nothing else, by a key that is strong enough."""

from __future__ import annotations

import base64
import re
import subprocess
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AttributeOID

from media.wire.certificates import LONGEST_SIGNING_REQUEST
from server.errors import Invalid
from server.screens.certificates.signing_requests import (
    NoSigningRequest,
    OtherName,
    WeakKey,
    check_signing_request,
    digest_of_key,
)
from tests.rig.certificates import new_key, signing_request, subject

NAME = "k7m2pq.box.example.org"
PUBLIC_NAME = "screens.example.org"
RSA_512_SIZE = 512


def refused(pem: str) -> type[Invalid]:
    with pytest.raises(Invalid) as caught:
        check_signing_request(pem, name=NAME)
    return caught.type


@pytest.mark.parametrize("key", [ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048), None])
@pytest.mark.parametrize("common_name", [None, NAME])
def test_a_box_may_have_a_certificate_for_its_own_name(key, common_name):
    key = key or new_key()
    checked = check_signing_request(signing_request(NAME, key=key, common_name=common_name), name=NAME)
    assert (checked.name, checked.key_digest) == (NAME, digest_of_key(key.public_key()))


@pytest.mark.parametrize(
    "names",
    [
        ["abcdef.box.example.org"],
        [PUBLIC_NAME],
        ["*.box.example.org"],
        [f"*.{NAME}"],
        [NAME, PUBLIC_NAME],
        [NAME, NAME],
        [NAME.upper()],
        [f"{NAME}."],
        [f"{NAME}\n"],
        [f"{NAME}\0.example.com"],
        ["xn--k7m2pq.box.example.org"],
        [],
    ],
)
def test_another_name_is_refused(names):
    assert refused(signing_request(*names)) is OtherName


@pytest.mark.parametrize("name", [PUBLIC_NAME, "*.example.org", f"{NAME}\t", " "])
def test_the_subject_may_not_have_another_name_either(name):
    assert refused(signing_request(NAME, common_name=name)) is OtherName


@pytest.mark.parametrize(
    "extension",
    [
        x509.BasicConstraints(ca=True, path_length=None),
        x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.CODE_SIGNING]),
        x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.1"), b"anything"),
    ],
)
def test_nothing_else_may_be_requested(extension):
    assert refused(signing_request(NAME, more=[extension])) is OtherName


@pytest.mark.parametrize(
    "other",
    [
        x509.IPAddress(ip_address("203.0.113.1")),
        x509.RFC822Name("a@example.org"),
        x509.UniformResourceIdentifier(f"https://{PUBLIC_NAME}"),
    ],
)
def test_names_of_other_kinds_are_refused(other):
    names = x509.SubjectAlternativeName([x509.DNSName(NAME), other])
    assert refused(signing_request(more=[names])) is OtherName


def test_a_password_for_revoking_is_refused():
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject(None))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
    builder = builder.add_attribute(AttributeOID.CHALLENGE_PASSWORD, b"secret")
    pem = builder.sign(new_key(), hashes.SHA256()).public_bytes(Encoding.PEM).decode()
    assert refused(pem) is OtherName


def test_weak_keys_are_refused(rsa_512_request):
    assert refused(rsa_512_request) is WeakKey
    assert refused(signing_request(NAME, key=rsa.generate_private_key(65537, 1024))) is WeakKey
    assert refused(signing_request(NAME, key=ec.generate_private_key(ec.SECP256K1()))) is WeakKey


def test_a_key_without_a_hash_is_refused():
    names = x509.SubjectAlternativeName([x509.DNSName(NAME)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject(None)).add_extension(names, critical=False)
    pem = builder.sign(ed25519.Ed25519PrivateKey.generate(), None).public_bytes(Encoding.PEM).decode()
    assert refused(pem) is WeakKey


def test_a_signature_by_another_key_is_refused():
    assert refused(changed(signing_request(NAME))) is NoSigningRequest


@pytest.mark.parametrize(
    "pem",
    [
        "",
        "no PEM",
        "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
        "-----BEGIN CERTIFICATE REQUEST-----\n\n-----END CERTIFICATE REQUEST-----\n",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "-----BEGIN CERTIFICATE REQUEST-----\n\0\n-----END CERTIFICATE REQUEST-----\n",
        "请求",
        "x" * (LONGEST_SIGNING_REQUEST + 1),
    ],
)
def test_other_texts_are_refused(pem):
    assert refused(pem) is NoSigningRequest


def test_every_request_that_is_cut_off_is_refused():
    raw = base64.b64decode("".join(signing_request(NAME).splitlines()[1:-1]))
    for length in range(len(raw)):
        assert refused(armoured(raw[:length])) is NoSigningRequest


def test_text_around_the_request_does_not_reach_the_authority():
    pem = signing_request(NAME)
    checked = check_signing_request(f"Subject: {PUBLIC_NAME}\n{pem}\ntrailing", name=NAME)
    assert checked.pem == pem


def changed(pem: str) -> str:
    """The last byte of the signature is another one."""
    raw = base64.b64decode("".join(pem.splitlines()[1:-1]))
    return armoured(raw[:-1] + bytes([raw[-1] ^ 1]))


def armoured(raw: bytes) -> str:
    lines = "\n".join(re.findall(".{1,64}", base64.b64encode(raw).decode()))
    return f"-----BEGIN CERTIFICATE REQUEST-----\n{lines}\n-----END CERTIFICATE REQUEST-----\n"


@pytest.fixture
def rsa_512_request(tmp_path):
    """By OpenSSL: Python's library makes no such key."""
    command = ["openssl", "req", "-new", "-newkey", f"rsa:{RSA_512_SIZE}", "-nodes", "-subj", "/", "-sha256"]
    command += ["-addext", f"subjectAltName=DNS:{NAME}", "-keyout", tmp_path / "key"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
