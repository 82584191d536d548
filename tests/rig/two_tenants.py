"""A network of two tenants: for every argument of a route, the id of a thing of the one and of the other."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from media.hotspot_plan import VenueHotspotPlan
from media.wire.status import Hotspot
from server.campaigns.models import CampaignState, HouseContent, NoticeRun
from server.coupons.models import Claim, Merchant, Offer, Phone, Redemption
from server.db import new_id
from server.screens.models import Player, Screen
from server.timelines.models import RaisedInterrupt
from tests.factories import (
    make_advertiser,
    make_campaign,
    make_creative,
    make_merchant,
    make_offer,
    make_player,
    make_screen,
    make_venue,
    saved,
)

Ids = dict[str, str]


def make_tenant(db: Session, *, name: str, now: datetime) -> Ids:
    """An advertiser with a draft, and a merchant with an offer that was redeemed once; ids by argument."""
    advertiser, merchant = make_advertiser(db, name=name), make_merchant(db, name=name)
    creative = make_creative(db, advertiser_id=advertiser.id)
    campaign = make_campaign(db, creatives=[creative], advertiser=advertiser, state=CampaignState.DRAFT)
    offer = make_offer(db, merchant=merchant)
    return {
        "advertiser_id": advertiser.id,
        "merchant_id": merchant.id,
        "creative_id": creative.id,
        "campaign_id": campaign.id,
        "offer_id": offer.id,
        "redemption_id": _redeemed(db, offer, merchant, now=now).id,
    }


def make_places(db: Session, *, now: datetime) -> tuple[Ids, Player]:
    """The ids that belong to the network alone, by argument, and the player of its one screen."""
    plan = VenueHotspotPlan(ssid="Lobby", country="DE")
    screen = make_screen(db, venue=make_venue(db, hotspot_plan=plan.model_dump(mode="json")))
    player = make_player(db, screen=screen, status={"hotspot": Hotspot().model_dump()})
    ids = {"screen_id": screen.id, "code": screen.code, "venue_id": screen.venue_id, "player_id": player.id}
    return ids | _shown(db, screen, now=now), player


def _shown(db: Session, screen: Screen, *, now: datetime) -> Ids:
    card, emergency = make_creative(db, kind="notice"), make_creative(db, kind="emergency")
    raised = saved(db, RaisedInterrupt(creative_id=emergency.id, screen_id=screen.id, from_at=now))
    run = saved(db, NoticeRun(creative_id=card.id, venue_id=screen.venue_id, from_at=now))
    row = saved(db, HouseContent(creative_id=card.id))
    return {"interrupt_id": raised.id, "run_id": run.id, "row_id": row.id}


def _redeemed(db: Session, offer: Offer, merchant: Merchant, *, now: datetime) -> Redemption:
    phone = saved(db, Phone(token_hash=new_id(), created_at=now))
    secrets: dict[str, Any] = {name: new_id() for name in ("idempotency_key", "code_hmac", "qr_hmac", "link_hmac")}
    good = {"claimed_at": now, "expires_at": now + timedelta(days=1), "redeemed_at": now}
    claim = saved(db, Claim(offer_id=offer.id, phone_id=phone.id, **secrets, **good))
    return saved(db, Redemption(claim_id=claim.id, merchant_id=merchant.id, how="live", redeemed_at=now))
