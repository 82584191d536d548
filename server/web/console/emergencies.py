"""Emergencies: raise one over a venue or a screen, lift it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from server.accounts.rights import Right
from server.creatives.lists import CreativeFilter, ListedCreative, all_creatives
from server.creatives.models import CreativeState
from server.db import utc_now
from server.timelines.interrupts import lift_interrupt, raise_interrupt
from server.timelines.lists import interrupts_in_force
from server.timelines.models import RaisedInterrupt
from server.web.auth import actor, needs
from server.web.console.moves import moved_to
from server.web.console.room import bp
from server.web.context import transaction
from server.web.forms import typed_values
from server.web.language import say as _


class EmergencyForm(BaseModel):
    """Without minutes it stays until it is lifted."""

    model_config = ConfigDict(frozen=True)

    creative_id: str
    minutes: int | None = Field(None, ge=1, le=10_080)

    def fields(self) -> dict[str, Any]:
        until_at = utc_now() + timedelta(minutes=self.minutes) if self.minutes else None
        return {"creative_id": self.creative_id, "until_at": until_at}


@bp.post("/venues/<venue_id>/emergency")
@needs(Right.RAISE_EMERGENCY)
def raise_over_venue(venue_id: str) -> ResponseReturnValue:
    form = EmergencyForm.model_validate(typed_values())
    with transaction() as db:
        raise_interrupt(db, **form.fields(), venue_id=venue_id, by=actor(), now=utc_now())
    return moved_to("console.venue", _("The emergency is raised over the whole venue."), venue_id=venue_id)


@bp.post("/screens/<screen_id>/emergency")
@needs(Right.RAISE_EMERGENCY)
def raise_over_screen(screen_id: str) -> ResponseReturnValue:
    form = EmergencyForm.model_validate(typed_values())
    with transaction() as db:
        raise_interrupt(db, **form.fields(), screen_id=screen_id, by=actor(), now=utc_now())
    return moved_to("console.screen", _("The emergency is raised over this screen."), screen_id=screen_id)


@bp.post("/emergencies/<interrupt_id>/lift")
@needs(Right.RAISE_EMERGENCY)
def lift(interrupt_id: str) -> ResponseReturnValue:
    with transaction() as db:
        raised = lift_interrupt(db, interrupt_id, by=actor(), now=utc_now())
    if raised.venue_id:
        return moved_to("console.venue", _("The emergency is lifted."), venue_id=raised.venue_id)
    return moved_to("console.screen", _("The emergency is lifted."), screen_id=raised.screen_id or "")


def raised_over(db: Session, *, venue_id: str, screen_id: str | None = None) -> list[RaisedInterrupt]:
    """What is in force over the whole venue, and over the screen if one is given."""
    in_force = interrupts_in_force(db, now=utc_now())
    return [one for one in in_force if one.venue_id == venue_id or (screen_id and one.screen_id == screen_id)]


def emergency_choices(db: Session) -> list[ListedCreative]:
    """What is ours to show; notices first, for what an emergency says is most often typed."""
    ready = all_creatives(db, CreativeFilter(states=(CreativeState.READY,)))
    own = [row for row in ready if row.creative.advertiser_id is None and row.creative.kind != "coupon"]
    return sorted(own, key=lambda row: row.creative.kind != "notice")
