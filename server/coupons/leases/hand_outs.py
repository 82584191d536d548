"""accept_hand_outs: the phones to which a box gave its leased claims. A report may be repeated, reordered and late."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, delete, select, update

from media.wire.leases import HandOut, HandOutAnswer
from server.accounts.audit import record
from server.coupons.caps import ClaimCaps, ScreenUsedUp, count_in_hour
from server.coupons.claims import Presence
from server.coupons.leases.fulfil import Holder, mark_claimed, own_key, write_claim
from server.coupons.models import Claim, Lease, LeasedClaim, Phone
from server.coupons.wallets.moving import holder_of
from server.coupons.wallets.phones import next_nth
from server.db import from_ms
from server.screens.models import Player, Service

logger = logging.getLogger(__name__)

UNKNOWN = "this box has no such claim"
DISPUTED = "another phone has this claim"
VOID = "this claim was returned, and no piece is left for it"


def accept_hand_outs(
    db: Session, player: Player, hand_outs: Sequence[HandOut], *, caps: ClaimCaps, now: datetime
) -> list[HandOutAnswer]:
    """Write the claims of a box's phones; one answer for each hand-out, in order. The first reported one has it.

    Rows are written in one order everywhere, so that two reports of one lease are never in a deadlock.
    """
    rows = _rows(db, player, {out.claim for out in hand_outs})
    answers = [HandOutAnswer(claim=out.claim, status="refused", why=UNKNOWN) for out in hand_outs]
    known = [(rows[out.claim][0].offer_id, out.claim, nth) for nth, out in enumerate(hand_outs) if out.claim in rows]
    for _, claim_id, nth in sorted(known):
        answers[nth] = _accept(db, player, hand_outs[nth], *rows[claim_id], caps=caps, now=now)
    return answers


def _rows(db: Session, player: Player, ids: set[str]) -> dict[str, tuple[LeasedClaim, Lease]]:
    query = select(LeasedClaim, Lease).join(Lease, col(Lease.id) == col(LeasedClaim.lease_id))
    found = db.exec(query.where(col(LeasedClaim.id).in_(ids), Lease.player_id == player.id))
    return {leased.id: (leased, lease) for leased, lease in found}


def _accept(
    db: Session, player: Player, out: HandOut, leased: LeasedClaim, lease: Lease, *, caps: ClaimCaps, now: datetime
) -> HandOutAnswer:
    if not _is_first(db, leased, out.phone):
        if leased.phone_hash == out.phone:
            return HandOutAnswer(claim=out.claim, status="duplicate")
        _dispute(db, player, leased, now=now)
        return HandOutAnswer(claim=out.claim, status="refused", why=DISPUTED)
    claimed_at = min(max(from_ms(out.claimed_ms), lease.made_at), now)
    holder = Holder(
        phone_id=holder_of(db, out.phone, claimed_at=claimed_at, now=now),
        key=out.key,
        screen_id=_screen_of(db, player, out.screen),
        claimed_at=claimed_at,
        expires_at=min(from_ms(out.expires_ms), leased.expires_at),
    )
    if mark_claimed(db, leased, now=now):
        _count(db, write_claim(db, leased, holder), caps)
        return HandOutAnswer(claim=out.claim, status="accepted")
    claim = db.get(Claim, leased.id)
    if claim is None:
        db.exec(update(LeasedClaim).where(col(LeasedClaim.id) == leased.id).values(phone_hash=None))
        logger.warning("leased claim void player=%s claim=%s", player.id, leased.id)
        return HandOutAnswer(claim=out.claim, status="refused", why=VOID)
    _adopt(db, claim, leased, holder)
    _count(db, claim, caps)
    return HandOutAnswer(claim=out.claim, status="accepted")


def _is_first(db: Session, leased: LeasedClaim, phone_hash: str) -> bool:
    """One UPDATE decides which phone has the claim."""
    won = db.exec(
        update(LeasedClaim)
        .where(col(LeasedClaim.id) == leased.id, col(LeasedClaim.phone_hash).is_(None))
        .values(phone_hash=phone_hash)
        .execution_options(synchronize_session=False)
    )
    db.refresh(leased)
    return bool(won.rowcount == 1)


def _dispute(db: Session, player: Player, leased: LeasedClaim, *, now: datetime) -> None:
    """Only a copy of the box can have given one claim to two phones. The claim stays with the first; it is one claim,
    and so it is used once."""
    note_copy(db, player, leased.id, offer_id=leased.offer_id, now=now)
    db.exec(update(LeasedClaim).where(col(LeasedClaim.id) == leased.id).values(disputed_at=now))


def note_copy(db: Session, player: Player, claim_id: str, *, offer_id: str, now: datetime) -> None:
    """Two boxes use this player's token: operators see it at the screen, and in the audit log."""
    player.clone_at = now
    db.add(player)
    record(db, None, "coupon handed out twice", player.id, {"claim": claim_id, "offer": offer_id}, now=now)
    logger.warning("leased claim at two boxes player=%s claim=%s", player.id, claim_id)


def _adopt(db: Session, claim: Claim, leased: LeasedClaim, holder: Holder) -> None:
    """A till has read the claim before: only its phone, and where and when it was claimed, are added."""
    unknown = claim.phone_id
    claim.nth = next_nth(db, claim.offer_id, holder.phone_id)
    claim.idempotency_key = own_key(db, leased, holder)
    claim.phone_id = holder.phone_id
    claim.screen_id = holder.screen_id
    claim.claimed_at = min(holder.claimed_at, claim.claimed_at)
    claim.expires_at = holder.expires_at
    db.add(claim)
    db.flush()
    db.exec(delete(Phone).where(col(Phone.id) == unknown))


def _screen_of(db: Session, player: Player, screen_id: str) -> str | None:
    """The screen that the box names, if it has served it at some time."""
    served = (col(Service.player_id) == player.id, col(Service.screen_id) == screen_id)
    return screen_id if db.exec(select(Service.id).where(*served).limit(1)).first() else None


def _count(db: Session, claim: Claim, caps: ClaimCaps) -> None:
    """The box's page is presence by itself, for as many as can stand at the screen; those beyond count without."""
    if claim.screen_id is None:
        return
    try:
        count_in_hour(db, claim, caps=caps)
    except ScreenUsedUp:
        db.exec(update(Claim).where(col(Claim.id) == claim.id).values(presence=Presence.NONE))
