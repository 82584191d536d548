from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import Session

from server.campaigns.book import book_campaign, form_of
from server.campaigns.models import Advertiser, CampaignState
from server.campaigns.reach import screens_reached
from server.campaigns.rides import LongSpot, long_spots
from tests.server.timelines.world import NOON, add_creative, add_screen, add_venue, booking


def warned_spots(db: Session, advertiser: Advertiser, *lengths_ms: int, **changes: Any) -> list[LongSpot]:
    """Spots of a booking that outlast the rides."""
    films = [add_creative(db, advertiser_id=advertiser.id, length_ms=ms, title=f"{ms} ms") for ms in lengths_ms]
    campaign = book_campaign(db, booking(advertiser, *films, **changes), by=None, now=NOON)
    assert campaign.state == CampaignState.BOOKED
    return long_spots(db, form_of(db, campaign.id), screens_reached(db, campaign.id))


@pytest.mark.parametrize(("length_ms", "warned"), [(15_000, False), (30_000, False), (30_001, True), (60_000, True)])
def test_a_spot_longer_than_a_typical_ride_gets_a_warning_and_is_booked(
    db: Session, advertiser: Advertiser, length_ms: int, warned: bool
) -> None:
    add_screen(db, add_venue(db))
    assert [spot.title for spot in warned_spots(db, advertiser, length_ms)] == [f"{length_ms} ms"] * warned


def test_the_ride_is_that_of_each_venue(db: Session, advertiser: Advertiser) -> None:
    tower, house, low = (add_venue(db, ride_s=seconds) for seconds in (90, 40, 20))
    for venue in (tower, house, low, low):
        add_screen(db, venue)
    [minute, short] = warned_spots(db, advertiser, 60_000, 25_000)
    assert (minute.length_s, minute.ride_s, minute.screens) == (60, 20, 3)
    assert (short.length_s, short.ride_s, short.screens) == (25, 20, 2)
    assert warned_spots(db, advertiser, 60_000, targets=({"kind": "venue", "value": tower.id},)) == []
    assert warned_spots(db, advertiser, 25_000, exclusions=({"kind": "venue", "value": low.id},)) == []


def test_people_in_a_lobby_wait_longer(db: Session, advertiser: Advertiser) -> None:
    add_screen(db, add_venue(db, ride_s=5), kind="lobby")
    assert warned_spots(db, advertiser, 60_000) == []
