from __future__ import annotations

from datetime import datetime

import pytest
from sqlmodel import Session, select

from server.coupons.models import Offer
from server.creatives.coupons import (
    CardsNotDrawn,
    NoSuchOffer,
    coupons_undrawn,
    make_coupon_creative,
    redraw_coupons,
    undrawn_coupons,
)
from server.creatives.models import CreativeState
from server.creatives.ready import TimelinesNotPlanned
from server.db import Job
from tests.factories import make_creative, make_offer


def jobs(db: Session) -> list[tuple[str, str]]:
    return [(job.kind, job.subject) for job in db.exec(select(Job))]


def test_a_coupon_shows_an_offer(db: Session, now: datetime) -> None:
    offer = make_offer(db)
    coupon = make_coupon_creative(
        db, offer_id=offer.id, title="", picture_digest=None, length_ms=10_000, by=None, now=now
    )
    assert (coupon.kind, coupon.offer_id, coupon.title) == ("coupon", offer.id, offer.title)
    assert jobs(db) == [("draw", coupon.id)]


def test_a_coupon_without_an_offer_is_refused(db: Session, now: datetime) -> None:
    with pytest.raises(NoSuchOffer):
        make_coupon_creative(db, offer_id="none", title="", picture_digest=None, length_ms=9000, by=None, now=now)


def test_the_coupons_of_a_changed_offer_are_drawn_again(db: Session, now: datetime) -> None:
    offer: Offer = make_offer(db)
    shown = make_creative(db, kind="coupon", offer_id=offer.id)
    make_creative(db, kind="coupon", offer_id=offer.id, state=CreativeState.ARCHIVED)
    redraw_coupons(db, offer.id, now=now)
    assert jobs(db) == [("draw", shown.id)]


def test_a_coupon_whose_drawing_failed_is_listed_until_it_is_drawn_again(db: Session, now: datetime) -> None:
    offer: Offer = make_offer(db)
    up = make_creative(db, kind="coupon", offer_id=offer.id)
    never = make_creative(db, kind="coupon", offer_id=offer.id, state=CreativeState.FAILED, trouble="Too much text.")
    drawn = make_creative(db, kind="coupon", offer_id=offer.id, state=CreativeState.PROCESSING)
    other = make_creative(db, kind="coupon", offer_id=make_offer(db).id)
    coupons_undrawn(db, offer.id)
    for creative in (up, never, drawn, other):
        db.refresh(creative)
    assert [coupon.id for coupon in undrawn_coupons(db, offer.id)] == sorted([up.id, never.id])
    assert (up.state, up.trouble, up.remedy) == (CreativeState.READY, CardsNotDrawn().message, CardsNotDrawn().remedy)
    assert (never.trouble, drawn.trouble, other.trouble) == ("Too much text.", "", "")
    redraw_coupons(db, offer.id, now=now)
    assert undrawn_coupons(db, offer.id) == []
    db.refresh(never)
    assert (never.state, never.progress) == (CreativeState.PROCESSING, 0.0)
    assert sorted(jobs(db)) == sorted(("draw", coupon.id) for coupon in (up, never, drawn))


def test_a_coupon_that_only_could_not_be_planned_was_drawn(db: Session) -> None:
    offer: Offer = make_offer(db)
    make_creative(db, kind="coupon", offer_id=offer.id, trouble=TimelinesNotPlanned().message)
    assert undrawn_coupons(db, offer.id) == []
