"""claim_offer: one phone takes one piece. One UPDATE decides about the last piece; a key makes a repeat harmless."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from sqlalchemy import bindparam
from sqlmodel import Session, col, or_, select, update

from media.presence import shown_from
from media.wire.phone import LONGEST_KEY, OfferStanding
from server.coupons.caps import ClaimCaps, CodeUsedUp, ScreenUsedUp, count_at_screen
from server.coupons.codes.derive import CouponKeys, claim_hmacs
from server.coupons.models import Claim, Merchant, Offer, OfferState, Phone
from server.coupons.offers import NoSuchOffer, announce_stock
from server.coupons.validity import claim_expiry, offer_standing
from server.db import insert_once, new_id, to_ms
from server.errors import Conflict, Denied, Invalid
from server.screens.models import Screen

TRIES = 5

# Built once: claims are the most frequent request, and building a statement costs more than running it.
OFFER_AND_ZONE = select(Offer, Merchant.zone).join(Merchant).where(col(Offer.id) == bindparam("offer"))
CLAIMS_OF_PHONE = (
    select(Claim)
    .where(Claim.phone_id == bindparam("phone"))
    .where(or_(col(Claim.offer_id) == bindparam("offer"), col(Claim.idempotency_key) == bindparam("key")))
    .order_by(col(Claim.nth))
)
TAKE_ONE = (
    update(Offer)
    .where(col(Offer.id) == bindparam("offer"))
    .where(col(Offer.stock_left) > 0, col(Offer.state) == OfferState.ACTIVE, col(Offer.archived_at).is_(None))
    .values(stock_left=col(Offer.stock_left) - 1)
)


IsShown = Callable[[Session, str, str], bool]


def shown_nowhere(_db: Session, _screen_id: str, _offer_id: str) -> bool:
    """Without a list of what screens show, nothing proves that someone is in front of one."""
    return False


class Presence(StrEnum):
    """How a phone showed that it is at the screen. A box's page is presence by itself; a game checked it at its
    start."""

    TOKEN = "token"  # noqa: S105  a word for the report, no secret
    BOX = "box"
    GAME = "game"
    NONE = "none"


class OfferSoldOut(Conflict):
    """The last piece has just gone. Look at the screen for the next offer."""


class OfferNotOpen(Conflict):
    """This offer cannot be claimed now. Look at its terms for when it can."""


class AlreadyClaimed(Conflict):
    """This phone has as many of these as one phone may have. Open your wallet to use them."""


class PresenceAsked(Denied):
    """This offer is for people at the screen. Scan the code on the screen again, then claim."""


class OfferNotShownHere(Denied):
    """This screen does not show this offer. Scan the code on a screen that shows it, then claim."""


class KeyReused(Invalid):
    """This Idempotency-Key was used for another request. Send a new key with a new request."""


class KeyAsked(Invalid):
    """The request has no usable Idempotency-Key. Send a header of 1 to 64 characters, a new one for each new wish."""


class ClaimsBusy(Conflict):
    """Too many claims from this phone at once. Try again in a moment."""


def claim_offer(
    db: Session,
    offer_id: str,
    *,
    phone: Phone,
    presence: str,
    idempotency_key: str,
    screen_id: str | None,
    keys: CouponKeys,
    now: datetime,
    is_shown: IsShown = shown_nowhere,
    caps: ClaimCaps | None = None,
    phone_is_new: bool = False,
) -> Claim:
    """One piece for this phone, or the piece that the same key, or a limit of one, already gave it.

    `presence` is the token of the screen's strip, or empty. A repeat may carry a newer token: it is the same request.
    `is_shown`: whether a screen has shown an offer lately · `caps`: how many may be claimed at one screen; None: any
    `phone_is_new`: this transaction added the phone, so no other has written a claim of it, and none is looked for
    """

    def proof(offer: Offer) -> tuple[Presence, int | None]:
        token_ms = _shown_from(db, offer, presence, screen_id, now=now, is_shown=is_shown)
        return (Presence.NONE if token_ms is None else Presence.TOKEN), token_ms

    return _claim(
        db, offer_id, phone=phone, proof=proof, idempotency_key=idempotency_key, screen_id=screen_id, keys=keys,
        now=now, caps=caps, phone_is_new=phone_is_new,
    )  # fmt: skip


def award_offer(
    db: Session,
    offer_id: str,
    *,
    phone: Phone,
    idempotency_key: str,
    screen_id: str,
    keys: CouponKeys,
    now: datetime,
) -> Claim:
    """One piece for a phone that has won it in a game; it proved its presence when it joined."""
    return _claim(
        db, offer_id, phone=phone, proof=lambda _offer: (Presence.GAME, None), idempotency_key=idempotency_key,
        screen_id=screen_id, keys=keys, now=now, caps=None,
    )  # fmt: skip


def _claim(
    db: Session,
    offer_id: str,
    *,
    phone: Phone,
    proof: Callable[[Offer], tuple[Presence, int | None]],
    idempotency_key: str,
    screen_id: str | None,
    keys: CouponKeys,
    now: datetime,
    caps: ClaimCaps | None,
    phone_is_new: bool = False,
) -> Claim:
    check_key(idempotency_key)
    offer, zone = _offer_and_zone(db, offer_id)
    for _ in range(TRIES):
        earlier = [] if phone_is_new else _earlier_claims(db, offer.id, phone.id, idempotency_key)
        settled = _settled(earlier, offer, idempotency_key, screen_id)
        if settled is not None:
            return settled
        _check_open(offer, now)
        presence, token_ms = proof(offer)
        claim_id = new_id()
        claim = Claim(
            id=claim_id,
            offer_id=offer.id,
            phone_id=phone.id,
            nth=1 + max((claim.nth for claim in earlier if claim.offer_id == offer.id), default=0),
            idempotency_key=idempotency_key,
            screen_id=screen_id,
            presence=presence,
            claimed_at=now,
            expires_at=claim_expiry(offer, zone, now),
            **claim_hmacs(keys, claim_id, 0),
        )
        if _take(db, claim, now=now):
            if token_ms is not None and caps is not None:
                _count_presence(db, offer, claim, token_ms=token_ms, caps=caps)
            return claim
        db.refresh(offer)
    raise ClaimsBusy


def _offer_and_zone(db: Session, offer_id: str) -> tuple[Offer, str]:
    """The offer, and the zone of its merchant's clock."""
    found = db.exec(OFFER_AND_ZONE, params={"offer": offer_id}).first()
    if found is None:
        raise NoSuchOffer
    return found


def check_key(key: str) -> None:
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise KeyAsked


def _earlier_claims(db: Session, offer_id: str, phone_id: str, key: str) -> list[Claim]:
    """This phone's claims of this offer, and the claim that this key made."""
    return list(db.exec(CLAIMS_OF_PHONE, params={"phone": phone_id, "offer": offer_id, "key": key}).all())


def _settled(earlier: list[Claim], offer: Offer, key: str, screen_id: str | None) -> Claim | None:
    """The claim that answers this request already; None when a new one is due."""
    for claim in earlier:
        if claim.idempotency_key == key:
            if (claim.offer_id, claim.screen_id) != (offer.id, screen_id):
                raise KeyReused
            return claim
    if len(earlier) < offer.per_phone:  # all of this offer: the key was not among them
        return None
    if offer.per_phone > 1:
        raise AlreadyClaimed
    return earlier[0]


def _check_open(offer: Offer, now: datetime) -> None:
    standing = offer_standing(offer, now)
    if standing is OfferStanding.SOLD_OUT:
        raise OfferSoldOut
    if standing is not OfferStanding.OPEN:
        raise OfferNotOpen


def _shown_from(
    db: Session, offer: Offer, token: str, screen_id: str | None, *, now: datetime, is_shown: IsShown
) -> int | None:
    """From when on the strip showed the token that proves presence; None where an offer needs no proof.

    The token of one screen proves nothing for an offer that only another one shows.
    """
    screen = db.get(Screen, screen_id) if screen_id and token else None
    token_ms = shown_from(screen.presence_key, token, to_ms(now)) if screen is not None else None
    if screen is not None and token_ms is not None and is_shown(db, screen.id, offer.id):
        return token_ms
    if offer.presence:
        raise PresenceAsked if token_ms is None else OfferNotShownHere
    return None


def _count_presence(db: Session, offer: Offer, claim: Claim, *, token_ms: int, caps: ClaimCaps) -> None:
    """A token that more phones used than can stand at the screen proves nothing: the claim is refused if the offer
    requires presence, and counted without presence otherwise."""
    try:
        count_at_screen(db, claim, token_ms=token_ms, caps=caps)
    except (CodeUsedUp, ScreenUsedUp):
        if offer.presence:
            raise
        claim.presence = Presence.NONE
        db.exec(update(Claim).where(col(Claim.id) == claim.id).values(presence=Presence.NONE))


def _take(db: Session, claim: Claim, *, now: datetime) -> bool:
    """Take one piece and write the claim; False, and nothing taken, when another request changed the offer or took the
    key meanwhile."""
    if not _one_less(db, claim.offer_id):
        return False
    if not insert_once(db, claim):
        _one_more(db, claim.offer_id)
        return False
    announce_stock(db, claim.offer_id, now=now)
    return True


def _one_less(db: Session, offer_id: str) -> bool:
    """The one UPDATE that decides; False when it took none."""
    return db.connection().execute(TAKE_ONE, {"offer": offer_id}).rowcount == 1


def _one_more(db: Session, offer_id: str) -> None:
    db.exec(
        update(Offer)
        .where(col(Offer.id) == offer_id)
        .values(stock_left=col(Offer.stock_left) + 1)
        .execution_options(synchronize_session=False)
    )
