"""Claims of phones: one transaction each, after what can be read without it; limited for new phones."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, select

from media.phone.identity import phone_token
from media.phone.source import Claimed
from media.wire.phone import ClaimRequest, Handover, WalletAnswer
from server.context import reading, services, transaction
from server.coupons.caps import caps_for
from server.coupons.claims import claim_offer
from server.coupons.wallets.handover import make_handover
from server.coupons.wallets.phones import token_hash
from server.coupons.wallets.wallet import copy_of, wallet_of
from server.db import utc_now
from server.errors import Invalid
from server.http.limits import LimitRule, taking_tries
from server.screens.models import Screen
from server.timelines.published.offers import shows_offer
from server.web.phone_identity import current_phone, known_phone, was_known
from server.web.wallet.answers import claim_answer, wallet_claim
from server.web.wallet.blueprint import keys
from server.web.wallet.new_phones import limit_new_phones

# A whole lobby may be behind one address, and a page requests one when it is opened.
HANDOVERS = LimitRule("handovers", "600/hour")


class NoSuchScreenCode(Invalid):
    """There is no screen with this code. Scan the code on the screen again."""


@limit_new_phones
def claim_for_phone(offer_id: str, body: ClaimRequest) -> Claimed:
    """Claims the offer for this request's phone."""
    now = utc_now()
    shown = is_shown(offer_id, body, now)
    with transaction(contended=True) as db:
        phone = current_phone(db)
        made = claim_offer(
            db,
            offer_id,
            phone=phone,
            presence=body.presence,
            idempotency_key=body.key,
            screen_id=screen_id_of(db, body.screen),
            keys=keys(),
            now=now,
            is_shown=lambda _db, _screen_id, _offer_id: shown,
            caps=caps_for(services().settings.people_at_screen),
            phone_is_new=not was_known(),
        )
    copy = copy_of(made, keys(), now)
    return Claimed(
        answer=claim_answer(made, copy, now),
        path=f"/w/{copy.link}",
        is_new=made.idempotency_key == body.key,
    )


def is_shown(offer_id: str, body: ClaimRequest, now: datetime) -> bool:
    """Whether the phone's screen shows the offer.

    Read before the claim's transaction, for it may read twenty timelines: no other writer waits meanwhile.
    """
    if not body.presence:
        return False
    with reading(brief=True) as db:
        screen_id = screen_id_of(db, body.screen)
        return screen_id is not None and shows_offer(db, services().store, screen_id, offer_id, now=now)


def screen_id_of(db: Session, code: str) -> str | None:
    if not code:
        return None
    screen_id = db.exec(select(Screen.id).where(Screen.code == code)).first()
    if screen_id is None:
        raise NoSuchScreenCode
    return screen_id


def wallet_of_phone() -> WalletAnswer:
    """All claims of this request's phone."""
    now = utc_now()
    with reading(brief=True) as db:
        phone = known_phone(db)
        held = wallet_of(db, phone.id) if phone else []
    return WalletAnswer(claims=tuple(wallet_claim(claim, now) for claim in held))


def handover_of_phone() -> Handover:
    with taking_tries(HANDOVERS):
        return Handover(token=make_handover(token_hash(phone_token()), keys=keys(), now=utc_now()))
