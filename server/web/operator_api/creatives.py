"""Creatives: look, upload by ticket, type, archive."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from pydantic import Field

from media.games.phases import LONGEST_MS, SHORTEST_MS
from media.wire.games import MOST_CHOICES, MOST_QUESTIONS, GameKind, Phrase, PrizeFor
from media.wire.message import Digest
from server.accounts.rights import Right, require, restricted_to
from server.campaigns.creatives import give_creative
from server.campaigns.notices import run_notice, withdraw_creative
from server.campaigns.upload_owner import require_owner_in_use
from server.context import reading, services, transaction
from server.creatives.archive import NoSuchCreative, restore_creative
from server.creatives.change import CreativeChange, change_creative, check_title
from server.creatives.coupons import make_coupon_creative
from server.creatives.games import (
    CALL_CHARS,
    HIGHEST_SCORE,
    LONGEST_ODDS,
    MOST_PRIZES,
    Colour,
    GameDesign,
    PictureName,
    make_game,
    tidy_design,
)
from server.creatives.lists import CreativeFilter, page_of_creatives, renditions_of
from server.creatives.models import Creative, CreativeState, RenditionRole
from server.creatives.notices import check_emergency, check_notice, prepare_emergency, type_notice
from server.creatives.quiz_questions import ANSWER_CHARS, FEWEST_CHOICES, QUESTION_CHARS
from server.creatives.ready import try_again
from server.creatives.uploads.game_file import GameSetup
from server.creatives.uploads.tickets import issue_ticket
from server.db import get_or_raise, utc_now
from server.http.off_hub import off_hub
from server.web.games.pictures import chosen_pictures
from server.web.identity.auth import actor, current_access, current_who, note, requires
from server.web.operator_api.blueprint import Body, ListQuery, Out, bp, json_body, one, paged, read_query
from server.years import Moment


class RenditionOut(Out):
    role: RenditionRole
    digest: str
    mime: str
    bytes: int
    duration_ms: int | None
    width: int | None
    height: int | None


class CreativeOut(Out):
    """`progress` runs from 0 to 1 while it is processed; `trouble`, `remedy`: why its (newer) renditions failed.

    `warning`: what may not look as it was meant.
    """

    id: str
    kind: str
    title: str
    phone_title: str
    advertiser_id: str | None
    venue_id: str | None
    offer_id: str | None
    state: CreativeState
    progress: float
    trouble: str
    remedy: str
    warning: str
    text: str
    game: dict[str, Any] | None
    language: str
    length_ms: int
    original_name: str
    original_bytes: int
    created_at: datetime
    ready_at: datetime | None
    renditions: list[RenditionOut] = []


class CreativesQuery(ListQuery):
    kind: str = ""
    state: CreativeState | None = None


class GameLookBody(Body):
    """The look of a game.

    colour: the advertiser's, as `#rrggbb`; the others are derived from it · logo_id, product_id, background_id:
    creatives that are uploaded pictures
    """

    colour: Colour = ""
    logo_id: str | None = Field(None, max_length=26)
    product_id: str | None = Field(None, max_length=26)
    background_id: str | None = Field(None, max_length=26)

    def picture_ids(self) -> dict[PictureName, str | None]:
        return {"logo": self.logo_id, "product": self.product_id, "background": self.background_id}


class CustomGameBody(GameLookBody):
    """A game whose zip is uploaded. most_score: the highest that counts; its prize is drawn among those who finish"""

    call_zh: str = Field("", max_length=CALL_CHARS)
    call_en: str = Field("", max_length=CALL_CHARS)
    title: str = Field("", max_length=120)
    offer_id: str | None = Field(None, max_length=26)
    most_score: int = Field(ge=1, le=HIGHEST_SCORE)
    prizes: int = Field(1, ge=1, le=MOST_PRIZES)
    length_ms: int = Field(30_000, ge=SHORTEST_MS, le=LONGEST_MS)
    language: str = Field("zh", pattern="^(en|zh)$")

    def setup(self, pictures: dict[PictureName, Digest]) -> GameSetup:
        call, kind = Phrase(zh=self.call_zh, en=self.call_en), GameKind.CUSTOM
        of_design = self.model_dump(include={"prizes", "most_score", "colour"})
        design = GameDesign(kind=kind, call=call, pictures=pictures, **of_design)
        return GameSetup(design=design, **self.model_dump(include={"title", "offer_id", "length_ms", "language"}))


class TicketBody(Body):
    """The owner of the uploaded creative: an advertiser, a venue, or (neither) the network itself.

    replaces: the creative whose file is replaced; it keeps its owner and its bookings · stands_ms: of pictures
    game: the custom game whose zip is uploaded
    """

    advertiser_id: str | None = None
    venue_id: str | None = None
    replaces: str | None = None
    stands_ms: int = Field(10_000, ge=1000, le=600_000)
    game: CustomGameBody | None = None


class CreativeChangeBody(Body):
    """A field that is left out stays as it is.

    phone_title: what phones show; empty: the cleaned title · length_ms: how long a picture or card is shown ·
    advertiser_id: null for the network's own
    """

    title: str | None = Field(None, min_length=1, max_length=120)
    phone_title: str | None = Field(None, max_length=120)
    length_ms: int | None = Field(None, ge=1000, le=600_000)
    advertiser_id: str | None = Field(None, max_length=26)


class NoticeBody(Body):
    """With `venue_id` it runs there, from now or `from_at` until `until_at` or until it is stopped."""

    text: str = Field(min_length=1, max_length=2000)
    title: str = Field("", max_length=120)
    length_ms: int = Field(10_000, ge=1000, le=600_000)
    language: str = Field("zh", pattern="^(en|zh)$")
    venue_id: str | None = None
    from_at: Moment | None = None
    until_at: Moment | None = None
    every_minute: bool = False


class EmergencyBody(Body):
    """A text that no screen shows until it is raised as an interrupt."""

    text: str = Field(min_length=1, max_length=2000)
    title: str = Field("", max_length=120)
    language: str = Field("zh", pattern="^(en|zh)$")


class CouponBody(Body):
    offer_id: str
    title: str = Field("", max_length=120)
    picture_digest: str | None = Field(None, pattern="^[0-9a-f]{64}$")
    advertiser_id: str | None = None
    length_ms: int = Field(10_000, ge=1000, le=600_000)
    language: str = Field("zh", pattern="^(en|zh)$")


class QuestionText(Body):
    """In one language or in both; where one is empty, the other is shown."""

    zh: str = Field("", max_length=QUESTION_CHARS)
    en: str = Field("", max_length=QUESTION_CHARS)


class AnswerText(Body):
    """As `QuestionText`."""

    zh: str = Field("", max_length=ANSWER_CHARS)
    en: str = Field("", max_length=ANSWER_CHARS)


class QuestionBody(Body):
    """A question of a quiz. `right` is the number of the right answer, from 0 on."""

    text: QuestionText
    answers: list[AnswerText] = Field(min_length=FEWEST_CHOICES, max_length=MOST_CHOICES)
    right: int = Field(ge=0, lt=MOST_CHOICES)


class GameBody(GameLookBody):
    """A game; without `offer_id` it is played for fun. `call_zh` and `call_en` are what the screen says.

    `questions` are of a quiz. Where the prize is drawn, one wins of `one_in` that are drawn. See `GameLookBody`.
    """

    kind: GameKind = GameKind.RACE
    call_zh: str = Field("", max_length=CALL_CHARS)
    call_en: str = Field("", max_length=CALL_CHARS)
    title: str = Field("", max_length=120)
    offer_id: str | None = Field(None, max_length=26)
    prize_for: PrizeFor = PrizeFor.FIRST
    prizes: int = Field(1, ge=1, le=MOST_PRIZES)
    one_in: int = Field(1, ge=1, le=LONGEST_ODDS)
    questions: list[QuestionBody] = Field([], max_length=MOST_QUESTIONS)
    advertiser_id: str | None = Field(None, max_length=26)
    length_ms: int = Field(30_000, ge=SHORTEST_MS, le=LONGEST_MS)
    language: str = Field("zh", pattern="^(en|zh)$")


@bp.get("/creatives")
@requires(Right.SEE_CREATIVES)
def creatives() -> ResponseReturnValue:
    """Creatives, newest first; without a state, all but the archived."""
    query = read_query(CreativesQuery)
    own = restricted_to(current_who(), "advertiser_id")
    only = CreativeFilter(advertiser_id=own, kind=query.kind, states=(query.state,) if query.state else ())
    with reading() as db:
        page = page_of_creatives(db, query, only)
    return paged("creatives", CreativeOut, page.with_rows(row.creative for row in page))


@bp.post("/creatives/tickets")
@requires(Right.EDIT_CREATIVES)
def upload_ticket() -> ResponseReturnValue:
    """An address that takes uploads for an hour: PUT each file to it, its name in `X-File-Name`.

    On a slow line, POST to it instead with `Tus-Resumable: 1.0.0`: such an upload can be resumed for a day.
    Films, pictures, sound, PDF, and with `game` the zip of a custom game.
    The answer names the `creatives` made of it, of a PDF one for each page.
    """
    own = restricted_to(current_who(), "advertiser_id")
    body, settings = json_body(TicketBody) if request.data else TicketBody(), services().settings
    given, game = body.model_dump(exclude={"game"}), None
    if own:
        given |= {"advertiser_id": own, "venue_id": None}
    with reading() as db:
        if replaces := given.get("replaces"):
            require(current_who(), Right.EDIT_CREATIVES, get_or_raise(db, Creative, replaces, NoSuchCreative))
        require_owner_in_use(db, given.get("advertiser_id"), given.get("venue_id"))
        if body.game:
            require(current_who(), Right.SEE_OFFERS)
            game = body.game.setup(chosen_pictures(db, body.game.picture_ids()))
            tidy_design(db, game.design, offer_id=game.offer_id, length_ms=game.length_ms, language=game.language)
    ticket = issue_ticket(settings, access=current_access(), game=game, **given)
    return {"url": f"{settings.media_url}/uploads/{ticket}"}, 201


@bp.post("/creatives/notices")
@requires(Right.TYPE_NOTICES)
def create_notice() -> ResponseReturnValue:
    """Type a notice, and run it in its venue."""
    given = json_body(NoticeBody)
    off_hub(check_notice, given.text, given.title)
    now = utc_now()
    with transaction() as db:
        card = given.model_dump(exclude={"from_at", "until_at", "every_minute"})
        creative = type_notice(db, **card, by=actor(), now=now)
        if given.venue_id:
            span = given.model_dump(include={"from_at", "until_at", "every_minute"})
            run_notice(db, creative.id, given.venue_id, **span, by=actor(), now=now)
        note(db, "notice typed", creative.id, title=creative.title)
    return one(CreativeOut, creative, 201)


@bp.post("/creatives/emergencies")
@requires(Right.RAISE_EMERGENCY)
def create_emergency() -> ResponseReturnValue:
    """Prepare an emergency text."""
    given = json_body(EmergencyBody)
    off_hub(check_emergency, given.text, given.title, given.language)
    with transaction() as db:
        creative = prepare_emergency(db, **given.model_dump(), by=actor(), now=utc_now())
        note(db, "emergency prepared", creative.id, title=creative.title)
    return one(CreativeOut, creative, 201)


@bp.post("/creatives/coupons")
@requires(Right.EDIT_CREATIVES)
def create_coupon() -> ResponseReturnValue:
    """Draw the card of an offer."""
    require(current_who(), Right.SEE_OFFERS)
    given = json_body(CouponBody)
    with transaction() as db:
        creative = make_coupon_creative(db, **given.model_dump(), by=actor(), now=utc_now())
        note(db, "coupon made", creative.id, offer=given.offer_id)
    return one(CreativeOut, creative, 201)


@bp.post("/creatives/games")
@requires(Right.EDIT_CREATIVES)
def create_game() -> ResponseReturnValue:
    """Set up a game."""
    require(current_who(), Right.SEE_OFFERS)
    given = json_body(GameBody)
    call = {"zh": given.call_zh, "en": given.call_en}
    of_design = {"kind", "prize_for", "prizes", "one_in", "questions", "colour"}
    pictures = given.picture_ids()
    others = given.model_dump(exclude={"call_zh", "call_en", *of_design, *(f"{name}_id" for name in pictures)})
    with transaction() as db:
        chosen = chosen_pictures(db, pictures)
        of_form = given.model_dump(include=of_design)
        design = GameDesign.model_validate(of_form | {"call": call, "pictures": chosen})
        creative = make_game(db, design, **others, by=actor(), now=utc_now())
        note(db, "game made", creative.id, title=creative.title)
    return one(CreativeOut, creative, 201)


@bp.get("/creatives/<creative_id>")
@requires(Right.SEE_CREATIVES)
def creative(creative_id: str) -> ResponseReturnValue:
    """One creative, with its renditions."""
    with reading() as db:
        creative = get_or_raise(db, Creative, creative_id, NoSuchCreative)
        require(current_who(), Right.SEE_CREATIVES, creative)
        renditions = [RenditionOut.model_validate(row) for row in renditions_of(db, creative_id)]
    return one(CreativeOut, creative.model_dump() | {"renditions": renditions})


@bp.patch("/creatives/<creative_id>")
@requires(Right.EDIT_CREATIVES)
def change(creative_id: str) -> ResponseReturnValue:
    """Change titles, how long a picture is shown, or whose a creative is."""
    given = json_body(CreativeChangeBody)
    change = CreativeChange.model_validate(given.model_dump(exclude={"advertiser_id"}))
    with reading() as db:
        creative = get_or_raise(db, Creative, creative_id, NoSuchCreative)
        require(current_who(), Right.EDIT_CREATIVES, creative)
    off_hub(check_title, creative, change)
    with transaction() as db:
        creative = get_or_raise(db, Creative, creative_id, NoSuchCreative)
        require(current_who(), Right.EDIT_CREATIVES, creative)
        if "advertiser_id" in given.model_fields_set:
            require(current_who(), Right.EDIT_CREATIVES, given)
            give_creative(db, creative_id, given.advertiser_id)
        creative = change_creative(db, creative_id, change, now=utc_now())
        note(db, "creative changed", creative_id, title=creative.title)
    return one(CreativeOut, creative)


@bp.post("/creatives/<creative_id>/restore")
@requires(Right.EDIT_CREATIVES)
def restore(creative_id: str) -> ResponseReturnValue:
    """Restore an archived creative."""
    with transaction() as db:
        require(current_who(), Right.EDIT_CREATIVES, get_or_raise(db, Creative, creative_id, NoSuchCreative))
        creative = restore_creative(db, services().store, creative_id, now=utc_now())
        note(db, "creative restored", creative_id)
    return one(CreativeOut, creative)


@bp.post("/creatives/<creative_id>/again")
@requires(Right.EDIT_CREATIVES)
def make_again(creative_id: str) -> ResponseReturnValue:
    """Make the renditions once more that could not be made."""
    with transaction() as db:
        creative = get_or_raise(db, Creative, creative_id, NoSuchCreative)
        require(current_who(), Right.EDIT_CREATIVES, creative)
        creative = try_again(db, creative_id, now=utc_now())
        note(db, "creative tried again", creative_id)
    return one(CreativeOut, creative)


@bp.delete("/creatives/<creative_id>")
@requires(Right.EDIT_CREATIVES)
def archive(creative_id: str) -> ResponseReturnValue:
    """Archive a creative: timelines are planned without it."""
    with transaction() as db:
        creative = get_or_raise(db, Creative, creative_id, NoSuchCreative)
        require(current_who(), Right.EDIT_CREATIVES, creative)
        withdraw_creative(db, creative_id, by=actor(), now=utc_now())
        note(db, "creative archived", creative_id)
    return "", 204
