from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from media.store import MediaStore
from server.campaigns.house import add_house_content
from server.db import reading, transaction
from server.settings import Settings
from server.timelines.publish import publish_venue
from server.timelines.read import timeline_of
from tests.factories import make_creative, make_screen, make_venue


def test_what_two_screens_both_show_is_kept_once(
    engine: Engine, store: MediaStore, settings: Settings, now: datetime
) -> None:
    with transaction(engine) as db:
        venue = make_venue(db)
        first, second = (make_screen(db, venue=venue, name=name).id for name in ("Car 1", "Car 2"))
        item = make_creative(db, store).id
        add_house_content(db, item, venue.id, now=now)
    publish_venue(engine, store, venue_id=venue.id, settings=settings, now=now)
    with reading(engine) as db:
        assert timeline_of(db, store, first).item(item) is timeline_of(db, store, second).item(item)
