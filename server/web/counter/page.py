"""The counter page: one field for typed codes and scanners, a clear result, today's redemptions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from server.accounts.rights import Right
from server.context import reading, services, transaction
from server.coupons.claims import KeyAsked
from server.coupons.codes.derive import coupon_keys
from server.coupons.codes.read import ForeignCharacters, read_shown
from server.coupons.merchants import merchant_of
from server.coupons.models import Merchant
from server.coupons.redeem import (
    AlreadyRedeemed,
    ClaimExpired,
    OutsideHours,
    Redeemed,
    StaticCodeShown,
    redeem_claim,
)
from server.coupons.reverse import reverse_redemption
from server.coupons.uses import Use, use_of, uses_since
from server.db import new_id, utc_now
from server.errors import Conflict, LiftcastError
from server.http.answers import retry_headers
from server.http.tries import TooManyTries, TriesUnderWay
from server.web.answers import answer_error
from server.web.counter.blueprint import LONGEST_TILL, TILL_NAME, bp, limit_wrong_codes, page_till
from server.web.identity.auth import note, requires
from server.web.words.coupons import end_text, moment_text, week_text
from server.web.words.language import say as _
from server.zones import zone_or_utc

JUST_REDEEMED = "just_redeemed"
STUTTER = timedelta(seconds=10)  # a scanner that sends twice has not shown the first answer to anybody


@bp.get("/counter")
@requires(Right.REDEEM)
def page() -> ResponseReturnValue:
    return counter_page()


@bp.post("/counter")
@requires(Right.REDEEM)
@limit_wrong_codes
def redeem_here() -> ResponseReturnValue:
    """The field's text, from fingers, a scanner or the camera. A page sent twice carries the same key.

    The answer is another page, so that loading it again redeems nothing and shows nothing as new.
    """
    shown = request.form.get("shown", "")
    try:
        redemption = redeem_typed(shown).redemption
    except StaticCodeShown:
        return counter_page(asks_discretion=shown), StaticCodeShown.status
    except Conflict as error:
        return counter_page(refused=error), error.status
    except LiftcastError as error:
        return counter_page(refused=error, typed=shown), error.status, retry_headers(error)
    if utc_now() - redemption.redeemed_at < STUTTER:
        session[JUST_REDEEMED] = redemption.id
    return redirect(url_for("counter.redeemed", redemption_id=redemption.id), 303)


@bp.get("/counter/redemptions/<redemption_id>")
@requires(Right.REDEEM)
def redeemed(redemption_id: str) -> ResponseReturnValue:
    """A redemption: new to whoever has just made it, once; an earlier one to everyone who comes again."""
    with reading() as db:
        use = use_of(db, redemption_id, merchant_id=page_till().merchant_id)
    fresh = session.get(JUST_REDEEMED) == redemption_id
    if fresh:
        del session[JUST_REDEEMED]
    return counter_page(done=use, fresh=fresh)


@bp.errorhandler(TooManyTries)
@bp.errorhandler(TriesUnderWay)
def too_many_tries(error: TooManyTries | TriesUnderWay) -> ResponseReturnValue:
    """The till keeps its page, where it can wait and try again."""
    if request.path.startswith("/api/"):
        return answer_error(error)
    return counter_page(refused=error, typed=request.form.get("shown", "")), error.status, retry_headers(error)


def redeem_typed(shown: str) -> Redeemed:
    key = request.form.get("key", "")
    if not key:
        raise KeyAsked
    with transaction() as db:
        return redeem_claim(
            db,
            read_shown(shown),
            till=page_till(),
            keys=coupon_keys(services().settings.secret_key),
            now=utc_now(),
            idempotency_key=key,
            static_ok="static_ok" in request.form,
        )


@bp.post("/counter/redemptions/<redemption_id>/reversal")
@requires(Right.REVERSE)
def reverse_here(redemption_id: str) -> ResponseReturnValue:
    reason = request.form.get("reason", "")
    try:
        with transaction() as db:
            reverse_redemption(db, redemption_id, till=page_till(), reason=reason, now=utc_now())
            note(db, "redemption reversed", redemption_id, reason=reason.strip())
    except LiftcastError as error:
        return counter_page(refused=error), error.status, retry_headers(error)
    flash(_("Taken back. The coupon can be used again if it is still valid."))
    return redirect(url_for("counter.page"), 303)


@bp.post("/counter/till")
@requires(Right.REDEEM)
def name_till() -> ResponseReturnValue:
    """The name of this till is kept in this browser."""
    session[TILL_NAME] = request.form.get("name", "").strip()[:LONGEST_TILL]
    return redirect(url_for("counter.page"), 303)


def counter_page(
    *,
    done: Use | None = None,
    fresh: bool = False,
    refused: LiftcastError | None = None,
    typed: str = "",
    asks_discretion: str = "",
) -> str:
    till, now = page_till(), utc_now()
    with reading() as db:
        merchant = merchant_of(db, till.merchant_id) if till.merchant_id else None
        uses = todays_uses(db, merchant, now)
    return render_template(
        "counter/counter.html",
        merchant=merchant,
        till=till,
        done=done,
        fresh=fresh,
        refused=refused,
        typed=typed,
        why=refusal_text(refused) if refused else "",
        asks_discretion=asks_discretion,
        uses=uses,
        key=new_id(),
    )


def todays_uses(db: Session, merchant: Merchant | None, now: datetime) -> Sequence[Use]:
    """A merchant's own day; for the house's people, who serve every zone, the last 24 hours."""
    if merchant is None:
        return uses_since(db, now - timedelta(days=1), merchant_id=None)
    local = now.astimezone(zone_or_utc(merchant.zone))
    return uses_since(db, local.replace(hour=0, minute=0, second=0, microsecond=0), merchant_id=merchant.id)


def refusal_text(error: LiftcastError) -> str:
    """The reason in the reader's language, with when and where."""
    match error:
        case AlreadyRedeemed(facts={"at": datetime() as at, "where": str(where), "zone": str(zone)}):
            return _("Used on %(at)s at %(where)s.", at=moment_text(at, zone), where=where)
        case ClaimExpired(facts={"expires_at": datetime() as at, "zone": str(zone)}):
            return _("It was good until %(at)s.", at=end_text(at, zone))
        case OutsideHours(facts={"weekdays": str(days), "from_min": int(begin), "until_min": int(end)}):
            return _("It is good: %(when)s.", when=week_text(days, begin, end))
        case ForeignCharacters(facts={"characters": str(characters)}):
            return _("No code has: %(characters)s", characters=characters)
    return ""
