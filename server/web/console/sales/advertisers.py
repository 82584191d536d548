"""Advertisers: who books."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from server.accounts.people import Name
from server.accounts.rights import Right
from server.campaigns.advertisers import add_advertiser, advertiser_of, change_advertiser
from server.campaigns.lists import page_of_advertisers
from server.campaigns.models import Advertiser
from server.context import reading, transaction
from server.db import utc_now
from server.paging import ArchiveQuery
from server.web.console.archive import advertiser_words
from server.web.console.blueprint import bp
from server.web.console.moves import moved_to
from server.web.forms import Typed, answer_form, read_query
from server.web.identity.auth import actor, requires
from server.web.words.language import say as _


class AdvertiserForm(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: Name
    category: str = Field("", max_length=40)


@bp.get("/advertisers")
@requires(Right.EDIT_ADVERTISERS)
def all_advertisers() -> ResponseReturnValue:
    with reading() as db:
        query = read_query(ArchiveQuery)
        page = page_of_advertisers(db, query, archived=query.archived)
    return render_template("console/advertisers.html", page=page, query=query)


@bp.get("/advertisers/new")
@requires(Right.EDIT_ADVERTISERS)
def new_advertiser() -> ResponseReturnValue:
    return advertiser_page(Typed())


def advertiser_page(typed: Typed, advertiser: Advertiser | None = None) -> str:
    with reading() as db:
        hangs = list(advertiser_words(db, advertiser.id, utc_now())) if advertiser else []
    return render_template("console/advertiser.html", typed=typed, advertiser=advertiser, hangs=hangs)


@bp.post("/advertisers/new")
@requires(Right.EDIT_ADVERTISERS)
def create_advertiser() -> ResponseReturnValue:
    def done(form: AdvertiserForm) -> ResponseReturnValue:
        with transaction() as db:
            advertiser = add_advertiser(db, **form.model_dump(), by=actor(), now=utc_now())
        message = _("The advertiser is added. Next: its campaign.")
        return moved_to("console.new_campaign", message, advertiser=advertiser.id)

    return answer_form(AdvertiserForm, done=done, again=advertiser_page)


@bp.get("/advertisers/<advertiser_id>")
@requires(Right.EDIT_ADVERTISERS)
def advertiser(advertiser_id: str) -> ResponseReturnValue:
    with reading() as db:
        advertiser = advertiser_of(db, advertiser_id)
    return advertiser_page(Typed(advertiser.model_dump()), advertiser)


@bp.post("/advertisers/<advertiser_id>")
@requires(Right.EDIT_ADVERTISERS)
def save_advertiser(advertiser_id: str) -> ResponseReturnValue:
    with reading() as db:
        advertiser = advertiser_of(db, advertiser_id)

    def done(form: AdvertiserForm) -> ResponseReturnValue:
        with transaction() as db:
            change_advertiser(db, advertiser_id, **form.model_dump(), by=actor(), now=utc_now())
        return moved_to("console.all_advertisers", _("Saved."))

    return answer_form(AdvertiserForm, done=done, again=lambda typed: advertiser_page(typed, advertiser))
