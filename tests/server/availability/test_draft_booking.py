from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from sqlmodel import Session

from server.availability.draft_booking import LengthUnknown, booking_of_form
from server.campaigns.advertisers import NoAdvertiser
from server.campaigns.forms import BookingForm
from server.db import new_id, to_ms
from server.settings import Settings
from tests.factories import NOON, make_advertiser, make_creative


def form_of(advertiser_id: str, *creative_ids: str) -> BookingForm:
    return BookingForm.model_validate(
        {
            "name": "早餐 🍜",
            "advertiser_id": advertiser_id,
            "creatives": [{"creative_id": id_} for id_ in creative_ids],
            "starts_on": date(2026, 3, 2),
            "ends_on": date(2026, 3, 2),
            "targets": [{"kind": "all"}],
            "exclusions": [{"kind": "tag", "value": "north"}],
            "goal": 12.5,
        }
    )


def test_a_form_makes_the_booking_that_it_would_be_from_now_on(db: Session, settings: Settings) -> None:
    tea = make_advertiser(db, category="TEA")
    form = form_of(tea.id, make_creative(db, length_ms=12_000).id)
    booking = booking_of_form(db, form, "id", settings=settings.model_copy(update={"slot_ms": 5000}), now=NOON)
    assert (booking.id, booking.advertiser, booking.category) == ("id", tea.id, "tea")
    assert (booking.goal, booking.since_ms) == (Fraction(25, 2), to_ms(NOON))
    assert [creative.slots for creative in booking.creatives] == [3]
    assert (len(booking.targets), len(booking.barred)) == (0, 1)


def test_a_creative_that_is_still_processed_counts_as_soon_as_its_length_is_known(
    db: Session, settings: Settings
) -> None:
    tea = make_advertiser(db)
    waiting = make_creative(db, ready=False, length_ms=0)
    known = make_creative(db, ready=False, length_ms=5000)
    booking = booking_of_form(db, form_of(tea.id, waiting.id, known.id), "id", settings=settings, now=NOON)
    assert len(booking.creatives) == 1
    with pytest.raises(LengthUnknown):
        booking_of_form(db, form_of(tea.id, waiting.id, new_id()), "id", settings=settings, now=NOON)


def test_a_form_of_an_unknown_advertiser_is_refused(db: Session, settings: Settings) -> None:
    with pytest.raises(NoAdvertiser):
        booking_of_form(db, form_of(new_id(), make_creative(db).id), "id", settings=settings, now=NOON)
