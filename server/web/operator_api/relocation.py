"""Moving a screen to another venue: what that does can be read before it is done."""

from __future__ import annotations

from collections.abc import Sequence

from flask.typing import ResponseReturnValue
from pydantic import Field

from server.accounts.rights import Right
from server.campaigns.models import Campaign
from server.context import reading, transaction
from server.db import utc_now
from server.timelines.relocate import foresee_relocation, relocate_screen
from server.web.identity.auth import actor, requires
from server.web.operator_api.blueprint import Body, Out, bp, json_body, one, read_query
from server.web.operator_api.screens import ScreenOut, page_url


class RelocationBody(Body):
    venue_id: str
    bank: str = Field("", max_length=40)


class RelocationOut(Out):
    """Ids of campaigns that are not over, by whether they reach the screen before and after, before only, or after."""

    kept: list[str]
    lost: list[str]
    gained: list[str]


@bp.get("/screens/<screen_id>/relocation")
@requires(Right.EDIT_SCREENS)
def foresee(screen_id: str) -> ResponseReturnValue:
    """The effect on campaigns of a screen's move to this venue."""
    given = read_query(RelocationBody)
    with reading() as db:
        foreseen = foresee_relocation(db, screen_id, given.venue_id, bank=given.bank, now=utc_now())
        ids = {name: ids_of(getattr(foreseen, name)) for name in RelocationOut.model_fields}
    return one(RelocationOut, ids)


@bp.post("/screens/<screen_id>/relocation")
@requires(Right.EDIT_SCREENS)
def relocate(screen_id: str) -> ResponseReturnValue:
    """Move a screen to another venue: it becomes a new screen there, with its player, and the old one is retired."""
    given = json_body(RelocationBody)
    with transaction() as db:
        moved = relocate_screen(db, screen_id, given.venue_id, bank=given.bank, by=actor(), now=utc_now())
    return one(ScreenOut, moved.model_dump() | {"page_url": page_url(moved)}, 201)


def ids_of(campaigns: Sequence[Campaign]) -> list[str]:
    return [campaign.id for campaign in campaigns]
