"""House content: what plays when nothing else does; and the notices that run in a venue."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict

from server.accounts.rights import Right
from server.campaigns.house import (
    add_house_content,
    date_house_content,
    order_house_content,
    remove_house_content,
)
from server.campaigns.house import house_content as rows_of_house
from server.campaigns.notices import stop_notice, stop_runs_of
from server.context import reading, transaction
from server.creatives.lists import CreativeFilter, all_creatives
from server.creatives.models import CreativeState
from server.db import utc_now
from server.screens.venues import venues_in_use
from server.web.console.blueprint import bp
from server.web.console.moves import moved_to
from server.web.forms import Typed, answer_form
from server.web.identity.auth import actor, requires
from server.web.words.language import say as _
from server.years import Day


class DaysForm(BaseModel):
    """First and last day, both included, by each venue's clock."""

    model_config = ConfigDict(frozen=True)

    first_on: Day | None = None
    last_on: Day | None = None


class HouseForm(DaysForm):
    creative_id: str = ""


@bp.get("/house")
@requires(Right.SEE_SCREENS)
def house_content() -> ResponseReturnValue:
    """The network's list, or a venue's own with `?venue=`."""
    return house_page(request.args.get("venue") or None, Typed())


def house_page(venue_id: str | None, typed: Typed, *, row_id: str = "") -> str:
    """`typed` belongs to the row with this id, or else to the form that adds one."""
    with reading() as db:
        rows = rows_of_house(db, venue_id)
        ready = all_creatives(db, CreativeFilter(states=(CreativeState.READY,)))
        venues = venues_in_use(db)
    listed = {creative.id for _row, creative in rows}
    choices = [row.creative for row in ready if row.creative.id not in listed and fits(row.creative.venue_id, venue_id)]
    shown = {"rows": rows, "choices": choices, "venues": venues, "venue_id": venue_id or ""}
    return render_template("console/house.html", typed=typed, typed_row=row_id, **shown)


def fits(creatives_venue: str | None, venue_id: str | None) -> bool:
    return creatives_venue in (None, venue_id)


@bp.post("/house")
@requires(Right.EDIT_SCREENS)
def add_to_house() -> ResponseReturnValue:
    venue_id = request.form.get("venue_id") or None

    def done(form: HouseForm) -> ResponseReturnValue:
        with transaction() as db:
            add_house_content(db, venue_id=venue_id, **form.model_dump(), by=actor(), now=utc_now())
        return moved_to("console.house_content", _("Added; it plays when nothing else does."), venue=venue_id or "")

    return answer_form(HouseForm, done=done, again=lambda typed: house_page(venue_id, typed))


@bp.post("/house/<row_id>/days")
@requires(Right.EDIT_SCREENS)
def date_in_house(row_id: str) -> ResponseReturnValue:
    venue_id = request.form.get("venue_id") or None

    def done(form: DaysForm) -> ResponseReturnValue:
        with transaction() as db:
            date_house_content(db, row_id, **form.model_dump(), by=actor(), now=utc_now())
        return moved_to("console.house_content", _("Saved."), venue=venue_id or "")

    return answer_form(DaysForm, done=done, again=lambda typed: house_page(venue_id, typed, row_id=row_id))


@bp.post("/house/<row_id>/remove")
@requires(Right.EDIT_SCREENS)
def remove_from_house(row_id: str) -> ResponseReturnValue:
    with transaction() as db:
        remove_house_content(db, row_id, by=actor(), now=utc_now())
    return moved_to("console.house_content", _("Removed."), venue=request.form.get("venue_id", ""))


@bp.post("/house/<row_id>/up")
@requires(Right.EDIT_SCREENS)
def move_up_in_house(row_id: str) -> ResponseReturnValue:
    venue_id = request.form.get("venue_id") or None
    with transaction() as db:
        ids = [row.id for row, _creative in rows_of_house(db, venue_id)]
        order_house_content(db, venue_id, moved_up(ids, row_id), by=actor(), now=utc_now())
    return moved_to("console.house_content", _("Moved up."), venue=venue_id or "")


def moved_up(ids: list[str], id_: str) -> list[str]:
    """The list with this one a place earlier."""
    at = ids.index(id_) if id_ in ids else 0
    if at == 0:
        return ids
    return [*ids[: at - 1], id_, ids[at - 1], *ids[at + 1 :]]


@bp.post("/notices/<run_id>/stop")
@requires(Right.TYPE_NOTICES)
def end_notice(run_id: str) -> ResponseReturnValue:
    with transaction() as db:
        run = stop_notice(db, run_id, by=actor(), now=utc_now())
    if request.args.get("here") == "creative":
        return moved_to("console.creative", _("The notice is stopped."), creative_id=run.creative_id)
    return moved_to("console.venue", _("The notice is stopped."), venue_id=run.venue_id)


@bp.post("/creatives/<creative_id>/stop")
@requires(Right.TYPE_NOTICES)
def end_notice_everywhere(creative_id: str) -> ResponseReturnValue:
    with transaction() as db:
        stop_runs_of(db, creative_id, by=actor(), now=utc_now())
    return moved_to("console.creative", _("The notice is stopped everywhere."), creative_id=creative_id)
