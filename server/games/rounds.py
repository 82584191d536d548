"""Rounds in the database: opened by the first phone that joins, saved while they run, settled once."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select, update

from media.games.kinds import referee_for
from media.games.phases import phases_of
from media.games.referee import Counts, Referee, Result
from media.games.seats import Seats
from server.coupons.claims import award_offer
from server.coupons.codes.derive import CouponKeys
from server.coupons.models import Phone
from server.creatives.games import game_rules
from server.creatives.models import Creative
from server.db import get_or_raise, insert_once, to_ms
from server.errors import LiftcastError, Missing
from server.games.models import GameRound

logger = logging.getLogger(__name__)

ABANDONED_AFTER = timedelta(minutes=2)  # no game takes longer than one


class NoSuchGame(Missing):
    """There is no such game on this screen now. Look at the screen for the next one."""


@dataclass(frozen=True)
class Spot:
    """A game spot of a screen's timeline."""

    screen_id: str
    starts_at: datetime
    length_ms: int
    creative_id: str
    campaign_id: str | None


def open_round(db: Session, spot: Spot, *, seed: bytes, now: datetime) -> GameRound:
    """The round of this spot: the one that exists, or a new one."""
    new = GameRound(
        screen_id=spot.screen_id,
        starts_at=spot.starts_at,
        length_ms=spot.length_ms,
        creative_id=spot.creative_id,
        campaign_id=spot.campaign_id,
        seed=seed.hex(),
        saved_at=now,
    )
    if insert_once(db, new):
        return new
    found = round_at(db, spot.screen_id, spot.starts_at)
    if found is None:
        raise NoSuchGame
    return found


def round_at(db: Session, screen_id: str, starts_at: datetime) -> GameRound | None:
    here = select(GameRound).where(GameRound.screen_id == screen_id, GameRound.starts_at == starts_at)
    return db.exec(here).first()


def take_over(db: Session, screen_id: str, starts_at: datetime, *, referee: str) -> GameRound | None:
    """Make this process the round's referee: what another one would save from now on changes nothing.

    None if there is no such round, or if it is settled.
    """
    is_open = col(GameRound.settled_at).is_(None)
    here = (col(GameRound.screen_id) == screen_id, col(GameRound.starts_at) == starts_at, is_open)
    if db.exec(update(GameRound).where(*here).values(referee=referee)).rowcount != 1:
        return None
    return db.exec(select(GameRound).where(*here).execution_options(populate_existing=True)).one()


def referee_of(db: Session, round_: GameRound, *, now: datetime, most_per_address: int = 1) -> Referee:
    """A referee that goes on where the round was last saved."""
    rules = game_rules(get_or_raise(db, Creative, round_.creative_id, NoSuchGame))
    if rules is None:
        raise NoSuchGame
    phases = phases_of(to_ms(round_.starts_at), round_.length_ms)
    seats = Seats(phases, most_per_address=most_per_address)
    referee = referee_for(rules, seats, bytes.fromhex(round_.seed))
    if round_.snapshot:
        referee.restore(round_.snapshot.encode(), to_ms(now))
    return referee


def save_round(
    db: Session, round_id: str, snapshot: bytes, counts: Counts, *, now: datetime, referee: str = ""
) -> bool:
    """False, and nothing is saved, if the round is settled or has another referee by now."""
    here = GameRound.referee == referee
    return _change(db, round_id, here, snapshot=snapshot.decode(), saved_at=now, **counts._asdict())


def settle_round(
    db: Session,
    round_id: str,
    result: Result,
    counts: Counts,
    *,
    phones: Mapping[int, str],
    keys: CouponKeys,
    now: datetime,
    referee: str = "",
) -> list[int] | None:
    """Write the result and give the winners their prizes, once; returns the seats that have one.

    None, and nothing is written, if the round has another referee by now.
    phones: the id of the phone in each seat. A prize that cannot be given, for the stock is used up say, is left out.
    """
    is_settled_here = _change(db, round_id, GameRound.referee == referee, settled_at=now, snapshot="")
    round_ = _round(db, round_id)
    if not is_settled_here:
        return list((round_.result or {}).get("winners", [])) if round_.referee == referee else None
    offer_id = db.exec(select(Creative.offer_id).where(Creative.id == round_.creative_id)).first()
    given = [seat for seat in result.winners if offer_id and _award(db, round_, offer_id, phones[seat], keys, now)]
    shown = {
        "places": [{"seats": list(place.seats), "points": place.points} for place in result.standings],
        "winners": given,
        "entrants": result.entrants,
        "cut_short": result.cut_short,
        **_drawn(result),
    }
    counted = counts._replace(prizes=len(given))._asdict()
    db.exec(update(GameRound).where(col(GameRound.id) == round_id).values(result=shown, **counted))
    return given


def _drawn(result: Result) -> dict[str, Any]:
    """With these, anybody can compute the draw again."""
    rule = result.draw
    return {"drawn": result.winners, "most": rule.most, "odds_ppm": rule.odds_ppm} if rule else {}


def _award(db: Session, round_: GameRound, offer_id: str, phone_id: str, keys: CouponKeys, now: datetime) -> bool:
    phone = get_or_raise(db, Phone, phone_id, NoSuchGame)
    key, screen_id = f"game-{round_.id}", round_.screen_id
    try:
        award_offer(db, offer_id, phone=phone, idempotency_key=key, screen_id=screen_id, keys=keys, now=now)
    except LiftcastError as refused:
        logger.info("prize not given round=%s why=%s", round_.id, refused.code)
        return False
    return True


def settle_abandoned(db: Session, *, keys: CouponKeys, now: datetime) -> None:
    """Settle the rounds whose referee was killed before their end and did not come back."""
    abandoned = (col(GameRound.settled_at).is_(None), col(GameRound.starts_at) < now - ABANDONED_AFTER)
    for round_ in db.exec(select(GameRound).where(*abandoned)).all():
        referee = referee_of(db, round_, now=now)
        result = referee.result(to_ms(now))
        if result is not None:
            phones, counts, last = phones_of(referee), referee.counts(), round_.referee
            settle_round(db, round_.id, result, counts, phones=phones, keys=keys, now=now, referee=last)


def phones_of(referee: Referee) -> dict[int, str]:
    """The id of the phone in each seat."""
    return {seat.number: phone for phone, seat in referee.seats.by_phone.items()}


def _round(db: Session, round_id: str) -> GameRound:
    round_ = get_or_raise(db, GameRound, round_id, NoSuchGame)
    db.refresh(round_)
    return round_


def _change(db: Session, round_id: str, condition: Any, **values: Any) -> bool:
    """Only while it is not settled, and the condition holds."""
    here = (col(GameRound.id) == round_id, col(GameRound.settled_at).is_(None), condition)
    return bool(db.exec(update(GameRound).where(*here).values(**values)).rowcount == 1)
