"""The building's card, which a venue's screens show when nothing else plays: one for each size of its screens."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, delete, or_, select, update

from server.creatives.accept import STANDS_MS, make_later
from server.creatives.models import BUILDING, BuildingCard, Creative, CreativeState
from server.db import insert_once, new_id
from server.screens.models import Screen, Venue

DRAWN = (CreativeState.READY, CreativeState.PROCESSING, CreativeState.FAILED)
Size = tuple[int, int]


def require_cards(db: Session, venue: Venue, *, now: datetime) -> None:
    """Each size of the venue's screens has a card with the building's present name; missing ones are queued to be
    drawn.

    A card that failed stays failed until it is tried again, like any creative.
    """
    known = cards_of(db, venue.id)
    for size in sorted(_sizes_of(db, venue.id) - set(known)):
        _add_card(db, venue, size, now=now)
    for creative_id in known.values():
        _refresh(db, creative_id, venue.name, now=now)


def cards_of(db: Session, venue_id: str) -> dict[Size, str]:
    """The venue's cards by the size of the screens that they are for: their creatives."""
    rows = db.exec(select(BuildingCard).where(BuildingCard.venue_id == venue_id))
    return {(row.width, row.height): row.creative_id for row in rows}


def size_of(db: Session, creative_id: str) -> Size | None:
    """The size of the screens for which this creative is the card; None for other creatives."""
    row = db.exec(select(BuildingCard).where(BuildingCard.creative_id == creative_id)).first()
    return (row.width, row.height) if row else None


def zones_of(db: Session, creative_ids: Iterable[str]) -> dict[str, str]:
    """The zones of the buildings whose cards these creatives are; others are left out."""
    cards = select(BuildingCard.creative_id, Venue.zone).join(Venue, col(Venue.id) == col(BuildingCard.venue_id))
    return dict(db.exec(cards.where(col(BuildingCard.creative_id).in_(list(creative_ids)))).all())


def venues_without_cards(db: Session, *, most: int) -> list[str]:
    """Venues in use that lack the card of some screen, or whose card has another name than the building has now."""
    card = (
        select(BuildingCard.id)
        .join(Creative, col(Creative.id) == col(BuildingCard.creative_id))
        .where(
            col(BuildingCard.venue_id) == col(Screen.venue_id),
            col(BuildingCard.width) == col(Screen.width),
            col(BuildingCard.height) == col(Screen.height),
            col(Creative.title) == col(Venue.name),
            col(Creative.state).in_(DRAWN),
        )
    )
    lacking = (
        select(Screen.venue_id)
        .join(Venue, col(Venue.id) == col(Screen.venue_id))
        .where(col(Screen.retired_at).is_(None), col(Venue.retired_at).is_(None), ~card.exists())
    )
    return list(db.exec(lacking.distinct().order_by(col(Screen.venue_id)).limit(most)))


def _sizes_of(db: Session, venue_id: str) -> set[Size]:
    in_use = select(Screen.width, Screen.height).where(Screen.venue_id == venue_id, col(Screen.retired_at).is_(None))
    return set(db.exec(in_use.distinct()).all())


def _add_card(db: Session, venue: Venue, size: Size, *, now: datetime) -> None:
    """If two add the same card at once, one of them does."""
    creative = Creative(
        kind=BUILDING, title=venue.name, venue_id=venue.id, length_ms=STANDS_MS, created_at=now, id=new_id()
    )
    db.add(creative)
    db.flush()
    if insert_once(db, BuildingCard(creative_id=creative.id, venue_id=venue.id, width=size[0], height=size[1])):
        make_later(db, creative.id, BUILDING, now=now)
    else:
        db.exec(delete(Creative).where(col(Creative.id) == creative.id))


def _refresh(db: Session, creative_id: str, name: str, *, now: datetime) -> None:
    """Draw a card anew if its building was renamed or somebody archived it; screens show the old one until then."""
    here = col(Creative.id) == creative_id
    lost = col(Creative.state) == CreativeState.ARCHIVED
    failed = (col(Creative.state) == CreativeState.FAILED) & (col(Creative.title) != name)
    begun = {"state": CreativeState.PROCESSING, "archived_at": None, "progress": 0.0, "trouble": "", "remedy": ""}
    again = db.exec(update(Creative).where(here, or_(lost, failed)).values(**begun)).rowcount
    renamed = db.exec(update(Creative).where(here, col(Creative.title) != name).values(title=name)).rowcount
    if again or renamed:
        make_later(db, creative_id, BUILDING, now=now)
