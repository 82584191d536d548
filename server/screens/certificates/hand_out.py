"""hand_out_certificate: the answer to a box that requests its certificate; queues an order where one is due."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select, update

from media.wire.certificates import LATEST_S, SOONEST_S, CertificateAnswer, CertificateRequest
from server.db import JobKind, enqueue, insert_once
from server.screens.certificates.signing_requests import SigningRequest, check_signing_request
from server.screens.models import BoxCertificate, Player, Screen
from server.screens.players import screen_served_by


def own_name(screen: Screen, zone: str) -> str:
    """The name of the box that feeds this screen."""
    return f"{screen.code.lower()}.{zone}"


def certificate_of(db: Session, screen_id: str) -> BoxCertificate | None:
    return db.exec(select(BoxCertificate).where(BoxCertificate.screen_id == screen_id)).first()


def hand_out_certificate(
    db: Session, player: Player, request: CertificateRequest, *, zone: str, now: datetime
) -> CertificateAnswer:
    """zone: in which boxes have their names; empty: they get none

    Raises NoSigningRequest, WeakKey and OtherName.
    """
    screen = db.get_one(Screen, screen_served_by(player))
    if not zone:
        return CertificateAnswer()
    name = own_name(screen, zone)
    if not request.signing_request:
        return CertificateAnswer(name=name)
    checked = check_signing_request(request.signing_request, name=name)
    certificate = _stored(db, screen.id, checked, now=now)
    is_due = _is_due(certificate, now)
    if is_due and _may_order(certificate, now):
        enqueue(db, JobKind.CERTIFICATE, certificate.id, now=now)
    return CertificateAnswer(
        name=name,
        chain=certificate.chain if certificate.expires_at and certificate.expires_at > now else "",
        again_s=_again_s(certificate, now) if is_due else LATEST_S,
    )


def _stored(db: Session, screen_id: str, request: SigningRequest, *, now: datetime) -> BoxCertificate:
    """The row of the screen's box, with this signing request; a certificate for another key or name is dropped."""
    given: dict[str, Any] = {"name": request.name, "signing_request": request.pem, "key_digest": request.key_digest}
    insert_once(db, BoxCertificate(screen_id=screen_id, requested_at=now, **given))
    others = (col(BoxCertificate.key_digest) != request.key_digest) | (col(BoxCertificate.name) != request.name)
    none = {"chain": "", "starts_at": None, "expires_at": None}
    db.exec(update(BoxCertificate).where(col(BoxCertificate.screen_id) == screen_id, others).values(given | none))
    certificate = db.exec(select(BoxCertificate).where(BoxCertificate.screen_id == screen_id)).one()
    db.refresh(certificate)
    return certificate


def _is_due(certificate: BoxCertificate, now: datetime) -> bool:
    """In the last third of a certificate's life it is renewed."""
    starts_at, expires_at = certificate.starts_at, certificate.expires_at
    return starts_at is None or expires_at is None or now >= expires_at - (expires_at - starts_at) / 3


def _may_order(certificate: BoxCertificate, now: datetime) -> bool:
    return certificate.order_after is None or now >= certificate.order_after


def _again_s(certificate: BoxCertificate, now: datetime) -> int:
    waits_s = (certificate.order_after - now).total_seconds() if certificate.order_after else 0
    return round(min(max(waits_s, SOONEST_S), LATEST_S))
