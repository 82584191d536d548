"""Planning a venue sees to its card: it is drawn, shown, and drawn anew when the building gets another name.

Covers: server.creatives.building, server.jobs.handlers
"""

from __future__ import annotations

from media.fillers import Rank
from media.wire.timeline import Item, Manifest
from server.creatives.models import Creative, CreativeState
from server.db import enqueue, reading, transaction, utc_now
from server.jobs.worker import Worker, turn
from server.screens.models import Screen
from server.screens.venues import change_venue
from server.timelines.published.read import current_manifest
from tests.factories import make_screen
from tests.server.jobs.hands import rows


def plan(worker: Worker, venue_id: str) -> None:
    """As after any change, with all that follows from it and is due."""
    with transaction(worker.engine) as db:
        enqueue(db, "plan", venue_id, now=utc_now())
    while turn(worker):
        pass


def card_shown(worker: Worker, screen: Screen) -> Item:
    """The fillers of unsold time in the newest version."""
    with reading(worker.engine) as db:
        row = current_manifest(db, screen.id)
    assert row is not None
    manifest = Manifest.model_validate(row.manifest)
    (filler,) = manifest.fillers
    assert (filler.rank, manifest.house) == (Rank.CARD, (filler.item,))
    return manifest.items[filler.item]


def test_a_new_venue_has_its_card_drawn_and_shown(here: Worker) -> None:
    with transaction(here.engine) as db:
        screen = make_screen(db)
    plan(here, screen.venue_id)
    plan(here, screen.venue_id)
    (creative,) = rows(here, Creative)
    assert (creative.state, creative.trouble) == (CreativeState.READY, "")
    item = card_shown(here, screen)
    assert (item.title, item.clock) == ("Harbour Tower", "Asia/Shanghai")
    assert here.store.verify(item.screen.digest)


def test_a_renamed_building_has_another_card(here: Worker) -> None:
    with transaction(here.engine) as db:
        screen = make_screen(db)
    plan(here, screen.venue_id)
    plan(here, screen.venue_id)
    old = card_shown(here, screen)
    with transaction(here.engine) as db:
        change_venue(db, screen.venue_id, name="港湾大厦", now=utc_now())
    plan(here, screen.venue_id)
    plan(here, screen.venue_id)
    new = card_shown(here, screen)
    assert (new.id, new.title) == (old.id, "港湾大厦")
    assert new.screen.digest != old.screen.digest
