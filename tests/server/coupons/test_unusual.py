from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from server.coupons.caps import Span
from server.coupons.models import ScreenClaims
from server.coupons.unusual import Pattern, forget_screen_claims, pattern_of, unusual_claims
from tests.factories import NOON, make_merchant, make_offer, make_screen, saved

FOUR_MINUTES = timedelta(minutes=4)


def counted(claims: int, *, at: datetime = NOON, took: timedelta = FOUR_MINUTES, **more: Any) -> ScreenClaims:
    given = {"id": "c", "offer_id": "o", "screen_id": "s", "span": Span.TOKEN, "most": 60, **more}
    return ScreenClaims(claims=claims, starts_at=at, first_at=at, last_at=at + took, **given)


@pytest.mark.parametrize(
    ("claims", "pattern"),
    [
        (counted(40), None),
        (counted(40, took=timedelta(seconds=30)), None),
        (counted(40, took=timedelta(seconds=4)), Pattern.QUICK),
        (counted(19, took=timedelta(seconds=1)), None),
        (counted(60), Pattern.CODE_USED_UP),
        (counted(60, took=timedelta(seconds=2)), Pattern.CODE_USED_UP),
        (counted(60, span=Span.HOUR, most=240), None),
        (counted(240, span=Span.HOUR, most=240), Pattern.SCREEN_USED_UP),
    ],
)
def test_a_lobby_that_scans_is_nothing_unusual_and_a_script_is(claims: ScreenClaims, pattern: Pattern | None) -> None:
    assert pattern_of(claims) == pattern


def test_a_merchant_sees_its_own_of_the_last_week_the_newest_first(db: Session, now: datetime) -> None:
    mine, others, screen = make_offer(db), make_offer(db, merchant=make_merchant(db, name="Tea House")), make_screen(db)
    for nth, (offer, age) in enumerate([(mine, 0), (others, 0), (mine, 6), (mine, 8)]):
        at = now - timedelta(days=age)
        saved(db, counted(60, at=at, id=f"c{nth}", offer_id=offer.id, screen_id=screen.id))

    def ids(**only: str) -> list[str]:
        return [row.claims.id for row in unusual_claims(db, now=now, **only)]

    assert ids(merchant_id=mine.merchant_id) == ids(offer_id=mine.id) == ["c0", "c2"]
    assert ids() == ["c0", "c1", "c2"]


def test_usual_counts_are_forgotten_when_they_are_over_and_unusual_ones_after_a_month(
    db: Session, now: datetime
) -> None:
    """By two hours a token proves nothing any more, and another hour is counted."""
    offer, screen = make_offer(db), make_screen(db)
    for id_, more in {
        "usual": {"claims": 19},
        "hour": {"claims": 239, "span": Span.HOUR, "most": 240},
        "quick": {"claims": 20},
        "full": {"claims": 60},
    }.items():
        saved(db, counted(at=now, id=id_, offer_id=offer.id, screen_id=screen.id, **more))

    def left_after(age: timedelta) -> set[str]:
        forget_screen_claims(db, now=now + age)
        return set(db.exec(select(ScreenClaims.id)))

    assert left_after(timedelta(minutes=100)) == {"usual", "hour", "quick", "full"}
    assert left_after(timedelta(hours=3)) == {"quick", "full"}
    assert left_after(timedelta(days=31)) == set()
