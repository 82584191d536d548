"""issue_certificate: obtain what a box requested, outside of transactions; then write it, or why there is none."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from sqlmodel import Session, col, update

from media.wire.certificates import LONGEST_CHAIN
from server.errors import LiftcastError
from server.screens.certificates.acme_order import RECORD, Authority, Challenge, Steps, order_certificate
from server.screens.certificates.dns_hook import DnsHook
from server.screens.certificates.failures import CertificateFailed
from server.screens.certificates.signing_requests import SigningRequest, digest_of_key
from server.screens.models import BoxCertificate

logger = logging.getLogger(__name__)

# Let's Encrypt issues five certificates of the same name in seven days: a box that makes a new key again and again must
# not use them up.
AFTER_SUCCESS = timedelta(hours=36)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=10), timedelta(days=1)
PAUSE_GROWTH = 3

Transaction = Callable[[], AbstractContextManager[Session]]
Ending = Callable[[Session, datetime], None]


class WrongCertificate(CertificateFailed):
    """The certificate authority issued something else than was ordered. Check LIFTCAST_ACME_URL."""


@dataclass(frozen=True)
class Issued:
    """A chain, with the validity of the box's certificate in it."""

    chain: str
    starts_at: datetime
    expires_at: datetime


def issue_certificate(
    found: BoxCertificate, authority: Authority, hook: DnsHook, *, transaction: Transaction, look: Callable[[], None]
) -> Ending:
    """The function that writes the result.

    transaction: for the challenge's value, which is written before it is added: a worker that is killed leaves it in
    DNS, and the next one removes it · look: raises where the worker stops
    """
    request = SigningRequest(found.name, found.signing_request, found.key_digest)

    def note_value(value: str) -> None:
        with transaction() as db:
            db.exec(update(BoxCertificate).where(col(BoxCertificate.id) == found.id).values(dns_value=value))

    challenge = Challenge(hook, on_added=note_value, on_removed=lambda: note_value(""))
    try:
        if found.dns_value and hook.remove(f"{RECORD}.{found.name}", found.dns_value):
            note_value("")
        issued = _checked(order_certificate(request, authority, challenge, Steps(look)), request)
    except CertificateFailed as error:
        failed = error  # a name that outlives the handler of the error
        return lambda db, now: note_failure(db, found.id, failed, now)
    return lambda db, now: _write_issued(db, found.id, request, issued, now=now)


def note_failure(db: Session, certificate_id: str, error: LiftcastError, now: datetime) -> None:
    """Write why there is no certificate, and when it is tried again: each time three times later, at most a day."""
    certificate = db.get(BoxCertificate, certificate_id)
    if certificate is None:
        return
    pause = min(FIRST_PAUSE * PAUSE_GROWTH ** min(certificate.failures, 10), LONGEST_PAUSE)
    certificate.failures += 1
    certificate.order_after = now + pause
    certificate.trouble, certificate.remedy = error.message[:300], error.remedy[:300]
    certificate.detail = str(error.facts.get("detail", ""))
    db.add(certificate)
    logger.warning("certificate not issued name=%s why=%s facts=%s", certificate.name, error.message, error.facts)


def _checked(chain: str, request: SigningRequest) -> Issued:
    """Raises WrongCertificate unless the chain begins with a certificate for this key and this name alone."""
    if len(chain) > LONGEST_CHAIN:
        raise WrongCertificate(detail=f"{len(chain)} characters")
    try:
        certificate = x509.load_pem_x509_certificates(chain.encode())[0]
        names = [*certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value]
    except (ValueError, x509.ExtensionNotFound) as error:
        raise WrongCertificate(detail=type(error).__name__) from error
    if names != [x509.DNSName(request.name)] or digest_of_key(certificate.public_key()) != request.key_digest:
        raise WrongCertificate
    return Issued(chain, certificate.not_valid_before_utc, certificate.not_valid_after_utc)


def _write_issued(db: Session, certificate_id: str, request: SigningRequest, issued: Issued, *, now: datetime) -> None:
    """Not for a signing request that the box replaced meanwhile; the pause between orders is observed all the same."""
    done = {"order_after": now + AFTER_SUCCESS, "failures": 0, "trouble": "", "remedy": "", "detail": ""}
    here = (col(BoxCertificate.id) == certificate_id,)
    db.exec(update(BoxCertificate).where(*here).values(done))
    written = {"chain": issued.chain, "starts_at": issued.starts_at, "expires_at": issued.expires_at}
    same = (col(BoxCertificate.key_digest) == request.key_digest, col(BoxCertificate.name) == request.name)
    db.exec(update(BoxCertificate).where(*here, *same).values(written))
    logger.info("certificate issued name=%s expires=%s", request.name, issued.expires_at.isoformat())
