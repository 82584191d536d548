"""Custom games: their form, the ticket with which the zip is sent, and the kit for designers."""

from __future__ import annotations

import zipfile
from functools import cache
from io import BytesIO

from flask import render_template, send_file
from flask.typing import ResponseReturnValue

from media.cards.games.colours import USUAL as USUAL_COLOURS
from media.games.package import SDK_FILE
from media.wire.games import GameKind
from server.accounts.rights import Right, require
from server.campaigns.advertisers import advertiser_of, advertisers
from server.context import reading, services
from server.coupons.offers import offers_of
from server.creatives.games import CALL_CHARS, HIGHEST_SCORE, tidy_design
from server.creatives.uploads.tickets import issue_ticket
from server.web.console.blueprint import bp
from server.web.console.creatives.game_forms import CustomGameForm
from server.web.console.creatives.games import uploaded_pictures
from server.web.forms import Typed, typed_values
from server.web.games.pictures import chosen_pictures
from server.web.identity.auth import current_access, current_who, requires
from server.web.words.language import language

USUAL = {"length_s": 30, "prizes": 1, "most_score": 1000}


@bp.get("/creatives/game/custom")
@requires(Right.EDIT_CREATIVES)
def new_custom_game() -> ResponseReturnValue:
    require(current_who(), Right.SEE_OFFERS)
    typed = Typed({**USUAL, "language": language()})
    with reading() as db:
        choices = {"offers": offers_of(db), "advertisers": advertisers(db), "pictures": uploaded_pictures(db)}
    return render_template(
        "console/custom_game.html",
        kind=GameKind.CUSTOM,
        typed=typed,
        call_chars=CALL_CHARS,
        highest_score=HIGHEST_SCORE,
        usual_colour=USUAL_COLOURS.accent,
        **choices,
    )


@bp.post("/creatives/game/custom/ticket")
@requires(Right.EDIT_CREATIVES)
def custom_game_ticket() -> ResponseReturnValue:
    """The fields are checked before the zip is sent; the zip's creative is made of both."""
    require(current_who(), Right.SEE_OFFERS)
    form = CustomGameForm.model_validate(typed_values())
    with reading() as db:
        given = form.setup(chosen_pictures(db, form.picture_ids()))
        tidy_design(db, given.design, offer_id=given.offer_id, length_ms=given.length_ms, language=given.language)
        advertiser_id = form.advertiser_id and advertiser_of(db, form.advertiser_id).id
    settings = services().settings
    ticket = issue_ticket(settings, access=current_access(), advertiser_id=advertiser_id, game=given)
    return {"url": f"{settings.media_url}/uploads/{ticket}"}


@bp.get("/creatives/game/custom/kit")
@requires(Right.EDIT_CREATIVES)
def custom_game_kit() -> ResponseReturnValue:
    """The SDK with its documentation, an example and a test page."""
    require(current_who(), Right.SEE_OFFERS)
    kit = BytesIO(_packed_kit())
    return send_file(kit, "application/zip", as_attachment=True, download_name="liftcast-game-kit.zip")


@cache
def _packed_kit() -> bytes:
    packed, folder = BytesIO(), SDK_FILE.parent
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            archive.write(path, path.relative_to(folder))
    return packed.getvalue()
