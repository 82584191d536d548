"""Where campaigns play: the screens that their targets name now. A screen that gets a tag later joins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

from sqlalchemy import String, type_coerce
from sqlmodel import Session, col, select

from server.campaigns.models import (
    Campaign,
    CampaignCreative,
    CampaignState,
    Exclusion,
    HouseContent,
    NoticeRun,
    Target,
    TargetKind,
)
from server.creatives.models import BuildingCard
from server.screens.models import Screen, ScreenKind, Venue

VenueTypes = Mapping[str, int]
Named = TypeVar("Named", Target, Exclusion)

_EVERYWHERE = f"{TargetKind.ALL.value}:"


class Tagged(Protocol):
    """A screen: a row, or the part of it that the planner reads."""

    @property
    def id(self) -> str: ...

    @property
    def venue_id(self) -> str: ...

    @property
    def bank(self) -> str | None: ...

    @property
    def tags(self) -> Sequence[str]: ...


class PlacedScreen(NamedTuple):
    """The columns of a screen that decide what reaches it: whole rows take seconds in a large network."""

    id: str
    venue_id: str
    bank: str | None
    tags: list[str]
    kind: ScreenKind


class Place(Protocol):
    """A target or an exclusion: a row, or as a form has it."""

    @property
    def kind(self) -> TargetKind: ...

    @property
    def value(self) -> str: ...


def traits_of(screen: Tagged, venue_type: int) -> frozenset[str]:
    """The traits by which targets can name a screen; `venue_type` is that of its venue."""
    banks = [f"bank:{bank_name(screen)}"] if screen.bank else []
    tags = [f"tag:{tag}" for tag in screen.tags]
    return frozenset([f"screen:{screen.id}", f"venue:{screen.venue_id}", f"venue_type:{venue_type}", *banks, *tags])


def targeted_traits(targets: Iterable[Place]) -> frozenset[str]:
    """The traits of which a screen must have one; none means every screen."""
    targets = list(targets)
    everywhere = any(target.kind == TargetKind.ALL for target in targets)
    return frozenset() if everywhere else barred_traits(targets)


def barred_traits(exclusions: Iterable[Place]) -> frozenset[str]:
    """The traits of which a screen may have none."""
    return frozenset(_trait(exclusion) for exclusion in exclusions)


def targeted_by_campaign(db: Session, campaign_ids: Sequence[str]) -> dict[str, frozenset[str]]:
    """`targeted_traits` of each, put together by the database: a large network has 160,000 targets."""
    found = _traits_by_campaign(db, Target, campaign_ids)
    return {id_: frozenset() if _EVERYWHERE in traits else frozenset(traits) for id_, traits in found.items()}


def barred_by_campaign(db: Session, campaign_ids: Sequence[str]) -> dict[str, frozenset[str]]:
    return {id_: frozenset(traits) for id_, traits in _traits_by_campaign(db, Exclusion, campaign_ids).items()}


def _traits_by_campaign(
    db: Session, table: type[Target] | type[Exclusion], campaign_ids: Sequence[str]
) -> dict[str, set[str]]:
    trait: Any = type_coerce(table.kind, String) + ":" + col(table.value)
    rows = db.exec(select(table.campaign_id, trait).where(col(table.campaign_id).in_(campaign_ids)))
    found: dict[str, set[str]] = defaultdict(set)
    for campaign_id, named in rows:
        found[campaign_id].add(named)
    return found


def campaigns_reaching(db: Session, places: Sequence[frozenset[str]]) -> set[str]:
    """The ids of campaigns that reach any of these places, in any state.

    places: for each the traits of a screen, or those of all screens of a bank together
    """
    known = frozenset[str]().union(*places)
    named, barred = (_naming(db, table, known) for table in (Target, Exclusion))
    return {
        id_
        for id_, traits in named.items()
        if any((_EVERYWHERE in traits or traits & place) and not barred[id_] & place for place in places)
    }


def _naming(db: Session, table: type[Target] | type[Exclusion], traits: frozenset[str]) -> dict[str, set[str]]:
    """By campaign, which of these traits it names, with the trait of everything."""
    trait: Any = type_coerce(table.kind, String) + ":" + col(table.value)
    found: dict[str, set[str]] = defaultdict(set)
    for campaign_id, named in db.exec(select(table.campaign_id, trait).where(trait.in_([*traits, _EVERYWHERE]))):
        found[campaign_id].add(named)
    return found


def _trait(target: Place) -> str:
    return f"{target.kind.value}:{target.value}"


def screens_named(
    targets: Iterable[Place], screens: Sequence[PlacedScreen], venue_types: VenueTypes, exclusions: Iterable[Place] = ()
) -> list[PlacedScreen]:
    """The screens that any target names and no exclusion.

    A bank shares one timeline, so all of it is in if one of its screens is, and out if one of them is excluded.
    """
    found, out = (_with_banks(places, screens, venue_types) for places in (list(targets), list(exclusions)))
    named = found - out
    return [screen for screen in screens if screen.id in named]


def _with_banks(places: Sequence[Place], screens: Sequence[PlacedScreen], venue_types: VenueTypes) -> set[str]:
    everywhere, traits = any(place.kind == TargetKind.ALL for place in places), barred_traits(places)
    types = {screen.id: venue_types.get(screen.venue_id, 0) for screen in screens}
    named = [screen for screen in screens if everywhere or traits & traits_of(screen, types[screen.id])]
    ids, banks = {screen.id for screen in named}, {bank_name(screen) for screen in named if screen.bank}
    return ids | {screen.id for screen in screens if screen.bank and bank_name(screen) in banks}


def screens_reached(db: Session, campaign_id: str) -> list[PlacedScreen]:
    """Every screen in use on which this campaign plays."""
    targets = targets_by_campaign(db, [campaign_id])[campaign_id]
    exclusions = exclusions_by_campaign(db, [campaign_id])[campaign_id]
    return screens_named(targets, screens_in_use(db), venue_types_of(db), exclusions)


def venues_reached(db: Session, campaign_id: str) -> set[str]:
    return {screen.venue_id for screen in screens_reached(db, campaign_id)}


def targets_by_campaign(db: Session, campaign_ids: Sequence[str]) -> dict[str, list[Target]]:
    return _by_campaign(db, Target, campaign_ids)


def exclusions_by_campaign(db: Session, campaign_ids: Sequence[str]) -> dict[str, list[Exclusion]]:
    return _by_campaign(db, Exclusion, campaign_ids)


def _by_campaign(db: Session, table: type[Named], campaign_ids: Sequence[str]) -> dict[str, list[Named]]:
    found: dict[str, list[Named]] = defaultdict(list)
    for row in db.exec(select(table).where(col(table.campaign_id).in_(campaign_ids)).order_by(col(table.id))):
        found[row.campaign_id].append(row)
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
    card_of = db.exec(select(BuildingCard.venue_id).where(col(BuildingCard.creative_id) == creative_id)).all()
    return reached | set(noticed) | set(card_of) | everywhere | {venue_id for venue_id in housed if venue_id}


def venue_ids(db: Session) -> set[str]:
    """Every venue in use."""
    return set(venue_types_of(db))


def venue_types_of(db: Session) -> dict[str, int]:
    """Every venue in use, and what type it is of."""
    return dict(db.exec(select(Venue.id, Venue.venue_type).where(col(Venue.retired_at).is_(None))).all())


def screens_in_use(db: Session) -> list[PlacedScreen]:
    columns: list[Any] = [getattr(Screen, name) for name in PlacedScreen._fields]
    rows = db.exec(select(*columns).where(col(Screen.retired_at).is_(None)).order_by(col(Screen.id)))
    return [PlacedScreen(*row) for row in rows]


def bank_name(screen: Tagged) -> str:
    """Banks of two venues may be called the same."""
    return f"{screen.venue_id}/{screen.bank}"
