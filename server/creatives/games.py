"""Game creatives: what phones play on a screen, and the offer that is won."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from media.cards.games.colours import derive_colours
from media.games.phases import LONGEST_MS, SHORTEST_MS, phases_of
from media.wire.games import GameKind, GameRules, Phrase, PrizeFor
from media.wire.message import Digest
from media.wire.timeline import GameCard, GameLook, MediaRef, OfferCard
from server.coupons.models import Offer
from server.coupons.offers import NoSuchOffer
from server.creatives.accept import add_creative, tidy_title
from server.creatives.models import GAME, Creative, RenditionRole
from server.db import get_or_raise
from server.errors import Invalid

CALL_CHARS = 60
MOST_PRIZES = 100
NO_FILES: Mapping[RenditionRole, MediaRef] = {}

Colour = Annotated[str, Field(pattern=r"^(#[0-9a-fA-F]{6})?$")]
PictureName = Literal["logo", "product", "background"]  # a word of `RenditionRole`


class GameLength(Invalid):
    """A game takes 15 to 60 seconds: people join, play, and see who has won. Choose a length in between."""


class NoCall(Invalid):
    """The screen says nothing about the game. Type in at least one language what it invites to."""


class GameDesign(BaseModel):
    """A game as it was set up.

    call: what the screen says, in both languages · prizes: how many phones get the prize each time, at most ·
    colour: the advertiser's, from which the others are derived; empty for the usual ones · pictures: digests of
    uploaded files
    """

    model_config = ConfigDict(frozen=True)

    kind: GameKind = GameKind.RACE
    call: Phrase
    prize_for: PrizeFor | None = None
    prizes: Annotated[int, Field(ge=0, le=MOST_PRIZES)] = 0
    colour: Colour = ""
    pictures: dict[PictureName, Digest] = {}


def make_game(
    db: Session,
    design: GameDesign,
    *,
    title: str,
    offer_id: str | None,
    length_ms: int,
    by: str | None,
    now: datetime,
    language: str = "zh",
    advertiser_id: str | None = None,
) -> Creative:
    """A game of one advertiser, or of the network. `offer_id`: what is won; without one it is played for fun."""
    refuse_game_length(length_ms)
    call = Phrase(zh=tidy_title(design.call.zh)[:CALL_CHARS], en=tidy_title(design.call.en)[:CALL_CHARS])
    if not call.within(language):
        raise NoCall
    if offer_id is None:
        design = design.model_copy(update={"prize_for": None, "prizes": 0})
    else:
        get_or_raise(db, Offer, offer_id, NoSuchOffer)
    creative = Creative(
        kind=GAME,
        title=tidy_title(title) or call.within(language),
        game=design.model_copy(update={"call": call}).model_dump(mode="json"),
        offer_id=offer_id,
        advertiser_id=advertiser_id,
        language=language,
        length_ms=length_ms,
        created_by=by,
        created_at=now,
    )
    add_creative(db, creative, now=now)
    return creative


def refuse_game_length(length_ms: int) -> None:
    if not SHORTEST_MS <= length_ms <= LONGEST_MS:
        raise GameLength


def design_of(creative: Creative) -> GameDesign | None:
    return GameDesign.model_validate(creative.game) if creative.game else None


def game_rules(creative: Creative) -> GameRules | None:
    """The game as its referee gets it."""
    design = design_of(creative)
    if design is None:
        return None
    prize_for = design.prize_for if creative.offer_id else None
    return GameRules(kind=design.kind, prize_for=prize_for, prizes=design.prizes)


def game_card(
    creative: Creative, prize: OfferCard | None, files: Mapping[RenditionRole, MediaRef] = NO_FILES
) -> GameCard | None:
    """The game as phones and screens get it. files: its pictures, among others"""
    design = design_of(creative)
    if design is None:
        return None
    phases = phases_of(0, creative.length_ms)
    return GameCard(
        kind=design.kind,
        call=design.call,
        play_after_ms=phases.play_ms,
        result_after_ms=phases.result_ms,
        prize_for=design.prize_for if prize else None,
        prizes=design.prizes if prize else 0,
        prize=prize,
        look=GameLook(
            colours=derive_colours(design.colour) if design.colour else None,
            logo=files.get(RenditionRole.LOGO),
            product=files.get(RenditionRole.PRODUCT),
            background=files.get(RenditionRole.BACKGROUND),
        ),
    )
