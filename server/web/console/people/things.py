"""Things by their ids: what each is called, and its page."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlmodel import Session, col, select

from server.accounts.models import ApiKey, Person
from server.campaigns.models import Advertiser, Campaign
from server.coupons.models import Claim, Merchant, Offer, Redemption
from server.creatives.models import Creative
from server.screens.models import Player, Screen, Venue
from server.timelines.models import RaisedInterrupt

# Table, the column of its name, and its page with the name of the page's argument; keys have no page of their own.
NAMED: tuple[tuple[Any, str, str, str], ...] = (
    (Venue, "name", "console.venue", "venue_id"),
    (Creative, "title", "console.creative", "creative_id"),
    (Campaign, "name", "console.campaign", "campaign_id"),
    (Advertiser, "name", "console.advertiser", "advertiser_id"),
    (Merchant, "name", "console.merchant", "merchant_id"),
    (Offer, "title", "console.offer", "offer_id"),
    (Person, "name", "console.person", "person_id"),
    (ApiKey, "name", "", ""),
)


@dataclass(frozen=True)
class Thing:
    name: str
    page: str = ""


def things_of(db: Session, ids: Collection[str]) -> dict[str, Thing]:
    """The things with these ids, by id. One query for each kind of thing."""
    found = {
        id_: Thing(name, url_for(endpoint, **{argument: id_}) if endpoint else "")
        for table, column, endpoint, argument in NAMED
        for id_, name in db.exec(select(table.id, getattr(table, column)).where(col(table.id).in_(ids)))
    }
    return found | _screens(db, ids) | _players(db, ids) | _redemptions(db, ids) | _emergencies(db, ids)


def _screens(db: Session, ids: Collection[str]) -> dict[str, Thing]:
    rows = select(Screen.id, Venue.name, Screen.name, Screen.id).join(Venue).where(col(Screen.id).in_(ids))
    return _at_screens(db.exec(rows))


def _players(db: Session, ids: Collection[str]) -> dict[str, Thing]:
    """A player is known by its screen, and without one by its hardware."""
    loose = select(Player.id, Player.hardware).where(col(Player.id).in_(ids), col(Player.screen_id).is_(None))
    rows = select(Player.id, Venue.name, Screen.name, Screen.id).where(col(Player.id).in_(ids))
    rows = rows.join(Screen, col(Screen.id) == col(Player.screen_id)).join(Venue)
    return {id_: Thing(hardware) for id_, hardware in db.exec(loose)} | _at_screens(db.exec(rows))


def _at_screens(rows: Iterable[Any]) -> dict[str, Thing]:
    """Rows of an id, its venue's name, its screen's name and that screen's id."""
    return {
        id_: Thing(f"{venue} · {name}", url_for("console.screen", screen_id=screen_id))
        for id_, venue, name, screen_id in rows
    }


def _redemptions(db: Session, ids: Collection[str]) -> dict[str, Thing]:
    rows = select(Redemption.id, Offer.title, Offer.id).where(col(Redemption.id).in_(ids))
    rows = rows.join(Claim, col(Claim.id) == col(Redemption.claim_id)).join(Offer)
    return {id_: Thing(title, url_for("console.offer", offer_id=offer_id)) for id_, title, offer_id in db.exec(rows)}


def _emergencies(db: Session, ids: Collection[str]) -> dict[str, Thing]:
    rows = select(RaisedInterrupt.id, Creative.title, Creative.id).where(col(RaisedInterrupt.id).in_(ids))
    rows = rows.join(Creative, col(Creative.id) == col(RaisedInterrupt.creative_id))
    return {id_: Thing(title, url_for("console.creative", creative_id=shown)) for id_, title, shown in db.exec(rows)}
