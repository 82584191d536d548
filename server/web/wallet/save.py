"""Moving a wallet: "save my coupons", a link for another phone; and along from the box's page to the server's."""

from __future__ import annotations

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue

from media.phone.identity import own_address
from media.wire.phone import Handover, TakenOver
from server.context import reading, transaction
from server.coupons.wallets.handover import phone_of_handover, take_over
from server.coupons.wallets.recovery import coupons_behind, make_recovery_link, recover_wallet, unused_recovery
from server.db import utc_now
from server.http.limits import limit_tries
from server.web.phone_identity import current_phone
from server.web.wallet.blueprint import bp, keys, public_link
from server.web.wallet.claims import HANDOVERS


@bp.post("/wallet/save")
def save_wallet() -> ResponseReturnValue:
    with transaction() as db:
        token = make_recovery_link(db, current_phone(db), now=utc_now())
    return render_template("wallet/saved.html", link=public_link(f"/wallet/recover/{token}"))


@bp.get("/wallet/recover/<token>")
def recovery_page(token: str) -> ResponseReturnValue:
    """Asks first: a link that a messenger opens to look inside must not move anything."""
    with reading() as db:
        coupons = coupons_behind(db, unused_recovery(db, token))
    return render_template("wallet/recover.html", token=token, coupons=coupons)


@bp.post("/wallet/recover/<token>")
def recover(token: str) -> ResponseReturnValue:
    with transaction() as db:
        recover_wallet(db, token, phone=current_phone(db), keys=keys(), now=utc_now())
    return redirect(own_address("/wallet"), 303)


@bp.post("/api/v1/wallet/takeover")
@limit_tries(HANDOVERS)
def takeover() -> ResponseReturnValue:
    """The page that came from the box's WiFi brings the coupons of its phone. A repeat moves nothing more."""
    token, now = Handover.model_validate(request.get_json()).token, utc_now()
    left = phone_of_handover(token, keys=keys(), now=now)
    with transaction() as db:
        coupons = take_over(db, left, to=current_phone(db), now=now)
    return TakenOver(coupons=coupons).model_dump(mode="json")
