from __future__ import annotations

import json
import tracemalloc
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from media.store import MediaStore
from media.wire.timeline import Filler, Item, Manifest, MediaRef
from server.campaigns.house import add_house_content
from server.db import reading, transaction
from server.settings import Settings
from server.timelines.models import PublishedTimeline
from server.timelines.publish import publish_venue
from server.timelines.published.read import timeline_from, timeline_of
from tests.factories import make_creative, make_screen, make_venue

PICTURE = MediaRef(digest="0" * 64, mime="image/png", bytes=1)
NOTICE = Item(id="notice", kind="notice", title="Lift check", length_ms=10_000, screen=PICTURE)


def test_an_item_on_two_screens_is_one_object(
    engine: Engine, store: MediaStore, settings: Settings, now: datetime
) -> None:
    with transaction(engine) as db:
        venue = make_venue(db)
        first, second = (make_screen(db, venue=venue, name=name).id for name in ("Car 1", "Car 2"))
        item = make_creative(db, store).id
        add_house_content(db, item, venue.id, now=now)
    publish_venue(engine, store, venue_id=venue.id, settings=settings, now=now)
    with reading(engine) as db:
        one, other = timeline_of(db, store, first), timeline_of(db, store, second)
    assert one.item(item) is other.item(item)
    assert [id(filler) for filler in one.manifest.fillers] == [id(filler) for filler in other.manifest.fillers] != []


def test_one_more_version_takes_little_more_than_a_pointer_for_each_of_its_fillers(store: MediaStore) -> None:
    """A building's notices stay among its fillers for long, and each new one makes a version of all its screens."""
    notices, versions = 300, 20
    rows = [PublishedTimeline(manifest=manifest_of(notices, version)) for version in range(versions)]
    timeline_from(store, rows[0])
    tracemalloc.start()
    timelines = [timeline_from(store, row) for row in rows]
    taken, _most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken / len(timelines) < 100 * notices


def test_two_versions_of_a_screen_stay_in_memory(
    engine: Engine, store: MediaStore, settings: Settings, now: datetime
) -> None:
    """A screen with a notice every minute would fill the cache by itself. Some versions are read by nobody."""
    with transaction(engine) as db:
        venue = make_venue(db)
        screen = make_screen(db, venue=venue).id
    read = {}
    for version in range(1, 7):
        with transaction(engine) as db:
            add_house_content(db, make_creative(db, store).id, venue.id, now=now)
        publish_venue(engine, store, venue_id=venue.id, settings=settings, now=now)
        if version in (1, 2, 4, 6):
            with reading(engine) as db:
                read[version] = timeline_of(db, store, screen)
    assert all(timeline.manifest.version == version for version, timeline in read.items())
    with reading(engine) as db:
        again = {version: timeline_of(db, store, screen, version) for version in (6, 4, 2, 1)}
    assert {version for version, timeline in again.items() if timeline is read[version]} == {6, 4}


def manifest_of(notices: int, version: int) -> dict[str, Any]:
    """As it comes from the database, where no version shares anything with another."""
    items = [NOTICE.model_copy(update={"id": f"{nth:026}"}) for nth in range(notices)]
    manifest = Manifest(
        screen="screen",
        code="ABCDEF",
        version=version,
        effective_ms=0,
        slot_ms=5000,
        media_base="",
        days=(),
        items={item.id: item for item in items},
        house=tuple(item.id for item in items),
        fillers=tuple(Filler(item=item.id, rank=1, from_ms=nth) for nth, item in enumerate(items)),
    )
    read: dict[str, Any] = json.loads(manifest.model_dump_json())
    return read
