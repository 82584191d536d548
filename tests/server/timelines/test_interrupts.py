from __future__ import annotations

import pytest
from sqlmodel import delete, select

from media.wire.timeline import Manifest
from server.accounts.models import AuditEntry
from server.creatives.models import CreativeState
from server.db import Job, to_ms, transaction
from server.timelines import interrupts
from server.timelines.interrupts import (
    AlreadyLifted,
    InterruptEndsBeforeItBegins,
    InterruptNotReady,
    NoInterrupt,
    NoPlaceForInterrupt,
    lift_interrupt,
    raise_interrupt,
)
from server.timelines.models import RaisedInterrupt
from server.timelines.publish import publish_venue
from server.timelines.relocate import relocate_screen
from tests.server.timelines.world import NOON, World, add_creative, add_screen, add_venue, forget, later, topics

NOON_MS = to_ms(NOON)


def raised(world: World, **more: object) -> RaisedInterrupt:
    with transaction(world.engine) as db:
        creative = add_creative(db, kind="notice", title="Leave the building")
        place = more or {"venue_id": world.venue.id}
        return raise_interrupt(db, creative_id=creative.id, now=later(minutes=1), **place)  # type: ignore[arg-type]


def test_an_interrupt_takes_every_screen_of_the_venue_at_once(world: World) -> None:
    with transaction(world.engine) as db:
        other = add_screen(db, world.venue)
    world.publish()
    forget(world.engine)
    emergency = raised(world)
    at = to_ms(later(minutes=1))
    for screen in (world.screen, other):
        timeline = world.timeline(screen)
        assert (timeline.manifest.version, timeline.manifest.effective_ms) == (2, at)
        assert timeline.spot_at(at).item == emergency.creative_id
        assert timeline.spot_at(at - 1).item in world.house
    assert sorted(topics(world.engine)) == sorted(
        (topic, screen.id) for topic in ("interrupt", "stage") for screen in (world.screen, other)
    )


def test_an_interrupt_over_one_screen_leaves_the_others_alone(world: World) -> None:
    with transaction(world.engine) as db:
        other = add_screen(db, world.venue)
    world.publish()
    raised(world, screen_id=world.screen.id)
    assert world.newest(other).version == 1


def test_an_interrupt_survives_the_next_publication(world: World) -> None:
    world.publish()
    emergency = raised(world)
    world.book()
    world.publish(later(minutes=2))
    timeline = world.timeline()
    assert timeline.manifest.version == 3
    assert timeline.spot_at(to_ms(later(minutes=30))).item == emergency.creative_id


def test_lifting_gives_the_screen_back_at_once(world: World) -> None:
    world.publish()
    planned = world.timeline()
    emergency = raised(world)
    with transaction(world.engine) as db:
        lift_interrupt(db, emergency.id, by=None, now=later(minutes=2))
    at = to_ms(later(minutes=2))
    assert world.timeline().spot_at(at - 1).item == emergency.creative_id
    assert world.timeline().spot_at(at) == planned.spot_at(at)
    assert world.publish(later(minutes=3)) == []


def test_an_interrupt_that_ended_leaves_no_new_version_behind_when_it_is_forgotten(world: World) -> None:
    world.publish()
    emergency = raised(world)
    with transaction(world.engine) as db:
        lift_interrupt(db, emergency.id, now=later(minutes=2))
    assert world.publish(later(hours=3)) == []
    world.book()
    world.publish(later(hours=4))
    manifest = world.timeline().manifest
    assert manifest.interrupts == ()
    assert emergency.creative_id not in manifest.items


def test_lifting_twice_is_a_clear_conflict(world: World) -> None:
    emergency = raised(world)
    with transaction(world.engine) as db:
        lift_interrupt(db, emergency.id, now=later(minutes=2))
    with transaction(world.engine) as db, pytest.raises(AlreadyLifted):
        lift_interrupt(db, emergency.id, now=later(minutes=3))


def test_an_interrupt_that_is_over_cannot_be_lifted(world: World) -> None:
    emergency = raised(world, venue_id=world.venue.id, until_at=later(minutes=5))
    with transaction(world.engine) as db, pytest.raises(AlreadyLifted):
        lift_interrupt(db, emergency.id, now=later(minutes=5))


def test_an_interrupt_ends_by_itself(world: World) -> None:
    world.publish()
    emergency = raised(world, venue_id=world.venue.id, until_at=later(minutes=5))
    timeline = world.timeline()
    assert timeline.spot_at(to_ms(later(minutes=5)) - 1).item == emergency.creative_id
    assert timeline.spot_at(to_ms(later(minutes=5))).item in world.house


def test_a_screen_without_a_timeline_gets_the_interrupt_with_its_first_plan(world: World) -> None:
    emergency = raised(world)
    with transaction(world.engine) as db:
        assert db.exec(select(Job.subject).where(Job.kind == "plan")).first() == world.venue.id
    [first] = world.publish(later(minutes=2))
    assert [interrupt.id for interrupt in Manifest.model_validate(first.manifest).interrupts] == [emergency.id]


def test_an_impossible_emergency_is_refused(world: World) -> None:
    with transaction(world.engine) as db:
        raw = add_creative(db, state=CreativeState.PROCESSING)
        ready = add_creative(db)
        with pytest.raises(InterruptNotReady):
            raise_interrupt(db, creative_id=raw.id, venue_id=world.venue.id, now=NOON)
        with pytest.raises(NoPlaceForInterrupt):
            raise_interrupt(db, creative_id=ready.id, now=NOON)
        with pytest.raises(NoPlaceForInterrupt):
            raise_interrupt(db, creative_id=ready.id, venue_id=world.venue.id, screen_id=world.screen.id, now=NOON)
        with pytest.raises(InterruptEndsBeforeItBegins):
            raise_interrupt(db, creative_id=ready.id, venue_id=world.venue.id, until_at=NOON, now=NOON)
        with pytest.raises(NoInterrupt):
            lift_interrupt(db, "0" * 26, now=NOON)


def test_the_audit_has_the_raising_and_the_lifting_of_an_emergency(world: World) -> None:
    emergency = raised(world)
    with transaction(world.engine) as db:
        lift_interrupt(db, emergency.id, now=later(minutes=2))
    with transaction(world.engine) as db:
        actions = list(db.exec(select(AuditEntry.action).where(AuditEntry.subject == emergency.id)))
    assert sorted(actions) == ["interrupt lifted", "interrupt raised"]


def test_an_emergency_everywhere_takes_screens_of_all_venues_and_gives_them_back(world: World) -> None:
    with transaction(world.engine) as db:
        elsewhere = add_screen(db, add_venue(db))
    world.publish()
    publish_venue(world.engine, world.store, venue_id=elsewhere.venue_id, settings=world.settings, now=NOON)
    emergency = raised(world, everywhere=True)
    at = to_ms(later(minutes=1))
    for screen in (world.screen, elsewhere):
        assert world.timeline(screen).spot_at(at).item == emergency.creative_id
    with transaction(world.engine) as db:
        lift_interrupt(db, emergency.id, now=later(minutes=2))
    for screen in (world.screen, elsewhere):
        assert world.timeline(screen).spot_at(to_ms(later(minutes=3))).item != emergency.creative_id


def test_an_emergency_everywhere_survives_the_next_publication(world: World) -> None:
    world.publish()
    emergency = raised(world, everywhere=True)
    world.book()
    world.publish(later(minutes=2))
    assert world.timeline().spot_at(to_ms(later(minutes=3))).item == emergency.creative_id


def test_of_a_large_network_the_rest_is_planned_by_its_venues(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupts, "AT_ONCE", 1)
    with transaction(world.engine) as db:
        other = add_screen(db, world.venue)
    world.publish()
    with transaction(world.engine) as db:
        db.exec(delete(Job))
    emergency = raised(world, everywhere=True)
    at_once, later_on = sorted((world.screen, other), key=lambda screen: screen.id)
    assert (world.newest(at_once).version, world.newest(later_on).version) == (2, 1)
    with transaction(world.engine) as db:
        assert [job.subject for job in db.exec(select(Job).where(Job.kind == "plan"))] == [world.venue.id]
    world.publish(later(minutes=2))
    assert world.timeline(later_on).spot_at(to_ms(later(minutes=3))).item == emergency.creative_id


def test_an_emergency_over_a_screen_moves_with_it(world: World) -> None:
    with transaction(world.engine) as db:
        river = add_venue(db)
    world.publish()
    over, emergency = raised(world), raised(world, screen_id=world.screen.id)
    with transaction(world.engine) as db:
        lift_interrupt(db, over.id, by=None, now=later(minutes=2))
        moved = relocate_screen(db, world.screen.id, river.id, now=later(minutes=2))
    publish_venue(world.engine, world.store, venue_id=river.id, settings=world.settings, now=later(minutes=3))
    assert world.timeline(moved).spot_at(to_ms(later(minutes=30))).item == emergency.creative_id
    with transaction(world.engine) as db:
        assert db.get_one(RaisedInterrupt, over.id).venue_id == world.venue.id
        lift_interrupt(db, emergency.id, by=None, now=later(minutes=31))
    assert world.timeline(moved).spot_at(to_ms(later(minutes=32))).item != emergency.creative_id
