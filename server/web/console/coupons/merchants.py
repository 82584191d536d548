"""Merchants: the shops that redeem."""

from __future__ import annotations

from zoneinfo import available_timezones

from flask import render_template
from flask.typing import ResponseReturnValue

from server.accounts.rights import Right
from server.context import reading, transaction
from server.coupons.lists import page_of_merchants
from server.coupons.merchants import MerchantForm, add_merchant, change_merchant, merchant_of
from server.coupons.models import Merchant
from server.db import utc_now
from server.paging import ArchiveQuery
from server.web.console.archive import merchant_words
from server.web.console.blueprint import bp
from server.web.console.moves import moved_to
from server.web.forms import Typed, answer_form, read_query
from server.web.identity.auth import note, requires
from server.web.words.language import say as _


@bp.get("/merchants")
@requires(Right.EDIT_MERCHANTS)
def merchants() -> ResponseReturnValue:
    query = read_query(ArchiveQuery)
    with reading() as db:
        page = page_of_merchants(db, query, archived=query.archived)
    return render_template("console/merchants.html", page=page, query=query)


@bp.get("/merchants/new")
@requires(Right.EDIT_MERCHANTS)
def new_merchant() -> ResponseReturnValue:
    return merchant_page(Typed({"zone": "Asia/Shanghai"}))


def merchant_page(typed: Typed, merchant: Merchant | None = None) -> str:
    with reading() as db:
        hangs = list(merchant_words(db, merchant.id, utc_now())) if merchant else []
    zones = sorted(available_timezones())
    return render_template("console/merchant.html", typed=typed, merchant=merchant, zones=zones, hangs=hangs)


@bp.post("/merchants/new")
@requires(Right.EDIT_MERCHANTS)
def create_merchant() -> ResponseReturnValue:
    def done(form: MerchantForm) -> ResponseReturnValue:
        with transaction() as db:
            merchant = add_merchant(db, form, now=utc_now())
            note(db, "merchant added", merchant.id, name=merchant.name)
        return moved_to("console.new_offer", _("The merchant is added. Next: its first offer."), merchant=merchant.id)

    return answer_form(MerchantForm, done=done, again=merchant_page)


@bp.get("/merchants/<merchant_id>")
@requires(Right.EDIT_MERCHANTS)
def merchant(merchant_id: str) -> ResponseReturnValue:
    with reading() as db:
        merchant = merchant_of(db, merchant_id)
    return merchant_page(Typed(merchant.model_dump()), merchant)


@bp.post("/merchants/<merchant_id>")
@requires(Right.EDIT_MERCHANTS)
def save_merchant(merchant_id: str) -> ResponseReturnValue:
    with reading() as db:
        merchant = merchant_of(db, merchant_id)

    def done(form: MerchantForm) -> ResponseReturnValue:
        with transaction() as db:
            change_merchant(db, merchant_id, form)
            note(db, "merchant changed", merchant_id)
        return moved_to("console.offers", _("Saved."))

    return answer_form(MerchantForm, done=done, again=lambda typed: merchant_page(typed, merchant))
