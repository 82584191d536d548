"""Creatives as lists show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, func, select

from media.item_ids import creative_of
from server.creatives.kinds import BOOKED
from server.creatives.models import Creative, CreativeState, Rendition, RenditionRole
from server.creatives.ready import is_unmade
from server.paging import Page, PageRequest, has_words, read_page


@dataclass(frozen=True)
class ListedCreative:
    """`thumb` and `poster` are digests, empty until they are drawn."""

    creative: Creative
    thumb: str = ""
    poster: str = ""

    @property
    def unmade(self) -> bool:
        return is_unmade(self.creative)


@dataclass(frozen=True)
class CreativeFilter:
    """advertiser_id: of one advertiser, None for all · states: none means all but archived · uploaded: from a file ·
    without: these ids"""

    advertiser_id: str | None = None
    states: tuple[CreativeState, ...] = ()
    kind: str = ""
    troubled: bool = False
    uploaded: bool = False
    without: tuple[str, ...] = ()


def page_of_creatives(db: Session, request: PageRequest, only: CreativeFilter) -> Page[ListedCreative]:
    """Newest first; searched by title, text and name of the file."""
    query = _select(only)
    if request.words:
        searched = col(Creative.title) + " " + col(Creative.original_name) + " " + col(Creative.text)
        query = query.where(has_words(searched, request.words))
    page = read_page(db, query.order_by(col(Creative.id).desc()), request)
    return page.with_rows(with_pictures(db, page))


def all_creatives(db: Session, only: CreativeFilter) -> list[ListedCreative]:
    """Newest first, however many."""
    return with_pictures(db, db.exec(_select(only).order_by(col(Creative.id).desc())))


def chosen_creatives(db: Session, ids: Iterable[str], *, advertiser_id: str) -> list[ListedCreative]:
    """The advertiser's creatives among these ids, in any state, in the given order."""
    chosen = list(dict.fromkeys(ids))
    of = (col(Creative.id).in_(chosen), Creative.advertiser_id == advertiser_id)
    found = {creative.id: creative for creative in db.exec(select(Creative).where(*of))}
    return with_pictures(db, [found[id_] for id_ in chosen if id_ in found])


def count_creatives(db: Session, only: CreativeFilter) -> int:
    return db.exec(select(func.count()).select_from(_select(only).subquery())).one()


def _select(only: CreativeFilter) -> Any:
    """Cards of buildings and emergency texts are not booked: they are listed where something is wrong with them, and
    the latter by their kind."""
    states = only.states or [state for state in CreativeState if state is not CreativeState.ARCHIVED]
    query = select(Creative).where(col(Creative.state).in_(states))
    if only.advertiser_id is not None:
        query = query.where(Creative.advertiser_id == only.advertiser_id)
    if only.kind:
        query = query.where(Creative.kind == only.kind)
    if only.troubled:
        query = query.where(Creative.trouble != "")
    elif not only.kind:
        query = query.where(col(Creative.kind).in_(BOOKED))
    if only.without:
        query = query.where(col(Creative.id).not_in(only.without))
    if only.uploaded:
        query = query.where(Creative.original_name != "")
    return query


def with_pictures(db: Session, creatives: Iterable[Creative]) -> list[ListedCreative]:
    """Each with the digests of its pictures, in the given order."""
    rows = list(creatives)
    stills = select(Rendition).where(
        col(Rendition.creative_id).in_([creative.id for creative in rows]),
        col(Rendition.role).in_([RenditionRole.THUMB, RenditionRole.POSTER]),
    )
    digests = {(still.creative_id, still.role): still.digest for still in db.exec(stills)}
    return [
        ListedCreative(
            creative,
            thumb=digests.get((creative.id, RenditionRole.THUMB), ""),
            poster=digests.get((creative.id, RenditionRole.POSTER), ""),
        )
        for creative in rows
    ]


def thumbs_of(db: Session, items: Iterable[str]) -> dict[str, str]:
    """Digests of the small pictures of these items, by creative; creatives without one are left out."""
    ids = {creative_of(item) for item in items}
    stills = select(Rendition.creative_id, Rendition.digest).where(
        col(Rendition.creative_id).in_(ids), Rendition.role == RenditionRole.THUMB
    )
    return dict(db.exec(stills).all())


def renditions_of(db: Session, creative_id: str) -> list[Rendition]:
    return list(db.exec(select(Rendition).where(Rendition.creative_id == creative_id).order_by(Rendition.role)))


def titles_of(db: Session, items: Iterable[str]) -> dict[str, str]:
    """Titles by item id, in any state of the creative."""
    ids = {item: creative_of(item) for item in items}
    rows = db.exec(select(Creative.id, Creative.title).where(col(Creative.id).in_(set(ids.values()))))
    titles: dict[str, str] = dict(rows.all())
    return {item: titles.get(creative_id, "") for item, creative_id in ids.items()}
