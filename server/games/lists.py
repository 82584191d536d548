"""Rounds as lists show them, and the record of each draw."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, select

from media.games.draw_record import DrawRecord
from media.games.draws import promise_of
from server.errors import Missing
from server.games.models import GameRound
from server.paging import Page, PageRequest, has_words, read_page
from server.screens.models import Screen, Venue


class NoSuchDraw(Missing):
    """This game drew no prize then, or is not over. Choose one of its rounds that has a record."""


@dataclass(frozen=True)
class ListedRound:
    """A round, and where it was played."""

    round: GameRound
    screen: Screen
    venue: Venue

    @property
    def has_draw(self) -> bool:
        return "drawn" in (self.round.result or {})


def page_of_rounds(db: Session, request: PageRequest, creative_id: str) -> Page[ListedRound]:
    """The rounds of a game that are over, newest first; searched by venue and screen."""
    query = (
        select(GameRound, Screen, Venue)
        .join(Screen, col(Screen.id) == GameRound.screen_id)
        .join(Venue, col(Venue.id) == Screen.venue_id)
        .where(GameRound.creative_id == creative_id, col(GameRound.settled_at).is_not(None))
        .order_by(col(GameRound.starts_at).desc(), col(GameRound.id).desc())
    )
    if request.words:
        query = query.where(has_words(col(Venue.name) + " " + col(Screen.name), request.words))
    page = read_page(db, query, request)
    return page.with_rows(ListedRound(*row) for row in page)


def draw_record(db: Session, creative_id: str, round_id: str) -> DrawRecord:
    """The record of the draw of one round. Raises NoSuchDraw."""
    here = (GameRound.id == round_id, GameRound.creative_id == creative_id)
    found = db.exec(select(GameRound, Screen.code).join(Screen, col(Screen.id) == GameRound.screen_id).where(*here))
    round_, code = found.first() or (None, "")
    if round_ is None or "drawn" not in (round_.result or {}):
        raise NoSuchDraw
    result = round_.result or {}
    return DrawRecord(
        screen=code,
        starts_at=round_.starts_at,
        promise=promise_of(bytes.fromhex(round_.seed)),
        seed=round_.seed,
        entrants=result["entrants"],
        odds_ppm=result["odds_ppm"],
        most=result["most"],
        winners=result["drawn"],
        prizes=result["winners"],
    )
