"""Creatives: what there is, and how each is getting on."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from server.accounts.rights import Right, require, restricted_to
from server.campaigns.advertisers import advertisers
from server.campaigns.creatives import give_creative, uses_of
from server.campaigns.notices import runs_of, withdraw_creative
from server.context import reading, services, transaction
from server.creatives.archive import NoSuchCreative, restore_creative
from server.creatives.change import CreativeChange, change_creative, check_title
from server.creatives.kinds import BOOKED
from server.creatives.lists import CreativeFilter, page_of_creatives, renditions_of, with_pictures
from server.creatives.models import Creative, CreativeState
from server.creatives.ready import try_again
from server.creatives.replaced import awaited_replacement, replaced_files
from server.creatives.titles import phone_title
from server.db import get_or_raise, utc_now
from server.games.lists import page_of_rounds
from server.http.off_hub import off_hub
from server.paging import PageRequest
from server.web.console.blueprint import bp
from server.web.console.moves import moved_to
from server.web.forms import Typed, answer_form, read_query
from server.web.identity.auth import actor, current_who, note, requires
from server.web.words.language import say as _

ROUNDS_SHOWN = 20


class CreativesQuery(PageRequest):
    kind: str = ""
    archived: bool = False

    @property
    def narrows(self) -> bool:
        return bool(self.search or self.kind or self.archived)


@bp.get("/creatives")
@requires(Right.SEE_CREATIVES)
def creatives() -> ResponseReturnValue:
    query, own = read_query(CreativesQuery), restricted_to(current_who(), "advertiser_id")
    states = (CreativeState.ARCHIVED,) if query.archived else ()
    with reading() as db:
        page = page_of_creatives(db, query, CreativeFilter(advertiser_id=own, states=states, kind=query.kind))
    making = any(row.creative.state is CreativeState.PROCESSING for row in page)
    return render_template("console/creatives.html", page=page, query=query, kinds=BOOKED, making=making)


class CreativeForm(BaseModel):
    """An empty `phone_title` means the cleaned title; films and sound have no `length_s`."""

    model_config = ConfigDict(frozen=True)

    title: str = Field(min_length=1, max_length=120)
    phone_title: str = Field("", max_length=120)
    length_s: float | None = Field(None, ge=1, le=600)
    advertiser_id: str | None = Field(None, max_length=26)

    def change(self) -> CreativeChange:
        length_ms = None if self.length_s is None else round(self.length_s * 1000)
        return CreativeChange(title=self.title, phone_title=self.phone_title, length_ms=length_ms)


@bp.get("/creatives/<creative_id>")
@requires(Right.SEE_CREATIVES)
def creative(creative_id: str) -> ResponseReturnValue:
    with reading() as db:
        creative = own_creative(db, creative_id, Right.SEE_CREATIVES)
    fields = creative.model_dump(include={"title", "phone_title", "advertiser_id"})
    return creative_page(Typed(fields | {"length_s": f"{creative.length_ms / 1000:g}"}), creative)


def creative_page(typed: Typed, creative: Creative) -> str:
    own = restricted_to(current_who(), "advertiser_id")
    with reading() as db:
        shown: dict[str, object] = {
            "row": with_pictures(db, [creative])[0],
            "renditions": {rendition.role.value: rendition for rendition in renditions_of(db, creative.id)},
            "advertisers": [] if own else [(advertiser.id, advertiser.name) for advertiser in advertisers(db)],
            "own": own,
            "uses": uses_of(db, creative, now=utc_now()),
            "awaited": awaited_replacement(db, creative.id),
            "replaced": replaced_files(db, creative.id),
            "runs": runs_of(db, creative.id, now=utc_now()),
            "rounds": page_of_rounds(db, PageRequest(per_page=ROUNDS_SHOWN), creative.id),
        }
    shown["cleaned_title"] = phone_title(creative.model_copy(update={"phone_title": ""}))
    return render_template("console/creative.html", typed=typed, creative=creative, **shown)


@bp.post("/creatives/<creative_id>")
@requires(Right.EDIT_CREATIVES)
def save_creative(creative_id: str) -> ResponseReturnValue:
    with reading() as db:
        creative = own_creative(db, creative_id, Right.EDIT_CREATIVES)

    def done(form: CreativeForm) -> ResponseReturnValue:
        off_hub(check_title, creative, form.change())
        with transaction() as db:
            if "advertiser_id" in request.form and not restricted_to(current_who(), "advertiser_id"):
                give_creative(db, creative_id, form.advertiser_id)
            change_creative(db, creative_id, form.change(), now=utc_now())
            note(db, "creative changed", creative_id, title=form.title)
        return moved_to("console.creative", _("Saved; the screens follow within a minute."), creative_id=creative_id)

    return answer_form(CreativeForm, done=done, again=lambda typed: creative_page(typed, creative))


@bp.post("/creatives/<creative_id>/restore")
@requires(Right.EDIT_CREATIVES)
def restore(creative_id: str) -> ResponseReturnValue:
    with transaction() as db:
        own_creative(db, creative_id, Right.EDIT_CREATIVES)
        restore_creative(db, services().store, creative_id, now=utc_now())
        note(db, "creative restored", creative_id)
    message = _("The creative is restored, with its bookings.")
    return moved_to("console.creative", message, creative_id=creative_id)


@bp.post("/creatives/<creative_id>/archive")
@requires(Right.EDIT_CREATIVES)
def archive(creative_id: str) -> ResponseReturnValue:
    with transaction() as db:
        own_creative(db, creative_id, Right.EDIT_CREATIVES)
        withdraw_creative(db, creative_id, by=actor(), now=utc_now())
        note(db, "creative archived", creative_id)
    return moved_to("console.creatives", _("The creative is archived; timelines are planned without it."))


@bp.post("/creatives/<creative_id>/again")
@requires(Right.EDIT_CREATIVES)
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
