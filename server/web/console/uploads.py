"""Upload: the page, and the tickets with which a browser brings its files to the media process."""

from __future__ import annotations

from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from server.accounts.rights import Right, held_to
from server.campaigns.advertisers import advertisers
from server.creatives.lists import CreativeFilter, page_of_creatives
from server.creatives.models import CreativeState
from server.creatives.tickets import issue_ticket
from server.paging import PageRequest
from server.screens.venues import venues_in_use
from server.web.auth import actor, current_who, needs
from server.web.console.refusals import refusals_told
from server.web.console.room import bp
from server.web.context import house, reading
from server.web.forms import typed_values

LATELY = PageRequest(per_page=12)


class TicketForm(BaseModel):
    """Whose the files will be: an advertiser's, a venue's, or the network's own."""

    model_config = ConfigDict(frozen=True)

    advertiser_id: str | None = Field(None, max_length=26)
    venue_id: str | None = Field(None, max_length=26)


@bp.get("/creatives/upload")
@needs(Right.EDIT_CREATIVES)
def upload() -> ResponseReturnValue:
    own = held_to(current_who(), "advertiser_id")
    with reading() as db:
        owners = [one for one in advertisers(db) if own in (None, one.id)]
        venues = [] if own else venues_in_use(db)
        rows = page_of_creatives(db, LATELY, CreativeFilter(advertiser_id=own, uploaded=True))
    making = any(row.creative.state is CreativeState.PROCESSING for row in rows)
    shown: dict[str, Any] = {"advertisers": owners, "venues": venues, "own": own, "rows": rows, "making": making}
    shown |= {"limit_mb": house().settings.upload_limit_mb, "refusals": refusals_told()}
    return render_template("console/upload.html", **shown)


@bp.post("/creatives/ticket")
@needs(Right.EDIT_CREATIVES)
def ticket() -> ResponseReturnValue:
    form = TicketForm.model_validate(typed_values())
    own = held_to(current_who(), "advertiser_id")
    owner = {"advertiser_id": own} if own else form.model_dump()
    settings = house().settings
    ticket = issue_ticket(settings, person_id=actor(), **owner)
    return {"url": f"{settings.media_url}/uploads/{ticket}"}
