"""Interrupts: raise an emergency over a screen, a venue or all screens, and lift it. Both publish a new version of each
manifest at once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlmodel import Session, col, or_, select, update

from media.wire.timeline import Interrupt, Item, Manifest
from server.accounts.audit import record
from server.creatives.items import items_for
from server.db import Topic, get_or_raise, insert_once, to_ms
from server.errors import Conflict, Invalid, Missing
from server.screens.models import Screen
from server.screens.replan import queue_plans
from server.screens.venues import screen_in_use, screens_of, venue_in_use
from server.timelines.compose import etag_of, interrupt_of
from server.timelines.hints import post_version
from server.timelines.models import PublishedTimeline, RaisedInterrupt
from server.timelines.published.read import current_manifest

logger = logging.getLogger(__name__)

Change = Callable[[Manifest], Manifest]

AT_ONCE = 500  # screens; each takes about 1 ms of the transaction


class NoInterrupt(Missing):
    """There is no such emergency. Look at the list of what is in force."""


class AlreadyLifted(Conflict):
    """This emergency was lifted already, or is over. Look at what the screen shows now."""


class NoPlaceForInterrupt(Invalid):
    """An emergency goes over one screen, one venue or all screens. Name one of the three."""


class InterruptNotReady(Conflict):
    """This creative is not ready to be shown. Wait until it is processed, or choose another."""


class InterruptEndsBeforeItBegins(Invalid):
    """The emergency would end before it begins. Choose an end that is still to come."""


def raise_interrupt(
    db: Session,
    *,
    creative_id: str,
    venue_id: str | None = None,
    screen_id: str | None = None,
    everywhere: bool = False,
    until_at: datetime | None = None,
    by: str | None = None,
    now: datetime,
) -> RaisedInterrupt:
    """Take screens over from now on, until an instant or until it is lifted."""
    if (venue_id is not None) + (screen_id is not None) + everywhere != 1:
        raise NoPlaceForInterrupt
    if until_at is not None and until_at <= now:
        raise InterruptEndsBeforeItBegins
    item = items_for(db, [(creative_id, None)]).get(creative_id)
    if item is None:
        raise InterruptNotReady
    screens = _screens(db, venue_id, screen_id)
    raised = RaisedInterrupt(
        creative_id=creative_id,
        venue_id=venue_id,
        screen_id=screen_id,
        from_at=now,
        until_at=until_at,
        raised_by=by,
    )
    db.add(raised)
    db.flush()
    _publish(db, screens, lambda manifest: _with(manifest, interrupt_of(raised), item), now=now)
    record(db, by, "interrupt raised", raised.id, {"creative": creative_id, "screens": len(screens)}, now=now)
    logger.info("interrupt raised interrupt=%s screens=%d", raised.id, len(screens))
    return raised


def lift_interrupt(db: Session, id_: str, *, by: str | None = None, now: datetime) -> RaisedInterrupt:
    """Give the screens back at once. Raises AlreadyLifted for the second of two people who lift it."""
    raised = get_or_raise(db, RaisedInterrupt, id_, NoInterrupt)
    in_force = or_(col(RaisedInterrupt.until_at).is_(None), col(RaisedInterrupt.until_at) > now)
    lifted = update(RaisedInterrupt).where(col(RaisedInterrupt.id) == id_, in_force)
    if db.exec(lifted.values(until_at=now, lifted_by=by)).rowcount != 1:
        raise AlreadyLifted
    db.refresh(raised)
    screens = _covered(db, raised)
    _publish(db, screens, lambda manifest: _ended(manifest, id_, to_ms(now)), now=now)
    record(db, by, "interrupt lifted", id_, {"screens": len(screens)}, now=now)
    logger.info("interrupt lifted interrupt=%s screens=%d", id_, len(screens))
    return raised


def move_interrupts(db: Session, screen_id: str, new_id: str, *, now: datetime) -> None:
    """An emergency over a screen that becomes another one goes along; it is shown there with the first plan."""
    in_force = or_(col(RaisedInterrupt.until_at).is_(None), col(RaisedInterrupt.until_at) > now)
    here = (col(RaisedInterrupt.screen_id) == screen_id, in_force)
    db.exec(update(RaisedInterrupt).where(*here).values(screen_id=new_id))


def _screens(db: Session, venue_id: str | None, screen_id: str | None) -> Sequence[Screen]:
    if venue_id is not None:
        venue_in_use(db, venue_id)
        return screens_of(db, venue_id)
    return [screen_in_use(db, screen_id)] if screen_id is not None else _all_screens(db)


def _all_screens(db: Session) -> Sequence[Screen]:
    return db.exec(select(Screen).where(col(Screen.retired_at).is_(None)).order_by(col(Screen.id))).all()


def _covered(db: Session, raised: RaisedInterrupt) -> Sequence[Screen]:
    """The screens in use that the interrupt is raised over."""
    if raised.is_everywhere:
        return _all_screens(db)
    here = or_(col(Screen.venue_id) == raised.venue_id, col(Screen.id) == raised.screen_id)
    return db.exec(select(Screen).where(here, col(Screen.retired_at).is_(None))).all()


def _publish(db: Session, screens: Sequence[Screen], change: Change, *, now: datetime) -> None:
    """Publish a new version of each screen. A screen without a version gets the interrupt with its first plan.

    On a large network only as many screens as one transaction may take are published at once; the others get theirs
    with the next plan of their venues.
    """
    at_once, later = screens[:AT_ONCE], screens[AT_ONCE:]
    unpublished = [screen for screen in at_once if not _publish_next(db, screen.id, change, now=now)]
    venue_ids = {screen.venue_id for screen in (*unpublished, *later)}
    if venue_ids:
        queue_plans(db, sorted(venue_ids), now=now)


def _publish_next(db: Session, screen_id: str, change: Change, *, now: datetime) -> bool:
    """Publish the newest manifest with the change. If a plan is published meanwhile, the change is made to that one.

    False for a screen without a version.
    """
    while (newest := current_manifest(db, screen_id)) is not None:
        manifest = change(Manifest.model_validate(newest.manifest))
        manifest = manifest.model_copy(update={"version": newest.version + 1, "effective_ms": to_ms(now)})
        row = PublishedTimeline(
            screen_id=screen_id,
            version=manifest.version,
            manifest=manifest.model_dump(mode="json"),
            etag=etag_of(manifest),
            published_at=now,
            ends_at=newest.ends_at,
            basis=newest.basis,
        )
        if insert_once(db, row):
            post_version(db, Topic.INTERRUPT, screen_id, row.version, now=now)
            return True
    return False


def _with(manifest: Manifest, interrupt: Interrupt, item: Item) -> Manifest:
    interrupts = (*manifest.interrupts, interrupt)
    return manifest.model_copy(update={"interrupts": interrupts, "items": {**manifest.items, item.id: item}})


def _ended(manifest: Manifest, id_: str, at_ms: int) -> Manifest:
    interrupts = tuple(
        interrupt.model_copy(update={"until_ms": at_ms}) if interrupt.id == id_ else interrupt
        for interrupt in manifest.interrupts
    )
    return manifest.model_copy(update={"interrupts": interrupts})
