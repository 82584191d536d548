"""Offers: a merchant's terms and stock; made, changed, paused and stopped."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from sqlmodel import Session, col, select, update

from server.coupons.merchants import merchant_in_use
from server.coupons.models import Offer, OfferState
from server.coupons.validity import DAY_MIN
from server.db import Topic, get_or_raise, post
from server.errors import Conflict, Invalid, Missing
from server.years import Moment

MOST_STOCK = 10_000_000


class NoSuchOffer(Missing):
    """There is no such offer. It may have been removed; look at what the screen shows now."""


class BadOffer(Invalid):
    """This offer cannot be made. Correct the field that is named and save again."""


class StockBelowOut(Conflict):
    """More pieces than that are out already. Set the stock to at least as many, or stop the offer."""


class OfferStopped(Conflict):
    """This offer was stopped for good. Make a new one; coupons that are out stay valid."""


class OfferForm(BaseModel):
    """The terms that a merchant decides. Valid until a fixed instant, for some days after the claim, or the earlier of
    both."""

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)

    title: str = Field(min_length=1, max_length=80)
    terms: str = Field(default="", max_length=1000)
    stock: int = Field(ge=0, le=MOST_STOCK)
    per_phone: int = Field(default=1, ge=1, le=100)
    claim_from: Moment | None = None
    claim_until: Moment | None = None
    valid_until: Moment | None = None
    valid_days: int | None = Field(default=None, ge=0, le=3650)
    weekdays: str = "0123456"
    from_min: int = Field(default=0, ge=0, lt=DAY_MIN)
    until_min: int = Field(default=DAY_MIN, gt=0, le=DAY_MIN)
    presence: bool = True

    @field_validator("weekdays")
    @classmethod
    def _some_weekdays(cls, weekdays: str) -> str:
        if not weekdays or set(weekdays) - set("0123456"):
            raise ValueError("Choose at least one weekday, 0 for Monday to 6 for Sunday.")
        return "".join(sorted(set(weekdays)))

    @model_validator(mode="after")
    def _some_end(self) -> Self:
        if self.valid_until is None and self.valid_days is None:
            raise ValueError("Say until when a coupon is valid, or for how many days after the claim.")
        if self.from_min == self.until_min:
            raise ValueError("The hours begin and end at the same minute; for the whole day choose 00:00 to 24:00.")
        if self.claim_from and self.claim_until and self.claim_until <= self.claim_from:
            raise ValueError("Claiming must end after it begins.")
        return self


def make_offer(db: Session, merchant_id: str, form: OfferForm, *, now: datetime, draft: bool = False) -> Offer:
    """A new offer, with all of its stock left."""
    _check_ends(form, None, now)
    state = OfferState.DRAFT if draft else OfferState.ACTIVE
    offer = Offer(
        merchant_id=merchant_in_use(db, merchant_id).id,
        state=state,
        stock_left=form.stock,
        created_at=now,
        **form.model_dump(),
    )
    db.add(offer)
    db.flush()
    return offer


def change_offer(db: Session, offer_id: str, form: OfferForm, *, now: datetime) -> Offer:
    """New terms for what is claimed from now on, and new stock. Claimed coupons keep their day of expiry."""
    offer = offer_of(db, offer_id)
    if offer.state is OfferState.STOPPED:
        raise OfferStopped
    _check_ends(form, offer, now)
    _change_stock(db, offer, form.stock)
    terms = form.model_dump(exclude={"stock"})
    db.exec(update(Offer).where(col(Offer.id) == offer.id).values(**terms))
    return _changed(db, offer, now=now)


def pause_offer(db: Session, offer_id: str, *, now: datetime) -> Offer:
    """Nothing can be claimed until it is resumed; what is out stays valid."""
    return _change_state(db, offer_id, OfferState.PAUSED, now=now)


def resume_offer(db: Session, offer_id: str, *, now: datetime) -> Offer:
    """Open a draft, or a paused offer again."""
    return _change_state(db, offer_id, OfferState.ACTIVE, now=now)


def stop_offer(db: Session, offer_id: str, *, now: datetime) -> Offer:
    """For good; what is out stays valid."""
    return _change_state(db, offer_id, OfferState.STOPPED, now=now)


def offer_of(db: Session, offer_id: str) -> Offer:
    return get_or_raise(db, Offer, offer_id, NoSuchOffer)


def offers_of(db: Session, merchant_id: str | None = None, *, also_archived: bool = False) -> list[Offer]:
    """Newest first; of one merchant, or of all."""
    query = select(Offer).order_by(col(Offer.id).desc())
    if not also_archived:
        query = query.where(col(Offer.archived_at).is_(None))
    if merchant_id is not None:
        query = query.where(Offer.merchant_id == merchant_id)
    return list(db.exec(query).all())


def claimable_left(offer: Offer) -> int:
    """How many pieces a phone shows as left: none, when nothing can be claimed."""
    return offer.stock_left if offer.state is OfferState.ACTIVE and offer.archived_at is None else 0


def _check_ends(form: OfferForm, before: Offer | None, now: datetime) -> None:
    """An end that is set now lies in the future; one that passed long ago may stay as it is."""
    if _ends_too_soon(form.valid_until, before.valid_until if before else None, now):
        raise BadOffer("The coupon would have expired already.", remedy="Choose an end of validity in the future.")
    if _ends_too_soon(form.claim_until, before.claim_until if before else None, now):
        raise BadOffer("Claiming would have ended already.", remedy="Choose an end of claiming in the future.")


def _ends_too_soon(end: datetime | None, before: datetime | None, now: datetime) -> bool:
    return end is not None and end <= now and end != before


def _change_stock(db: Session, offer: Offer, stock: int) -> None:
    """Claims go on meanwhile: one UPDATE decides, and never leaves less than is out."""
    out = col(Offer.stock) - col(Offer.stock_left)
    won = db.exec(
        update(Offer)
        .where(col(Offer.id) == offer.id, out <= stock)
        .values(stock=stock, stock_left=stock - out)
        .execution_options(synchronize_session=False)
    )
    if won.rowcount != 1:
        raise StockBelowOut


def _change_state(db: Session, offer_id: str, state: OfferState, *, now: datetime) -> Offer:
    offer = offer_of(db, offer_id)
    not_stopped = col(Offer.state) != OfferState.STOPPED
    won = db.exec(update(Offer).where(col(Offer.id) == offer.id, not_stopped).values(state=state))
    if won.rowcount != 1 and state is not OfferState.STOPPED:
        raise OfferStopped
    return _changed(db, offer, now=now)


def _changed(db: Session, offer: Offer, *, now: datetime) -> Offer:
    db.refresh(offer)
    announce_stock(db, offer.id, now=now)
    return offer


def announce_stock(db: Session, offer_id: str, *, now: datetime) -> None:
    """Post the stock to phones that show the offer; the number is read when it is sent."""
    post(db, Topic.STOCK, offer_id, {}, now=now)


def left_of(db: Session, offer_ids: Collection[str]) -> dict[str, int]:
    """How many pieces phones show as left, by offer."""
    return {offer.id: claimable_left(offer) for offer in db.exec(select(Offer).where(col(Offer.id).in_(offer_ids)))}
