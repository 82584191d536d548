"""Upload: the page, and the tickets with which a browser brings its files to the media process."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from media.refused import FILMS, PICTURES, SOUNDS
from server.accounts.rights import Right, restricted_to
from server.campaigns.advertisers import advertisers
from server.campaigns.upload_owner import require_owner_in_use
from server.context import reading, services
from server.creatives.accept import STANDS_MS
from server.creatives.lists import CreativeFilter, page_of_creatives
from server.creatives.models import CreativeState
from server.creatives.uploads.tickets import issue_ticket
from server.paging import PageRequest
from server.screens.venues import venues_in_use
from server.web.console.blueprint import bp
from server.web.console.creatives.creatives import own_creative
from server.web.console.refusals import refusal_words
from server.web.forms import typed_values
from server.web.identity.auth import current_access, current_who, requires

LATELY = PageRequest(per_page=12)
# For the file chooser; endings for those whose type not every browser knows.
ACCEPT = "video/*,image/*,audio/*,application/pdf,.pdf,.mkv,.flv,.mts,.heic,.heif,.avif,.amr,.opus,.flac"


class TicketForm(BaseModel):
    """The owner of the files: an advertiser, a venue, or the network itself; or the creative whose file is replaced.

    stands_s: how long a picture is shown
    """

    model_config = ConfigDict(frozen=True)

    advertiser_id: str | None = Field(None, max_length=26)
    venue_id: str | None = Field(None, max_length=26)
    replaces: str | None = Field(None, max_length=26)
    stands_s: float = Field(STANDS_MS / 1000, ge=1, le=600)


@bp.get("/creatives/upload")
@requires(Right.EDIT_CREATIVES)
def upload() -> ResponseReturnValue:
    own = restricted_to(current_who(), "advertiser_id")
    with reading() as db:
        owners = [advertiser for advertiser in advertisers(db) if own in (None, advertiser.id)]
        venues = [] if own else venues_in_use(db)
        rows = page_of_creatives(db, LATELY, CreativeFilter(advertiser_id=own, uploaded=True))
    making = any(row.creative.state is CreativeState.PROCESSING for row in rows)
    shown: dict[str, Any] = {"advertisers": owners, "venues": venues, "own": own, "rows": rows, "making": making}
    shown |= {"limit_mb": services().settings.upload_limit_mb, "chosen": request.args.get("advertiser", "")}
    return render_template("console/upload.html", **shown)


@bp.context_processor
def upload_words() -> dict[str, object]:
    taken = {"films": FILMS, "pictures": PICTURES, "sounds": SOUNDS}
    return {"refusal_words": refusal_words, "upload_accept": ACCEPT, "taken": taken}


@bp.post("/creatives/ticket")
@requires(Right.EDIT_CREATIVES)
def ticket() -> ResponseReturnValue:
    form = TicketForm.model_validate(typed_values())
    own = restricted_to(current_who(), "advertiser_id")
    owner = {"advertiser_id": own} if own else form.model_dump(include={"advertiser_id", "venue_id"})
    with reading() as db:
        if form.replaces:
            own_creative(db, form.replaces, Right.EDIT_CREATIVES)
        require_owner_in_use(db, owner["advertiser_id"], owner.get("venue_id"))
    settings, stands_ms = services().settings, round(form.stands_s * 1000)
    ticket = issue_ticket(settings, access=current_access(), **owner, replaces=form.replaces, stands_ms=stands_ms)
    return {"url": f"{settings.media_url}/uploads/{ticket}"}
