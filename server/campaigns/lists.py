"""Campaigns as lists show them."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session, col, select

from server.campaigns.models import Advertiser, Campaign, CampaignState
from server.paging import Page, PageRequest, has_words, page_of, read_page, sorted_by_name


def page_of_campaigns(
    db: Session, request: PageRequest, *, advertiser_id: str | None = None, state: CampaignState | None = None
) -> Page[tuple[Campaign, Advertiser]]:
    """Newest first; of one advertiser, or of all; searched by the names of campaign and advertiser."""
    query = _newest_first(advertiser_id)
    if state is not None:
        query = query.where(Campaign.state == state)
    if request.words:
        query = query.where(has_words(col(Campaign.name) + " " + col(Advertiser.name), request.words))
    return read_page(db, query, request)


def page_of_advertisers(
    db: Session, request: PageRequest, *, advertiser_id: str | None = None, archived: bool = False
) -> Page[Advertiser]:
    """The advertisers in use, or the archived ones, by name; searched by name and category."""
    query = select(Advertiser)
    query = query.where(col(Advertiser.archived_at).is_not(None) if archived else col(Advertiser.archived_at).is_(None))
    if advertiser_id is not None:
        query = query.where(Advertiser.id == advertiser_id)
    if request.words:
        query = query.where(has_words(col(Advertiser.name) + " " + col(Advertiser.category), request.words))
    return page_of(sorted_by_name(db.exec(query)), request)


def listed_campaigns(db: Session, *, advertiser_id: str | None = None) -> list[tuple[Campaign, Advertiser]]:
    """Newest first; of one advertiser, or of all."""
    return list(db.exec(_newest_first(advertiser_id)))


def _newest_first(advertiser_id: str | None) -> Any:
    both = select(Campaign, Advertiser).join(Advertiser, col(Advertiser.id) == col(Campaign.advertiser_id))
    query = both.order_by(col(Campaign.id).desc())
    return query if advertiser_id is None else query.where(Campaign.advertiser_id == advertiser_id)
