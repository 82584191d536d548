"""accept_rounds: the games that a box refereed. A report may be repeated, and late; nothing in it is trusted."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, or_, select

from media.games.draws import ODDS_OF, draw_winners
from media.games.phases import LONGEST_MS
from media.item_ids import campaign_of, creative_of
from media.store import MediaStore
from media.wire.game_rounds import RoundAnswer, RoundReport
from media.wire.games import GameRules, PrizeFor
from server.coupons.models import Lease, LeasedClaim
from server.creatives.games import game_rules
from server.creatives.models import Creative
from server.db import from_ms, insert_once, to_ms
from server.games.models import GameRound
from server.games.rounds import round_at
from server.screens.models import Player, Service
from server.timelines.published.days import PLAYS_ACCEPTED_FOR, planned_spots
from server.timelines.published.read import NoTimeline, timeline_of

logger = logging.getLogger(__name__)

AHEAD = timedelta(seconds=10)  # a box knows the server's time to the millisecond

OTHER_TIME = "no such game can have ended by now, or it is too long ago"
OTHER_SCREEN = "this box was not on that screen then"
NOT_SHOWN = "that game was not on that screen then"
NOT_CONSISTENT = "counts, places, prizes and draw do not agree"
OVERLAPS = "another game was on that screen then"


@dataclass(frozen=True)
class JudgedRound:
    """A report with the game that it is of, or why it is refused."""

    report: RoundReport
    creative: Creative | None = None
    why: str = ""


def judge_rounds(
    db: Session, store: MediaStore, player: Player, reports: Sequence[RoundReport], *, now: datetime
) -> list[JudgedRound]:
    """Judge by the published timelines. Reads the database and files, and writes nothing."""
    return [_judge(db, store, player, report, now=now) for report in reports]


def accept_rounds(db: Session, player: Player, judged: Sequence[JudgedRound]) -> list[RoundAnswer]:
    """Write the rounds that are new; one answer for each, in order."""
    return [_accept(db, player, round_) for round_ in judged]


def _judge(db: Session, store: MediaStore, player: Player, report: RoundReport, *, now: datetime) -> JudgedRound:
    starts_at, creative = from_ms(report.starts_ms), db.get(Creative, creative_of(report.item))
    rules = game_rules(creative) if creative is not None else None
    if creative is None or rules is None:
        return JudgedRound(report, why=NOT_SHOWN)
    ends_at = starts_at + timedelta(milliseconds=creative.length_ms)
    if not now - PLAYS_ACCEPTED_FOR <= starts_at or ends_at > now + AHEAD:
        return JudgedRound(report, why=OTHER_TIME)
    if not _served(db, player, report.screen, starts_at):
        return JudgedRound(report, why=OTHER_SCREEN)
    if not _was_shown(db, store, report):
        return JudgedRound(report, why=NOT_SHOWN)
    return JudgedRound(report, creative, why="" if _is_consistent(report, rules) else NOT_CONSISTENT)


def _served(db: Session, player: Player, screen_id: str, at: datetime) -> bool:
    then = (col(Service.from_at) <= at, or_(col(Service.until_at).is_(None), col(Service.until_at) > at))
    here = (Service.player_id == player.id, Service.screen_id == screen_id)
    return db.exec(select(Service.id).where(*here, *then).limit(1)).first() is not None


def _was_shown(db: Session, store: MediaStore, report: RoundReport) -> bool:
    """Whether any version has this spot, or the one that the box names fills unsold time with it, or interrupts."""
    spots = planned_spots(db, store, {report.screen: (report.starts_ms, report.starts_ms)})
    if spots.end_ms(report.screen, report.item, report.starts_ms, version=report.version) is not None:
        return True
    try:
        timeline = timeline_of(db, store, report.screen, report.version)
    except NoTimeline:
        return False
    spot, manifest = timeline.spot_at(report.starts_ms), timeline.manifest
    if (spot.starts_ms, spot.item) == (report.starts_ms, report.item):
        return True
    unsold = {filler.item for filler in manifest.fillers} | {interrupt.item for interrupt in manifest.interrupts}
    return report.item in unsold | set(manifest.house)


def _is_consistent(report: RoundReport, rules: GameRules) -> bool:
    placed = [seat for place in report.places for seat in place.seats]
    winners = [prize.seat for prize in report.prizes]
    lists = (placed, winners, report.entrants)
    return (
        max(report.played, report.finished) <= report.joined
        and all(len(set(seats)) == len(seats) for seats in lists)
        and all(seat < report.joined for seats in lists for seat in seats)
        and len(winners) <= (rules.prizes if rules.prize_for else 0)
        and len({prize.claim for prize in report.prizes}) == len(report.prizes)
        and _follows_draw(report, rules, winners)
    )


def _follows_draw(report: RoundReport, rules: GameRules, winners: Sequence[int]) -> bool:
    """In a draw nobody wins whose ticket does not; a prize that could not be given is left out."""
    return not _is_drawn(report, rules) or set(winners) <= set(_drawn(report, rules))


def _is_drawn(report: RoundReport, rules: GameRules) -> bool:
    return rules.prize_for is not None and (report.cut_short or rules.prize_for is PrizeFor.DRAWN)


def _drawn(report: RoundReport, rules: GameRules) -> list[int]:
    return draw_winners(bytes.fromhex(report.seed), report.entrants, most=rules.prizes)


def _accept(db: Session, player: Player, judged: JudgedRound) -> RoundAnswer:
    report = judged.report
    if judged.creative is None or judged.why:
        return _refused(player, report, judged.why)
    before = round_at(db, report.screen, from_ms(report.starts_ms))
    if before is None and _overlaps(db, report, judged.creative.length_ms):
        return _refused(player, report, OVERLAPS)
    if before is None and insert_once(db, _row(db, player, report, judged.creative)):
        return RoundAnswer(screen=report.screen, starts_ms=report.starts_ms, status="accepted")
    before = before or round_at(db, report.screen, from_ms(report.starts_ms))
    if before is not None and before.seed == report.seed:
        return RoundAnswer(screen=report.screen, starts_ms=report.starts_ms, status="duplicate")
    return _refused(player, report, OVERLAPS)


def _refused(player: Player, report: RoundReport, why: str) -> RoundAnswer:
    logger.warning("round of a box refused player=%s starts_ms=%d why=%s", player.id, report.starts_ms, why)
    return RoundAnswer(screen=report.screen, starts_ms=report.starts_ms, status="refused", why=why)


def _overlaps(db: Session, report: RoundReport, length_ms: int) -> bool:
    """A screen shows one game at a time: so a box cannot invent more rounds than its screen has time for."""
    starts_at = from_ms(report.starts_ms)
    ends_at = starts_at + timedelta(milliseconds=length_ms)
    near = (col(GameRound.starts_at) > starts_at - timedelta(milliseconds=LONGEST_MS), GameRound.starts_at < ends_at)
    rounds = db.exec(select(GameRound).where(GameRound.screen_id == report.screen, *near)).all()
    return any(to_ms(other.starts_at) + other.length_ms > report.starts_ms for other in rounds)


def _row(db: Session, player: Player, report: RoundReport, creative: Creative) -> GameRound:
    starts_at = from_ms(report.starts_ms)
    winners = _winners(db, player, report, creative)
    result: dict[str, Any] = {
        "places": [{"seats": list(place.seats), "points": place.points} for place in report.places],
        "winners": winners,
        "entrants": list(report.entrants),
        "cut_short": report.cut_short,
    }
    rules = game_rules(creative)
    if rules is not None and _is_drawn(report, rules):
        result |= {"drawn": _drawn(report, rules), "most": rules.prizes, "odds_ppm": ODDS_OF}
    return GameRound(
        screen_id=report.screen,
        starts_at=starts_at,
        length_ms=creative.length_ms,
        creative_id=creative.id,
        campaign_id=campaign_of(report.item),
        seed=report.seed,
        saved_at=starts_at,
        settled_at=starts_at + timedelta(milliseconds=creative.length_ms),
        joined=report.joined,
        played=report.played,
        finished=report.finished,
        prizes=len(winners),
        result=result,
    )


def _winners(db: Session, player: Player, report: RoundReport, creative: Creative) -> list[int]:
    """Those whose claim is of this box's lease of the game's offer, and known to be handed out: hand-outs are reported
    before rounds."""
    claims = [prize.claim for prize in report.prizes]
    query = select(LeasedClaim.id).join(Lease, col(Lease.id) == col(LeasedClaim.lease_id))
    of_box = (Lease.player_id == player.id, LeasedClaim.offer_id == creative.offer_id)
    given = set(
        db.exec(query.where(*of_box, col(LeasedClaim.id).in_(claims), col(LeasedClaim.phone_hash).is_not(None)))
    )
    return [prize.seat for prize in report.prizes if prize.claim in given]
