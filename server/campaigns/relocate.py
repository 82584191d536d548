"""Moving a screen to another venue.

A screen is the place that was sold, and its plays are proof of what was shown there. So the panel becomes a new screen
in the other venue, with the same settings and the same player, and the old screen is retired with its history.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select, update

from server.accounts.audit import record
from server.campaigns.models import Campaign, CampaignState, Exclusion, Target, TargetKind
from server.campaigns.reach import (
    PlacedScreen,
    exclusions_by_campaign,
    screens_named,
    targets_by_campaign,
    venue_types_of,
)  # fmt: skip
from server.errors import Invalid
from server.screens.models import Player, Screen, Venue
from server.screens.moving import move_player
from server.screens.replan import queue_allotment
from server.screens.venues import (
    SCREEN_CHECKS,
    insert_screens,
    lock_screen,
    retire_screen,
    screen_in_use,
    screens_of,
    venue_in_use,
)  # fmt: skip

# What makes a panel's new screen another one.
OF_ONE_SCREEN = {"id", "code", "presence_key", "venue_id", "bank", "created_at", "retired_at"}
OPEN_STATES = (CampaignState.DRAFT, CampaignState.BOOKED, CampaignState.PAUSED)


class SameVenue(Invalid):
    """The screen is in this venue already. Choose another one."""


@dataclass(frozen=True)
class Relocation:
    """What a move does to campaigns that are not over: which reach the screen before and after, before only, after."""

    kept: Sequence[Campaign]
    lost: Sequence[Campaign]
    gained: Sequence[Campaign]


def foresee_relocation(db: Session, screen_id: str, venue_id: str, *, bank: str = "", now: datetime) -> Relocation:
    screen, venue = _checked_move(db, screen_id, venue_id)
    placed = _placed(screen)
    moved = placed._replace(venue_id=venue.id, bank=SCREEN_CHECKS["bank"](bank))
    before = [placed, *_bank_mates(db, placed, screen.id)]
    after = [moved, *_bank_mates(db, moved, screen.id)]
    campaigns = _open_campaigns(db, now.astimezone(ZoneInfo(venue.zone)))
    had, has = (_reaching(db, campaigns, screens, screen.id) for screens in (before, after))
    return Relocation(
        kept=[campaign for campaign in campaigns if campaign.id in had & has],
        lost=[campaign for campaign in campaigns if campaign.id in had - has],
        gained=[campaign for campaign in campaigns if campaign.id in has - had],
    )


def relocate_screen(
    db: Session, screen_id: str, venue_id: str, *, bank: str = "", by: str | None = None, now: datetime
) -> Screen:
    """The new screen. Campaigns that name the old one name the new one instead; its player goes along."""
    lock_screen(db, screen_id)
    old, venue = _checked_move(db, screen_id, venue_id)
    new = _insert_copy(db, old, venue, SCREEN_CHECKS["bank"](bank), now)
    for player in db.exec(select(Player).where(Player.screen_id == old.id)).all():
        move_player(db, player.id, new.id, by=by, now=now)
    for table in (Target, Exclusion):
        named = (col(table.kind) == TargetKind.SCREEN, col(table.value) == old.id)
        db.exec(update(table).where(*named).values(value=new.id))
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


def _placed(screen: Screen) -> PlacedScreen:
    return PlacedScreen(*(getattr(screen, name) for name in PlacedScreen._fields))


def _bank_mates(db: Session, placed: PlacedScreen, screen_id: str) -> list[PlacedScreen]:
    """The other screens of its bank: what reaches one of them reaches all."""
    mates = [screen for screen in screens_of(db, placed.venue_id) if placed.bank and screen.bank == placed.bank]
    return [_placed(screen) for screen in mates if screen.id != screen_id]


def _open_campaigns(db: Session, now: datetime) -> list[Campaign]:
    """Those that are not over on this day, by name."""
    going = (col(Campaign.state).in_(OPEN_STATES), col(Campaign.ends_on) >= now.date())
    return list(db.exec(select(Campaign).where(*going).order_by(col(Campaign.name), col(Campaign.id))).all())


def _reaching(db: Session, campaigns: Sequence[Campaign], screens: Sequence[PlacedScreen], screen_id: str) -> set[str]:
    ids = [campaign.id for campaign in campaigns]
    targets, exclusions, types = targets_by_campaign(db, ids), exclusions_by_campaign(db, ids), venue_types_of(db)
    named = {id_: screens_named(targets[id_], screens, types, exclusions[id_]) for id_ in ids}
    return {id_ for id_, found in named.items() if any(screen.id == screen_id for screen in found)}
