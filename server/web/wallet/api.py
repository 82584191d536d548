"""Claims for programs, for the phone page's script, and for plain forms of phones without one."""

from __future__ import annotations

from datetime import datetime

from flask import redirect, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session, select

from media.wire.phone import ClaimRequest, ClaimStateAnswer, WalletAnswer
from server.context import reading, services, transaction
from server.coupons.caps import caps_for
from server.coupons.claims import claim_offer
from server.coupons.models import Claim
from server.coupons.offers import offer_of
from server.coupons.wallet import claim_of_link, copy_of, wallet_of
from server.db import utc_now
from server.errors import Invalid
from server.screens.models import Screen
from server.timelines.offers import shows_offer
from server.web.phone_identity import current_phone, known_phone, own_address
from server.web.wallet.answers import claim_answer, stock_of_offer, wallet_claim
from server.web.wallet.blueprint import bp, from_page, keys
from server.web.wallet.new_phones import limit_new_phones


class NoSuchScreenCode(Invalid):
    """There is no screen with this code. Scan the code on the screen again."""


@bp.post("/api/v1/offers/<offer_id>/claims")
@limit_new_phones
def claim(offer_id: str) -> ResponseReturnValue:
    """201 for a new claim and for each repeat of its key; 200 where the phone had it already."""
    body, now = read_request(), utc_now()
    shown = is_shown(offer_id, body, now)
    with transaction(contended=True) as db:
        made = claim_offer(
            db,
            offer_id,
            phone=current_phone(db),
            presence=body.presence,
            idempotency_key=body.key,
            screen_id=screen_id_of(db, body.screen),
            keys=keys(),
            now=now,
            is_shown=lambda _db, _screen_id, _offer_id: shown,
            caps=caps_for(services().settings.people_at_screen),
        )
    if from_page():
        return redirect(claim_path(made), 303)
    return claim_answer(made, now).model_dump(mode="json"), 201 if made.idempotency_key == body.key else 200


def is_shown(offer_id: str, body: ClaimRequest, now: datetime) -> bool:
    """Whether the phone's screen shows the offer.

    Read before the claim's transaction, for it may read twenty timelines: no other writer waits meanwhile.
    """
    if not body.presence:
        return False
    with reading() as db:
        screen_id = screen_id_of(db, body.screen)
        return screen_id is not None and shows_offer(db, services().store, screen_id, offer_id, now=now)


def read_request() -> ClaimRequest:
    """From JSON or a form; the key from its header, or from the form of a phone without script."""
    given = request.get_json() if request.is_json and request.get_data() else request.form.to_dict()
    body = ClaimRequest.model_validate({} if given is None else given)
    return body.model_copy(update={"key": request.headers.get("Idempotency-Key", body.key)})


def screen_id_of(db: Session, code: str) -> str | None:
    if not code:
        return None
    screen_id = db.exec(select(Screen.id).where(Screen.code == code)).first()
    if screen_id is None:
        raise NoSuchScreenCode
    return screen_id


def claim_path(claim: Claim) -> str:
    """On the same host that the phone reached: it may be inside a hotspot."""
    return own_address(f"/w/{copy_of(claim, keys(), utc_now()).link}")


@bp.get("/api/v1/wallet")
def wallet_list() -> ResponseReturnValue:
    now = utc_now()
    with reading() as db:
        phone = known_phone(db)
        held = wallet_of(db, phone.id) if phone else []
    return WalletAnswer(claims=tuple(wallet_claim(claim, now) for claim in held)).model_dump(mode="json")


@bp.get("/api/v1/claims/<token>")
def claim_state(token: str) -> ResponseReturnValue:
    """For the claim's own page: it shows at once that the till has taken it."""
    with reading() as db:
        held = claim_of_link(db, token, keys=keys())
    return ClaimStateAnswer(state=held.state(utc_now())).model_dump(mode="json")


@bp.get("/api/v1/offers/<offer_id>/stock")
def stock(offer_id: str) -> ResponseReturnValue:
    with reading() as db:
        return stock_of_offer(offer_of(db, offer_id), utc_now()).model_dump(mode="json")
