"""A certificate authority of the tests' own: Pebble, which speaks ACME (RFC 8555) as Let's Encrypt does, and a DNS.

The hook writes each call to `calls`, and the record to the DNS that the authority reads.
"""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from itertools import count
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.rig.servers.ports import free_port
from tests.rig.servers.processes import Process

HOOK = """#!/bin/sh
# Adds and removes records of the tests' DNS, as an operator's command does.
echo "$@" >> {calls}
case "$1" in
  add) curl -sf --data "{{\\"host\\": \\"$2.\\", \\"value\\": \\"$3\\"}}" {dns}/set-txt ;;
  remove) curl -sf --data "{{\\"host\\": \\"$2.\\"}}" {dns}/clear-txt ;;
esac
"""
REFUSED_ZONE = "refused.example"  # by the authority's policy
_starts = count(1)


class LocalAuthority:
    """`url` and `ca` for the settings, `hook` for the command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self._management, self._dns, self._records = (free_port() for _ in range(4))
        self.url = f"https://127.0.0.1:{self.port}/dir"
        self.ca = folder / "authority.pem"
        self.calls = folder / "calls"
        self.hook = self.script("hook", HOOK.format(calls=self.calls, dns=f"http://127.0.0.1:{self._records}"))
        _write_certificate(folder, self.ca)
        self._write_configuration()

    def script(self, name: str, text: str) -> Path:
        """A command of this text."""
        path = self.folder / name
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    def start(self) -> None:
        number = next(_starts)
        dns = ["pebble-challtestsrv", "-dns01", f"127.0.0.1:{self._dns}", "-management", f"127.0.0.1:{self._records}"]
        others = [flag for kind in ("http01", "https01", "tlsalpn01") for flag in (f"-{kind}", "")]
        self._names = Process(f"dns-{number}", [*dns, *others], folder=self.folder, env={})
        pebble = ["pebble", "-config", self.folder / "pebble.json", "-dnsserver", f"127.0.0.1:{self._dns}", "-strict"]
        quick = {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0", "PEBBLE_AUTHZREUSE": "0"}
        self._pebble = Process(f"pebble-{number}", pebble, folder=self.folder, env=quick)
        self._names.wait_for("Starting management server")
        self._pebble.wait_for("ACME directory available")

    def stop(self) -> None:
        self._pebble.stop()
        self._names.stop()

    def hook_calls(self) -> list[list[str]]:
        return [line.split() for line in self.calls.read_text().splitlines()] if self.calls.exists() else []

    def forget_calls(self) -> None:
        self.calls.unlink(missing_ok=True)

    def _write_configuration(self) -> None:
        pebble = {
            "listenAddress": f"127.0.0.1:{self.port}",
            "managementListenAddress": f"127.0.0.1:{self._management}",
            "certificate": str(self.ca),
            "privateKey": str(self.folder / "authority.key"),
            "httpPort": 9,
            "tlsPort": 9,
            "externalAccountBindingRequired": False,
            "domainBlocklist": [REFUSED_ZONE],
        }
        (self.folder / "pebble.json").write_text(json.dumps({"pebble": pebble}))


@contextmanager
def local_authority(folder: Path) -> Iterator[LocalAuthority]:
    authority = LocalAuthority(folder)
    authority.start()
    try:
        yield authority
    finally:
        authority.stop()


def _write_certificate(folder: Path, path: Path) -> None:
    """Of the authority's own web server."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority of the tests")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(certificate.public_bytes(Encoding.PEM))
    raw = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "authority.key").write_bytes(raw)
