""" "Save my coupons": a link that moves the wallet to another phone."""

from __future__ import annotations

from flask import redirect, render_template
from flask.typing import ResponseReturnValue

from media.phone.identity import own_address
from server.context import reading, transaction
from server.coupons.wallets.recovery import coupons_behind, make_recovery_link, recover_wallet, unused_recovery
from server.db import utc_now
from server.web.phone_identity import current_phone
from server.web.wallet.blueprint import bp, keys, public_link


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
