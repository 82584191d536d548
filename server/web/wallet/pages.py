"""The pages of an offer, of a wallet, and of one claim."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from media.coupon_codes import STEP_MS
from media.phone.identity import own_address
from media.wire.phone import ClaimStateAnswer, OfferStanding
from server.context import reading
from server.coupons.merchants import merchant_of
from server.coupons.models import Claim
from server.coupons.offers import offer_of
from server.coupons.validity import offer_standing
from server.coupons.wallets.wallet import claim_of_link, copy_of, wallet_of
from server.db import new_id, to_ms, utc_now
from server.web.phone_identity import known_phone
from server.web.wallet.blueprint import bp, keys, public_link


@bp.get("/o/<offer_id>")
def offer_page(offer_id: str) -> ResponseReturnValue:
    """The page that the coupon's QR opens. `s` is the screen's code, `p` the strip's token, if it was scanned there."""
    now = utc_now()
    with reading() as db:
        offer = offer_of(db, offer_id)
        merchant = merchant_of(db, offer.merchant_id)
        phone = known_phone(db)
        mine = [claim for claim in wallet_of(db, phone.id) if claim.offer.id == offer.id] if phone else []
    standing = offer_standing(offer, now)
    screen, presence = request.args.get("s", ""), request.args.get("p", "")
    return render_template(
        "offer.html",
        offer=offer,
        merchant=merchant,
        standing=standing,
        open=standing is OfferStanding.OPEN,
        mine=[(held, own_address(claim_link(held.claim))) for held in mine],
        may_claim=len(mine) < offer.per_phone,
        presence_missing=offer.presence and not (screen and presence),
        screen=screen,
        presence=presence,
        key=new_id(),
    )


@bp.get("/wallet")
def wallet_page() -> ResponseReturnValue:
    now = utc_now()
    with reading() as db:
        phone = known_phone(db)
        held = wallet_of(db, phone.id) if phone else []
    rows = [(entry, entry.state(now), own_address(claim_link(entry.claim))) for entry in held]
    return render_template("wallet/wallet.html", rows=rows)


@bp.get("/w/<token>")
def claim_page(token: str) -> ResponseReturnValue:
    """One claim, for anyone who has the link."""
    now = utc_now()
    with reading() as db:
        held = claim_of_link(db, token, keys=keys())
    return render_template(
        "wallet/claim.html",
        held=held,
        state=held.state(now),
        copy=copy_of(held.claim, keys(), now),
        link=claim_link(held.claim),
        now_ms=to_ms(now),
        step_ms=STEP_MS,
    )


def claim_link(claim: Claim) -> str:
    return public_link(f"/w/{copy_of(claim, keys(), utc_now()).link}")


@bp.get("/api/v1/claims/<token>")
def claim_state(token: str) -> ResponseReturnValue:
    """For the claim's own page: it shows at once that the till has taken it."""
    with reading() as db:
        held = claim_of_link(db, token, keys=keys())
    return ClaimStateAnswer(state=held.state(utc_now())).model_dump(mode="json")
