"""Advertisers; campaigns with their flights, dayparts, targets and creatives; house content; notices; holds."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from server.db import id_field, instant_field, word_field


class Advertiser(SQLModel, table=True):
    id: str = id_field()
    name: str = Field(max_length=120)
    category: str = Field(default="", max_length=40)
    created_at: datetime = instant_field()
    archived_at: datetime | None = instant_field(default=None, nullable=True)


class CampaignState(StrEnum):
    DRAFT = "draft"
    BOOKED = "booked"
    PAUSED = "paused"
    ENDED = "ended"


class GoalKind(StrEnum):
    """`share`: percent of the time of each daypart hour · `plays_per_day`: on each screen · `plays`, `impressions`: of
    the whole flight, on all screens together · `takeover`: all the time, and no number."""

    SHARE = "share"
    PLAYS_PER_DAY = "plays_per_day"
    PLAYS = "plays"
    IMPRESSIONS = "impressions"
    TAKEOVER = "takeover"

    @property
    def of_flight(self) -> bool:
        """Whether it is counted over the flight, and so paced."""
        return self in (GoalKind.PLAYS, GoalKind.IMPRESSIONS)


class PaceKind(StrEnum):
    """How a goal of the flight is spread over its days; `ahead`: more of it early · `asap`: as soon as it fits."""

    EVEN = "even"
    AHEAD = "ahead"
    ASAP = "asap"


class Campaign(SQLModel, table=True):
    """A flight (`starts_on` … `ends_on`, both included, in each venue's dates) with a goal.

    preemptible: a bonus, which gives way to all that is sold · hourly: most plays of an hour on a screen
    """

    id: str = id_field()
    name: str = Field(max_length=120)
    advertiser_id: str = Field(foreign_key="advertiser.id", index=True)
    state: CampaignState = word_field(CampaignState, default=CampaignState.DRAFT, index=True)
    starts_on: date
    ends_on: date
    goal_kind: GoalKind = word_field(GoalKind, default=GoalKind.SHARE)
    goal: float = 10.0
    pace: PaceKind = word_field(PaceKind, default=PaceKind.EVEN)
    preemptible: bool = False
    hourly: int | None = None
    created_by: str | None = Field(default=None, max_length=26)
    created_at: datetime = instant_field()
    booked_at: datetime | None = instant_field(default=None, nullable=True)


class CampaignCreative(SQLModel, table=True):
    """A creative of a campaign and its weight against the campaign's others."""

    __tablename__ = "campaign_creative"
    __table_args__ = (UniqueConstraint("campaign_id", "creative_id"),)

    id: str = id_field()
    campaign_id: str = Field(foreign_key="campaign.id", index=True)
    creative_id: str = Field(foreign_key="creative.id", index=True)
    weight: int = Field(default=1, ge=1, le=1000)


class Daypart(SQLModel, table=True):
    """Weekly hours in the venue's zone: weekday 0 (Monday) to 6; none at all means always.

    until_min: past 1440 for a night, which belongs to the day on which it begins
    """

    id: str = id_field()
    campaign_id: str = Field(foreign_key="campaign.id", index=True)
    weekday: int = Field(ge=0, le=6)
    from_min: int = Field(ge=0, lt=1440)
    until_min: int = Field(gt=0, le=2880)


class TargetKind(StrEnum):
    SCREEN = "screen"
    BANK = "bank"
    VENUE = "venue"
    VENUE_TYPE = "venue_type"
    TAG = "tag"
    ALL = "all"


class Target(SQLModel, table=True):
    """A place where a campaign plays: every screen that any of its targets names.

    `value` is an id, a tag, an OpenOOH id, or for a bank `<venue's id>/<bank>`.
    """

    id: str = id_field()
    campaign_id: str = Field(foreign_key="campaign.id", index=True)
    kind: TargetKind = word_field(TargetKind)
    value: str = Field(default="", max_length=80)


class Exclusion(SQLModel, table=True):
    """A place where a campaign must not play, even if a target names it; the columns are those of a target."""

    id: str = id_field()
    campaign_id: str = Field(foreign_key="campaign.id", index=True)
    kind: TargetKind = word_field(TargetKind)
    value: str = Field(default="", max_length=80)


class HouseContent(SQLModel, table=True):
    """A creative that plays when nothing else does: everywhere, or (with a venue) in that venue before the network's
    own.

    From `first_on` to `last_on`, both included, in each venue's dates; None: no limit.
    """

    __tablename__ = "house_content"
    __table_args__ = (UniqueConstraint("creative_id", "venue_id"),)

    id: str = id_field()
    creative_id: str = Field(foreign_key="creative.id", index=True)
    venue_id: str | None = Field(default=None, foreign_key="venue.id", index=True)
    position: int = 0
    first_on: date | None = None
    last_on: date | None = None


class NoticeRun(SQLModel, table=True):
    """A venue's own notice between two instants: in the share reserved for notices, or once in every minute."""

    __tablename__ = "notice_run"

    id: str = id_field()
    creative_id: str = Field(foreign_key="creative.id", index=True)
    venue_id: str = Field(foreign_key="venue.id", index=True)
    from_at: datetime = instant_field()
    until_at: datetime | None = instant_field(default=None, nullable=True)
    every_minute: bool = False


class CampaignHold(SQLModel, table=True):
    """Capacity reserved for a draft until `until_at`; it lapses by itself."""

    __tablename__ = "campaign_hold"

    id: str = id_field()
    campaign_id: str = Field(foreign_key="campaign.id", unique=True)
    until_at: datetime = instant_field(index=True)
    placed_by: str | None = Field(default=None, max_length=26)
    placed_at: datetime = instant_field()
