"""Creatives: what there is, and how each is getting on."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from server.accounts.rights import Right, held_to, require
from server.creatives.archive import NoSuchCreative, archive_creative
from server.creatives.lists import CreativeFilter, page_of_creatives, renditions_of, with_pictures
from server.creatives.models import Creative, CreativeState
from server.creatives.ready import try_again
from server.db import get_or_raise, utc_now
from server.paging import PageRequest
from server.web.auth import current_who, needs, note
from server.web.console.moves import moved_to
from server.web.console.room import bp
from server.web.context import reading, transaction
from server.web.forms import asked
from server.web.language import say as _


class CreativesQuery(PageRequest):
    kind: str = ""
    archived: bool = False

    @property
    def narrows(self) -> bool:
        return bool(self.search or self.kind or self.archived)


@bp.get("/creatives")
@needs(Right.SEE_CREATIVES)
def creatives() -> ResponseReturnValue:
    query, own = asked(CreativesQuery), held_to(current_who(), "advertiser_id")
    states = (CreativeState.ARCHIVED,) if query.archived else ()
    with reading() as db:
        page = page_of_creatives(db, query, CreativeFilter(advertiser_id=own, states=states, kind=query.kind))
    making = any(row.creative.state is CreativeState.PROCESSING for row in page)
    return render_template("console/creatives.html", page=page, query=query, making=making)


@bp.get("/creatives/<creative_id>")
@needs(Right.SEE_CREATIVES)
def creative(creative_id: str) -> ResponseReturnValue:
    with reading() as db:
        creative = own_creative(db, creative_id, Right.SEE_CREATIVES)
        row = with_pictures(db, [creative])[0]
        renditions = {rendition.role.value: rendition for rendition in renditions_of(db, creative_id)}
    return render_template("console/creative.html", row=row, creative=creative, renditions=renditions)


@bp.post("/creatives/<creative_id>/archive")
@needs(Right.EDIT_CREATIVES)
def archive(creative_id: str) -> ResponseReturnValue:
    with transaction() as db:
        own_creative(db, creative_id, Right.EDIT_CREATIVES)
        archive_creative(db, creative_id, now=utc_now())
        note(db, "creative archived", creative_id)
    return moved_to("console.creatives", _("The creative is archived; timelines are planned without it."))


@bp.post("/creatives/<creative_id>/again")
@needs(Right.EDIT_CREATIVES)
def make_again(creative_id: str) -> ResponseReturnValue:
    with transaction() as db:
        own_creative(db, creative_id, Right.EDIT_CREATIVES)
        try_again(db, creative_id, now=utc_now())
        note(db, "creative tried again", creative_id)
    return moved_to("console.creative", _("It is tried again."), creative_id=creative_id)


def own_creative(db: Session, creative_id: str, right: Right) -> Creative:
    creative = get_or_raise(db, Creative, creative_id, NoSuchCreative)
    require(current_who(), right, creative)
    return creative
