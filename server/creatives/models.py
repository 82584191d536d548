"""Creatives and the renditions that the worker makes of them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from server.db import id_field, instant_field, json_field, word_field

GAME = "game"
EMERGENCY = "emergency"  # the kind of a prepared emergency text; to readers of a timeline it is a notice
BUILDING = "building"  # the kind of a building's card; to readers of a timeline it is an image


class CreativeState(StrEnum):
    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"
    ARCHIVED = "archived"


class Creative(SQLModel, table=True):
    """A film, picture, sound or card. It belongs to an advertiser, or (with a venue) a notice or the card of that
    venue, or (neither) the network's.

    title: its name in the console · phone_title: what phones show; empty: a cleaned title (`titles.py`) ·
    game: the design of a game (`games.py`) ·
    off_air_at: when an archived creative was found in no timeline any more; its files are public until then
    """

    id: str = id_field()
    kind: str = Field(max_length=10)
    title: str = Field(max_length=120)
    phone_title: str = Field(default="", max_length=120)
    advertiser_id: str | None = Field(default=None, max_length=26, index=True)
    venue_id: str | None = Field(default=None, foreign_key="venue.id", index=True)
    offer_id: str | None = Field(default=None, foreign_key="offer.id", index=True)
    state: CreativeState = word_field(CreativeState, default=CreativeState.PROCESSING, index=True)
    progress: float = 0.0
    trouble: str = Field(default="", max_length=300)
    remedy: str = Field(default="", max_length=300)
    warning: str = Field(default="", max_length=300)
    text: str = Field(default="", max_length=2000)
    game: dict[str, Any] | None = json_field(lambda: None)
    language: str = Field(default="", max_length=5)
    length_ms: int = 10_000
    original_digest: str | None = Field(default=None, max_length=64)
    original_name: str = Field(default="", max_length=200)
    original_bytes: int = 0
    created_by: str | None = Field(default=None, max_length=26)
    created_at: datetime = instant_field(index=True)
    ready_at: datetime | None = instant_field(default=None, nullable=True)
    archived_at: datetime | None = instant_field(default=None, nullable=True)
    off_air_at: datetime | None = instant_field(default=None, nullable=True)


class RenditionRole(StrEnum):
    """`screen` the player shows · `picture`, `sound`, `image` are the phone's · `poster`, `thumb` are its stills ·
    `logo`, `product`, `background` are a game's pictures, for player and phone ·
    `package` is a zip of a custom game's files
    """

    SCREEN = "screen"
    PICTURE = "picture"
    SOUND = "sound"
    IMAGE = "image"
    POSTER = "poster"
    THUMB = "thumb"
    LOGO = "logo"
    PRODUCT = "product"
    BACKGROUND = "background"
    PACKAGE = "package"


class Rendition(SQLModel, table=True):
    """One file made of a creative."""

    __table_args__ = (UniqueConstraint("creative_id", "role"),)

    id: str = id_field()
    creative_id: str = Field(foreign_key="creative.id", index=True)
    role: RenditionRole = word_field(RenditionRole)
    digest: str = Field(max_length=64, index=True)
    mime: str = Field(max_length=60)
    bytes: int
    duration_ms: int | None = None
    width: int | None = None
    height: int | None = None


class FormerRendition(SQLModel, table=True):
    """A file that a newer rendition replaced, while a timeline may still name it."""

    __tablename__ = "former_rendition"

    id: str = id_field()
    creative_id: str = Field(foreign_key="creative.id", index=True)
    digest: str = Field(max_length=64, index=True)
    mime: str = Field(max_length=60)


class BuildingCard(SQLModel, table=True):
    """The creative that is a venue's card on its screens of this size."""

    __tablename__ = "building_card"
    __table_args__ = (UniqueConstraint("venue_id", "width", "height"),)

    id: str = id_field()
    creative_id: str = Field(foreign_key="creative.id", unique=True)
    venue_id: str = Field(foreign_key="venue.id")
    width: int
    height: int


class ReplacedFile(SQLModel, table=True):
    """A file that another replaced, and its renditions. Plays that began before `until_at` showed it.

    until_at: None while the new file is still processed, and the screens show this one
    """

    __tablename__ = "replaced_file"

    id: str = id_field()
    creative_id: str = Field(foreign_key="creative.id", index=True)
    digest: str | None = Field(default=None, max_length=64)
    name: str = Field(max_length=200)
    bytes: int
    length_ms: int
    screen_digest: str | None = Field(default=None, max_length=64, index=True)
    screen_mime: str = Field(default="", max_length=60)
    thumb_digest: str | None = Field(default=None, max_length=64)
    replaced_by: str | None = Field(default=None, max_length=26)
    until_at: datetime | None = instant_field(default=None, nullable=True)
