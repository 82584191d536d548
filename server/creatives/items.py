"""Items: creatives as timelines and phones receive them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlmodel import Session, col, select

from media.item_ids import creative_of, item_id
from media.wire.games import GameRules
from media.wire.timeline import Item, MediaRef, OfferCard, PhoneItem
from server.coupons.models import Merchant, Offer
from server.creatives.building import zones_of
from server.creatives.games import game_card, game_rules
from server.creatives.kinds import KINDS
from server.creatives.models import BUILDING, GAME, Creative, CreativeState, Rendition
from server.creatives.models import RenditionRole as Role
from server.creatives.titles import phone_title

Renditions = dict[Role, MediaRef]


def items_for(db: Session, pairs: Iterable[tuple[str, str | None]]) -> dict[str, Item]:
    """The items of these (creative, campaign) pairs; creatives that are not ready have none."""
    unique = list(dict.fromkeys(pairs))
    ids = {creative_id for creative_id, _ in unique}
    creatives = _ready(db, ids)
    renditions, offers = _renditions(db, ids), _offers(db, creatives.values())
    zones = zones_of(db, [creative.id for creative in creatives.values() if creative.kind == BUILDING])
    return {
        item_id(creative_id, campaign_id): _item(
            creatives[creative_id], campaign_id, renditions[creative_id], offers, clock=zones.get(creative_id, "")
        )
        for creative_id, campaign_id in unique
        if creative_id in creatives and Role.SCREEN in renditions[creative_id]
    }


def rules_for(db: Session, items: Iterable[Item]) -> dict[str, GameRules]:
    """The rules of the games among these items, by item."""
    games = {item.id: creative_of(item.id) for item in items if item.kind == GAME}
    if not games:
        return {}
    creatives = {row.id: row for row in db.exec(select(Creative).where(col(Creative.id).in_(games.values())))}
    found = {id_: game_rules(creatives[creative_id]) for id_, creative_id in games.items()}
    return {id_: rules for id_, rules in found.items() if rules is not None}


def phone_item(creative: Creative, files: Renditions, offer: OfferCard | None) -> PhoneItem:
    """One shape per kind, the fields of other kinds absent."""
    kind = creative.kind
    if kind == "video":
        return PhoneItem(picture=files.get(Role.PICTURE), sound=files.get(Role.SOUND), poster=files.get(Role.POSTER))
    if kind == "audio":
        return PhoneItem(sound=files.get(Role.SOUND), poster=files.get(Role.POSTER))
    if kind == "coupon":
        return PhoneItem(image=files.get(Role.IMAGE), offer=offer)
    if kind == GAME:
        return PhoneItem(image=files.get(Role.IMAGE), game=game_card(creative, offer, files))
    return PhoneItem(image=files.get(Role.IMAGE), text=creative.text or None)


def _item(
    creative: Creative, campaign_id: str | None, files: Renditions, offers: dict[str, OfferCard], *, clock: str
) -> Item:
    return Item.model_validate(
        {
            "id": item_id(creative.id, campaign_id),
            "kind": KINDS[creative.kind].wire or creative.kind,
            "campaign": campaign_id,
            "title": phone_title(creative),
            "length_ms": creative.length_ms,
            "screen": files[Role.SCREEN],
            "phone": phone_item(creative, files, offers.get(creative.offer_id or "")),
            "clock": clock,
        }
    )


def _ready(db: Session, ids: set[str]) -> dict[str, Creative]:
    ready = select(Creative).where(col(Creative.id).in_(ids), col(Creative.state) == CreativeState.READY)
    return {creative.id: creative for creative in db.exec(ready)}


def _renditions(db: Session, ids: set[str]) -> dict[str, Renditions]:
    found: dict[str, Renditions] = defaultdict(dict)
    for row in db.exec(select(Rendition).where(col(Rendition.creative_id).in_(ids))):
        found[row.creative_id][row.role] = MediaRef(
            digest=row.digest,
            mime=row.mime,
            bytes=row.bytes,
            duration_ms=row.duration_ms,
            width=row.width,
            height=row.height,
        )
    return found


def _offers(db: Session, creatives: Iterable[Creative]) -> dict[str, OfferCard]:
    ids = {creative.offer_id for creative in creatives if creative.offer_id}
    if not ids:
        return {}
    both = select(Offer, Merchant).where(col(Offer.id).in_(ids), col(Offer.merchant_id) == col(Merchant.id))
    return {
        offer.id: OfferCard(
            id=offer.id, merchant=merchant.name, title=offer.title, terms=offer.terms, presence=offer.presence
        )
        for offer, merchant in db.exec(both)
    }
