"""Where campaigns play: which screens their targets name, now. A screen that gets a tag later joins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlmodel import Session, col, select

from server.campaigns.models import (
    Campaign,
    CampaignCreative,
    CampaignState,
    HouseContent,
    NoticeRun,
    Target,
    TargetKind,
)
from server.screens.models import Screen, Venue


def names(target: Target, screen: Screen) -> bool:
    """Does this target name this screen?"""
    return target.kind == TargetKind.ALL or _trait(target) in traits_of(screen)


def traits_of(screen: Screen) -> frozenset[str]:
    """What targets can name a screen by."""
    return frozenset({f"screen:{screen.id}", f"venue:{screen.venue_id}", *(f"tag:{tag}" for tag in screen.tags)})


def targeted_traits(targets: Iterable[Target]) -> frozenset[str]:
    """The traits of which a screen must have one; none means every screen."""
    targets = list(targets)
    everywhere = any(target.kind == TargetKind.ALL for target in targets)
    return frozenset() if everywhere else frozenset(_trait(target) for target in targets)


def _trait(target: Target) -> str:
    return f"{target.kind.value}:{target.value}"


def screens_named(targets: Iterable[Target], screens: Sequence[Screen]) -> list[Screen]:
    """The screens that any target names, and those in a bank with one of them, for a bank shares one timeline."""
    targets = list(targets)
    named = [screen for screen in screens if any(names(target, screen) for target in targets)]
    ids, banks = {screen.id for screen in named}, {_bank(screen) for screen in named if screen.bank}
    return [screen for screen in screens if screen.id in ids or (screen.bank and _bank(screen) in banks)]


def screens_reached(db: Session, campaign_id: str) -> list[Screen]:
    """Every screen in use on which this campaign plays."""
    targets = db.exec(select(Target).where(col(Target.campaign_id) == campaign_id)).all()
    return screens_named(targets, screens_in_use(db))


def venues_reached(db: Session, campaign_id: str) -> set[str]:
    return {screen.venue_id for screen in screens_reached(db, campaign_id)}


def targets_by_campaign(db: Session, campaign_ids: Sequence[str]) -> dict[str, list[Target]]:
    found: dict[str, list[Target]] = defaultdict(list)
    for target in db.exec(select(Target).where(col(Target.campaign_id).in_(campaign_ids))):
        found[target.campaign_id].append(target)
    return found


def venues_using(db: Session, creative_id: str) -> set[str]:
    """Venues whose timelines carry this creative, or would if it were ready."""
    campaigns = db.exec(
        select(Campaign.id)
        .join(CampaignCreative, col(CampaignCreative.campaign_id) == col(Campaign.id))
        .where(col(CampaignCreative.creative_id) == creative_id, col(Campaign.state) == CampaignState.BOOKED)
    ).all()
    reached = {venue_id for campaign_id in campaigns for venue_id in venues_reached(db, campaign_id)}
    noticed = db.exec(select(NoticeRun.venue_id).where(col(NoticeRun.creative_id) == creative_id)).all()
    housed = db.exec(select(HouseContent.venue_id).where(col(HouseContent.creative_id) == creative_id)).all()
    everywhere = venue_ids(db) if None in housed else set()
    return reached | set(noticed) | everywhere | {venue_id for venue_id in housed if venue_id}


def venue_ids(db: Session) -> set[str]:
    """Every venue in use."""
    return set(db.exec(select(Venue.id).where(col(Venue.retired_at).is_(None))))


def screens_in_use(db: Session) -> list[Screen]:
    return list(db.exec(select(Screen).where(col(Screen.retired_at).is_(None)).order_by(col(Screen.id))))


def _bank(screen: Screen) -> tuple[str, str | None]:
    return screen.venue_id, screen.bank
