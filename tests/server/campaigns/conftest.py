from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlmodel import Session

from server.campaigns.models import Advertiser
from server.creatives.models import Creative
from server.screens.models import Screen, Venue
from tests.server.timelines import world


@dataclass(frozen=True)
class Place:
    venue: Venue
    screen: Screen


@pytest.fixture
def place(db: Session) -> Place:
    venue = world.add_venue(db)
    return Place(venue, world.add_screen(db, venue, tags=["lobby"]))


@pytest.fixture
def advertiser(db: Session) -> Advertiser:
    return world.add_advertiser(db)


@pytest.fixture
def creative(db: Session, advertiser: Advertiser) -> Creative:
    return world.add_creative(db, advertiser_id=advertiser.id)
