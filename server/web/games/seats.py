"""Seats and inputs of phones in the games of a screen."""

from __future__ import annotations

from datetime import datetime

from flask import request
from sqlmodel import Session

from media.item_ids import campaign_of, creative_of
from media.networks import network_of
from media.presence import shown_from
from media.wire.games import GameSeat, GameState, SeatInput
from server.context import reading, services, transaction
from server.coupons.claims import PresenceAsked
from server.db import from_ms, to_ms, utc_now
from server.games.referees import GameAtBox
from server.games.rounds import NoSuchGame, Spot
from server.http.limits import LimitRule, taking_tries
from server.screens.models import Screen
from server.screens.venues import screen_of_code
from server.timelines.published.stage import box_referees
from server.web.phone_identity import current_phone
from server.web.stages import phone_stage

SEATS = LimitRule("seats in games", "1200/hour")


def join_game(code: str, spot_ms: int, presence: str) -> GameSeat:
    """This request's phone takes part in the game that starts at this instant, if it is at the screen."""
    now = utc_now()
    with reading(brief=True) as db:
        screen = screen_of_code(db, code)
        spot = _spot_at(db, screen, spot_ms, now)
    if shown_from(screen.presence_key, presence, to_ms(now)) is None:
        raise PresenceAsked
    with taking_tries(SEATS), transaction() as db:
        phone = current_phone(db)
    return services().referees.join(spot, phone_id=phone.id, address=network_of(request.remote_addr or ""), now=now)


def play(code: str, given: SeatInput) -> GameState:
    """Count an input that did not come over a socket."""
    now, here = utc_now(), services().referees
    with reading(brief=True) as db:
        screen = screen_of_code(db, code)
    if not here.take(given, now=now):
        raise NoSuchGame
    state = here.state(screen.id, given.spot, now=now)
    if state is None:
        raise NoSuchGame
    return state


def _spot_at(db: Session, screen: Screen, spot_ms: int, now: datetime) -> Spot:
    here = services()
    stage = phone_stage(db, here.store, screen, media_base=here.settings.media_url, now=now)
    found = next((spot for spot in (*stage.past, *stage.spots) if spot.starts_ms == spot_ms), None)
    item = stage.items.get(found.item or "") if found else None
    if found is None or item is None or item.phone.game is None:
        raise NoSuchGame
    if box_referees(db, here.store, screen):
        raise GameAtBox
    return Spot(
        screen_id=screen.id,
        starts_at=from_ms(spot_ms),
        length_ms=item.length_ms,
        creative_id=creative_of(item.id),
        campaign_id=campaign_of(item.id),
    )
