"""Creatives as lists show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session, col, select

from server.creatives.items import creative_of
from server.creatives.models import Creative, CreativeState, Rendition, RenditionRole
from server.creatives.ready import is_unmade

MOST = 300


@dataclass(frozen=True)
class ListedCreative:
    """`thumb` and `poster` are digests, empty until they are drawn."""

    creative: Creative
    thumb: str = ""
    poster: str = ""

    @property
    def unmade(self) -> bool:
        return is_unmade(self.creative)


def listed_creatives(
    db: Session,
    *,
    advertiser_id: str | None = None,
    states: Iterable[CreativeState] = (),
    kind: str = "",
    troubled: bool = False,
) -> list[ListedCreative]:
    """Newest first; of one advertiser or of all; without the archived unless they are asked for."""
    wanted = select(Creative).order_by(col(Creative.id).desc()).limit(MOST)
    asked = list(states) or [state for state in CreativeState if state is not CreativeState.ARCHIVED]
    wanted = wanted.where(col(Creative.state).in_(asked))
    if advertiser_id is not None:
        wanted = wanted.where(Creative.advertiser_id == advertiser_id)
    if kind:
        wanted = wanted.where(Creative.kind == kind)
    if troubled:
        wanted = wanted.where(Creative.trouble != "")
    return with_pictures(db, db.exec(wanted).all())


def with_pictures(db: Session, creatives: Iterable[Creative]) -> list[ListedCreative]:
    kept = list(creatives)
    stills = select(Rendition).where(
        col(Rendition.creative_id).in_([creative.id for creative in kept]),
        col(Rendition.role).in_([RenditionRole.THUMB, RenditionRole.POSTER]),
    )
    digests = {(still.creative_id, still.role): still.digest for still in db.exec(stills)}
    return [
        ListedCreative(
            creative,
            thumb=digests.get((creative.id, RenditionRole.THUMB), ""),
            poster=digests.get((creative.id, RenditionRole.POSTER), ""),
        )
        for creative in kept
    ]


def renditions_of(db: Session, creative_id: str) -> list[Rendition]:
    return list(db.exec(select(Rendition).where(Rendition.creative_id == creative_id).order_by(Rendition.role)))


def titles_of(db: Session, items: Iterable[str]) -> dict[str, str]:
    """Titles by item id, whatever the creative's state."""
    ids = {item: creative_of(item) for item in items}
    rows = db.exec(select(Creative.id, Creative.title).where(col(Creative.id).in_(set(ids.values()))))
    titles: dict[str, str] = dict(rows.all())
    return {item: titles.get(creative_id, "") for item, creative_id in ids.items()}
