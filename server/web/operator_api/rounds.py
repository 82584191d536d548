"""Rounds of a game, and the records of its draws."""

from __future__ import annotations

from datetime import datetime

from flask.typing import ResponseReturnValue
from sqlmodel import Session

from media.games.draw_record import DrawRecord
from server.accounts.rights import Right, require
from server.context import reading
from server.creatives.archive import NoSuchCreative
from server.creatives.models import Creative
from server.db import get_or_raise
from server.games.lists import draw_record, page_of_rounds
from server.web.identity.auth import current_who, requires
from server.web.operator_api.blueprint import ListQuery, Out, bp, one, paged, read_query


class RoundOut(Out):
    """One play of a game that phones joined. has_draw: whether there is the record of a draw"""

    id: str
    screen_id: str
    starts_at: datetime
    campaign_id: str | None
    joined: int
    played: int
    finished: int
    prizes: int
    has_draw: bool


@bp.get("/creatives/<creative_id>/rounds")
@requires(Right.SEE_CREATIVES)
def rounds(creative_id: str) -> ResponseReturnValue:
    """The rounds of a game that are over, newest first."""
    query = read_query(ListQuery)
    with reading() as db:
        _require_creative(db, creative_id)
        page = page_of_rounds(db, query, creative_id)
    return paged(
        "rounds", RoundOut, page.with_rows(row.round.model_dump() | {"has_draw": row.has_draw} for row in page)
    )


@bp.get("/creatives/<creative_id>/rounds/<round_id>/draw")
@requires(Right.SEE_CREATIVES)
def round_draw(creative_id: str, round_id: str) -> ResponseReturnValue:
    """The record of a draw, which `python -m media.games.check_draw` checks."""
    with reading() as db:
        _require_creative(db, creative_id)
        return one(DrawRecord, draw_record(db, creative_id, round_id))


def _require_creative(db: Session, creative_id: str) -> None:
    require(current_who(), Right.SEE_CREATIVES, get_or_raise(db, Creative, creative_id, NoSuchCreative))
