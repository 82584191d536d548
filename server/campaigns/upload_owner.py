"""The checks of an upload ticket's owner, when it is issued and when it is used."""

from __future__ import annotations

from sqlmodel import Session

from server.campaigns.advertisers import advertiser_in_use
from server.screens.venues import venue_in_use


def require_owner_in_use(db: Session, advertiser_id: str | None, venue_id: str | None) -> None:
    """Nothing is uploaded for an archived advertiser or a retired venue."""
    if advertiser_id:
        advertiser_in_use(db, advertiser_id)
    if venue_id:
        venue_in_use(db, venue_id)
