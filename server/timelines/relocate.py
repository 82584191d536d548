"""Moving a screen to another venue.

A screen is the place that was sold, and its plays are proof of what was shown there. So the panel becomes a new screen
in the other venue, with the same settings and the same player, and the old screen is retired with its history.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select, update

from server.accounts.audit import record
from server.campaigns.models import Campaign, Exclusion, Target, TargetKind
from server.campaigns.reach import campaigns_reaching
from server.campaigns.uses import open_campaigns, placed_screen, traits_with_banks
from server.errors import Invalid
from server.screens.enrol.moving import move_player
from server.screens.models import Player, Screen, Venue
from server.screens.opening import local_date
from server.screens.replan import queue_allotment
from server.screens.venues import (
    SCREEN_CHECKS,
    insert_screens,
    lock_screen,
    retire_screen,
    screen_in_use,
    venue_in_use,
)  # fmt: skip
from server.timelines.interrupts import move_interrupts

# Fields that the panel's new screen does not copy from the old one.
OF_ONE_SCREEN = {"id", "code", "presence_key", "box_referees", "venue_id", "bank", "created_at", "retired_at"}


class SameVenue(Invalid):
    """The screen is in this venue already. Choose another one."""


@dataclass(frozen=True)
class Relocation:
    """The effect of a move on campaigns that are not over.

    kept: reach the screen before and after · lost: only before · gained: only after
    """

    kept: Sequence[Campaign]
    lost: Sequence[Campaign]
    gained: Sequence[Campaign]


def foresee_relocation(db: Session, screen_id: str, venue_id: str, *, bank: str = "", now: datetime) -> Relocation:
    screen, venue = _checked_move(db, screen_id, venue_id)
    placed = placed_screen(screen)
    moved = placed._replace(venue_id=venue.id, bank=SCREEN_CHECKS["bank"](bank))
    had, has = (campaigns_reaching(db, traits_with_banks(db, [place])) for place in (placed, moved))
    campaigns = open_campaigns(db, local_date(venue.zone, now))
    return Relocation(
        kept=[campaign for campaign in campaigns if campaign.id in had & has],
        lost=[campaign for campaign in campaigns if campaign.id in had - has],
        gained=[campaign for campaign in campaigns if campaign.id in has - had],
    )


def relocate_screen(
    db: Session, screen_id: str, venue_id: str, *, bank: str = "", by: str | None = None, now: datetime
) -> Screen:
    """Returns the new screen. Campaigns that named the old screen name the new one, and its emergencies and its player
    move with it."""
    lock_screen(db, screen_id)
    old, venue = _checked_move(db, screen_id, venue_id)
    new = _insert_copy(db, old, venue, SCREEN_CHECKS["bank"](bank), now)
    for player in db.exec(select(Player).where(Player.screen_id == old.id)).all():
        move_player(db, player.id, new.id, by=by, now=now)
    for table in (Target, Exclusion):
        named = (col(table.kind) == TargetKind.SCREEN, col(table.value) == old.id)
        db.exec(update(table).where(*named).values(value=new.id))
    move_interrupts(db, old.id, new.id, now=now)
    retire_screen(db, old.id, by=by, now=now)
    record(db, by, "screen moved", new.id, {"name": new.name, "from": old.venue_id, "to": venue.id}, now=now)
    queue_allotment(db, [venue.id], now=now)
    return new


def _checked_move(db: Session, screen_id: str, venue_id: str) -> tuple[Screen, Venue]:
    screen, venue = screen_in_use(db, screen_id), venue_in_use(db, venue_id)
    if screen.venue_id == venue.id:
        raise SameVenue
    return screen, venue


def _insert_copy(db: Session, old: Screen, venue: Venue, bank: str | None, now: datetime) -> Screen:
    same = old.model_dump(exclude=OF_ONE_SCREEN)
    new = Screen(venue_id=venue.id, bank=bank, code="", presence_key="", created_at=now, **same)
    insert_screens(db, [new])
    return db.get_one(Screen, new.id)
