"""Venues, screens, and the players that feed them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.types import JSON, TypeDecorator
from sqlmodel import Field, SQLModel

from media.characters import clean_json
from media.wire.certificates import LONGEST_CHAIN, LONGEST_NAME, LONGEST_SIGNING_REQUEST
from media.wire.phone import SeenFault
from server.db import id_field, instant_field, json_field, word_field


class Venue(SQLModel, table=True):
    """A building. `venue_type`: OpenOOH id; `hours`: weekday 0–6 to [[from_min, until_min], …], empty = always.

    advert_free: weekly hours, written as `hours` are, in which no advertisement plays, none = never · advert_free_days:
    dates (ISO) on which none plays at all · barred: [{category, hours}, …] that must not play here in these weekly
    hours, none = ever · ride_s: how long a ride in its cars takes · hotspot_plan: the fields of
    media.hotspot_plan.VenueHotspotPlan, none = each box goes by its own · `plan_failed_at` is when its timelines could
    not be planned, None once they could
    """

    id: str = id_field()
    name: str = Field(max_length=120)
    venue_type: int = 70101
    zone: str = Field(default="Asia/Shanghai", max_length=64)
    address: str = Field(default="", max_length=200)
    hours: dict[str, list[list[int]]] = json_field()
    reserved_percent: int = Field(default=10, ge=0, le=100)
    advert_free: dict[str, list[list[int]]] = json_field()
    advert_free_days: list[str] = json_field(list)
    barred: list[dict[str, Any]] = json_field(list)
    ride_s: int = Field(default=30, ge=1, le=3600)
    hotspot_plan: dict[str, Any] = json_field()
    created_at: datetime = instant_field()
    retired_at: datetime | None = instant_field(default=None, nullable=True)
    plan_failed_at: datetime | None = instant_field(default=None, nullable=True)
    plan_trouble: str = Field(default="", max_length=300)
    plan_remedy: str = Field(default="", max_length=300)


class ScreenKind(StrEnum):
    LOBBY = "lobby"
    CAR = "car"


class Screen(SQLModel, table=True):
    """The place that is sold: one panel. Its code is short, public and never reused.

    box_referees: whether its box reported a portal that can referee games; the next timeline says so to both
    multipliers: impressions of one play (`screens/multipliers.py`), none = 1 · multiplier_source and multiplier_vendor:
    who measured them, as OpenRTB's `imp.qty` names it
    """

    id: str = id_field()
    code: str = Field(unique=True, max_length=12)
    venue_id: str = Field(foreign_key="venue.id", index=True)
    name: str = Field(max_length=120)
    kind: ScreenKind = word_field(ScreenKind, default=ScreenKind.CAR)
    tags: list[str] = json_field(list)
    bank: str | None = Field(default=None, max_length=40)
    width: int = 1920
    height: int = 1080
    sound: bool = False
    strip: bool = True
    wifi: str | None = Field(default=None, max_length=32)
    multipliers: list[float] = json_field(list)
    multiplier_source: int = 0
    multiplier_vendor: str = Field(default="", max_length=80)
    presence_key: str = Field(max_length=64)
    box_referees: bool = False
    created_at: datetime = instant_field()
    retired_at: datetime | None = instant_field(default=None, nullable=True)


class ReportedJson(TypeDecorator[Any]):
    """A report of a box, cleaned for showing; rows that were stored before reports were cleaned are cleaned as well."""

    impl = JSON
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return clean_json(value, chars=300, items=50)


class Player(SQLModel, table=True):
    """The device that feeds a screen; revoking sets `revoked_at` and its token no longer opens anything."""

    id: str = id_field()
    hardware: str = Field(max_length=128, index=True)
    token_hash: str = Field(unique=True, max_length=64)
    screen_id: str | None = Field(default=None, foreign_key="screen.id", index=True)
    enrolled_at: datetime = instant_field()
    revoked_at: datetime | None = instant_field(default=None, nullable=True, index=True)
    seen_at: datetime | None = instant_field(default=None, nullable=True)
    connected: bool = False
    boot_id: str = Field(default="", max_length=64)
    past_boots: list[str] = json_field(list)
    seq: int = 0
    clone_at: datetime | None = instant_field(default=None, nullable=True)
    held_version: int | None = None
    status: dict[str, Any] = Field(default_factory=dict, sa_type=ReportedJson)
    picture_digest: str | None = Field(default=None, max_length=64)
    picture_at: datetime | None = instant_field(default=None, nullable=True)


class ReportedFault(SQLModel, table=True):
    """A fault that a phone reported; one row for each phone and screen, the newest report."""

    __tablename__ = "reported_fault"
    __table_args__ = (UniqueConstraint("screen_id", "phone_hash"),)

    id: str = id_field()
    screen_id: str = Field(foreign_key="screen.id")
    phone_hash: str = Field(max_length=64)
    fault: SeenFault = word_field(SeenFault)
    reported_at: datetime = instant_field(index=True)


class HotspotHour(SQLModel, table=True):
    """An hour of a screen's hotspot, as its box reported it; `starts_at` is a whole hour in UTC.

    samples: statuses with a fresh count · present_sum, present_most: sum and highest of the phones present in them
    The others are what was added since the status before: of an hour without a connection, when it is back.
    """

    __tablename__ = "hotspot_hour"
    __table_args__ = (UniqueConstraint("screen_id", "starts_at"),)

    id: str = id_field()
    screen_id: str = Field(max_length=26)
    starts_at: datetime = instant_field(index=True)
    samples: int = 0
    present_sum: int = Field(default=0, sa_type=BigInteger)
    present_most: int = 0
    joins: int = Field(default=0, sa_type=BigInteger)
    returns: int = Field(default=0, sa_type=BigInteger)
    refusals: int = Field(default=0, sa_type=BigInteger)
    ended_time: int = Field(default=0, sa_type=BigInteger)
    ended_bytes: int = Field(default=0, sa_type=BigInteger)
    ended_idle: int = Field(default=0, sa_type=BigInteger)
    uplink_bytes: int = Field(default=0, sa_type=BigInteger)


class BoxCertificate(SQLModel, table=True):
    """The certificate of a screen's box, or its signing request while there is none; the key is on the box alone.

    name: the box's own · key_digest: of the public key in `signing_request`, and in `chain`
    starts_at, expires_at: those of the certificate · order_after: nothing is ordered before; set by each failure and
    each success · failures: in a row, of which `trouble`, `remedy` and `detail` describe the last
    dns_value: the value of a challenge record that may still be in DNS
    """

    __tablename__ = "box_certificate"

    id: str = id_field()
    screen_id: str = Field(foreign_key="screen.id", unique=True)
    name: str = Field(max_length=LONGEST_NAME)
    signing_request: str = Field(max_length=LONGEST_SIGNING_REQUEST)
    key_digest: str = Field(max_length=64)
    requested_at: datetime = instant_field()
    chain: str = Field(default="", max_length=LONGEST_CHAIN)
    starts_at: datetime | None = instant_field(default=None, nullable=True)
    expires_at: datetime | None = instant_field(default=None, nullable=True)
    order_after: datetime | None = instant_field(default=None, nullable=True)
    failures: int = 0
    trouble: str = Field(default="", max_length=300)
    remedy: str = Field(default="", max_length=300)
    detail: str = Field(default="", max_length=300)
    dns_value: str = Field(default="", max_length=64)


class CommandKind(StrEnum):
    """`identify`: show on the strip for a while which screen this is."""

    PICTURE = "picture"
    IDENTIFY = "identify"
    RESTART_DISPLAY = "restart_display"


class PlayerCommand(SQLModel, table=True):
    """A command of an operator to a player, and its answer; the audit log names the operator."""

    __tablename__ = "player_command"

    id: str = id_field()
    player_id: str = Field(foreign_key="player.id", index=True)
    do: CommandKind = word_field(CommandKind)
    asked_at: datetime = instant_field()
    answered_at: datetime | None = instant_field(default=None, nullable=True)
    ok: bool = False
    why: str = Field(default="", max_length=300)


class Service(SQLModel, table=True):
    """A time in which a player served a screen: plays of that time are accepted, however late they arrive."""

    id: str = id_field()
    player_id: str = Field(foreign_key="player.id", index=True)
    screen_id: str = Field(foreign_key="screen.id", index=True)
    from_at: datetime = instant_field()
    until_at: datetime | None = instant_field(default=None, nullable=True)


class Enrolment(SQLModel, table=True):
    """A box that waits for an operator to type its code."""

    id: str = id_field()
    code: str = Field(unique=True, max_length=12)
    hardware: str = Field(max_length=128, index=True)
    token_hash: str = Field(max_length=64, index=True)
    asked_at: datetime = instant_field()
    expires_at: datetime = instant_field()
    taken_at: datetime | None = instant_field(default=None, nullable=True)
    player_id: str | None = Field(default=None, foreign_key="player.id")


class NetworkRevision(SQLModel, table=True):
    """One row; its number is raised with every change that affects the allotment."""

    __tablename__ = "network_revision"

    id: str = Field(primary_key=True, max_length=26)
    number: int = 0
