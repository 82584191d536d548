"""Proof of play, and the daily counts that reports read."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.db import id_field, instant_field, word_field


class Uncounted(StrEnum):
    """Why a reported play does not count. Some are stored all the same (`STORED`), the others are refused."""

    NOT_PLANNED = "not_planned"  # no timeline of the screen had this item at this instant
    OFF_TIME = "off_time"  # it began long before or after its planned instant
    OVERLAP = "overlap"  # another play of this screen counts for this time
    NOT_SERVED = "not_served"  # the box did not serve the screen then
    UNKNOWN_ITEM = "unknown_item"
    TOO_OLD = "too_old"
    MALFORMED = "malformed"
    TOO_MANY = "too_many"  # the box sent so many that they are not stored any more


STORED = (Uncounted.NOT_PLANNED, Uncounted.OFF_TIME, Uncounted.OVERLAP)

# The columns that accepted plays add to, with the meanings given in DeliveredDay.
DELIVERED_SUMS = ("plays", "impressions_milli", "shown_ms", "failed", "measured", "phones")


class PlayRow(SQLModel, table=True):
    """One showing that a box reported. `counts_for` is unique: it marks the one *played* spot of (screen, starts_ms).

    planned_end_ms: end of the planned spot, None if none was planned · uncounted: why a stored play does not count
    phones: phones present, the mean of `phones_samples` counts; without any, not measured
    """

    __tablename__ = "play"

    id: str = Field(primary_key=True, max_length=26)
    kind: str = Field(max_length=10)
    screen_id: str = Field(max_length=26, index=True)
    player_id: str = Field(max_length=26)
    item: str = Field(max_length=64)
    campaign_id: str | None = Field(default=None, max_length=26, index=True)
    version: int
    starts_ms: int = Field(sa_type=BigInteger)
    began_ms: int = Field(sa_type=BigInteger, index=True)
    ended_ms: int = Field(sa_type=BigInteger)
    result: str = Field(max_length=12)
    why: str = Field(default="", max_length=200)
    phones: int = 0
    phones_samples: int = 0
    on: date = Field(index=True)
    counts_for: str | None = Field(default=None, unique=True, max_length=60)
    accepted_at: datetime = instant_field()
    planned_end_ms: int | None = Field(default=None, sa_type=BigInteger)
    uncounted: Uncounted | None = word_field(Uncounted, default=None, nullable=True)


class DeliveredDay(SQLModel, table=True):
    """Counted plays of an item on a screen and local day, updated in the transaction that writes the plays.

    impressions_milli: thousandths of impressions, by the screen's multiplier at the time of acceptance
    measured: plays during which phones were counted · phones: the sum of the phones present in these
    """

    __tablename__ = "delivered_day"
    __table_args__ = (UniqueConstraint("screen_id", "on", "campaign_id", "item"),)

    id: str = id_field()
    screen_id: str = Field(max_length=26, index=True)
    on: date = Field(index=True)
    campaign_id: str = Field(default="", max_length=26, index=True)
    item: str = Field(max_length=64)
    plays: int = 0
    impressions_milli: int = Field(default=0, sa_type=BigInteger)
    shown_ms: int = Field(default=0, sa_type=BigInteger)
    failed: int = 0
    measured: int = 0
    phones: int = Field(default=0, sa_type=BigInteger)


class PhonesHour(SQLModel, table=True):
    """Phones present during the counted plays of a campaign on a screen, in one hour of a local day.

    Only of plays during which phones were counted, of which there are `plays`. phones: their sum over these plays
    """

    __tablename__ = "phones_hour"
    __table_args__ = (UniqueConstraint("screen_id", "on", "hour", "campaign_id"),)

    id: str = id_field()
    screen_id: str = Field(max_length=26)
    on: date = Field(index=True)
    hour: int
    campaign_id: str = Field(default="", max_length=26, index=True)
    plays: int = 0
    phones: int = Field(default=0, sa_type=BigInteger)


class UncountedPlays(SQLModel, table=True):
    """How many plays a box reported that do not count, by screen, local day, campaign and reason.

    Refused plays are recorded under the box's screen and day at the time of the report, without a campaign.
    """

    __tablename__ = "uncounted_plays"
    __table_args__ = (UniqueConstraint("player_id", "screen_id", "on", "campaign_id", "reason"),)

    id: str = id_field()
    player_id: str = Field(max_length=26)
    screen_id: str = Field(default="", max_length=26)
    on: date = Field(index=True)
    campaign_id: str = Field(default="", max_length=26)
    reason: Uncounted = word_field(Uncounted)
    plays: int = Field(default=0, sa_type=BigInteger)
    first_at: datetime = instant_field()
    last_at: datetime = instant_field(index=True)


class SettledZone(SQLModel, table=True):
    """The last day by a zone's clock whose counts are summed up (`plays/settle.py`), as all days before it are."""

    __tablename__ = "settled_zone"

    id: str = Field(primary_key=True, max_length=64)
    until_on: date


class CampaignSum(SQLModel, table=True):
    """Planned and played spots of a campaign's creative on a settled day, over all screens of a zone.

    campaign_id: empty for notices and house content · the sums: as in PlannedDay and DeliveredDay
    """

    __tablename__ = "campaign_sum"
    __table_args__ = (UniqueConstraint("campaign_id", "creative_id", "zone", "on"),)

    id: str = id_field()
    campaign_id: str = Field(max_length=26)
    creative_id: str = Field(max_length=64)
    zone: str = Field(max_length=64)
    on: date = Field(index=True)
    booked: int = Field(default=0, sa_type=BigInteger)
    planned: int = Field(default=0, sa_type=BigInteger)
    plays: int = Field(default=0, sa_type=BigInteger)
    impressions_milli: int = Field(default=0, sa_type=BigInteger)
    shown_ms: int = Field(default=0, sa_type=BigInteger)
    failed: int = Field(default=0, sa_type=BigInteger)
    measured: int = Field(default=0, sa_type=BigInteger)
    phones: int = Field(default=0, sa_type=BigInteger)


class ScreenSum(SQLModel, table=True):
    """Planned and played spots of a screen on a settled day, over all campaigns; stored while up-times use them."""

    __tablename__ = "screen_sum"
    __table_args__ = (UniqueConstraint("screen_id", "on"),)

    id: str = id_field()
    screen_id: str = Field(max_length=26)
    on: date = Field(index=True)
    planned: int = 0
    plays: int = 0


class LateCount(SQLModel, table=True):
    """Plays that arrived after their day was over, until they are added to the day's sums."""

    __tablename__ = "late_count"

    id: str = id_field()
    zone: str = Field(max_length=64)
    on: date = Field(index=True)
    screen_id: str = Field(max_length=26)
    campaign_id: str = Field(max_length=26)
    creative_id: str = Field(max_length=64)
    plays: int
    impressions_milli: int = Field(sa_type=BigInteger)
    shown_ms: int = Field(sa_type=BigInteger)
    failed: int
    measured: int
    phones: int = Field(sa_type=BigInteger)


class CampaignForecast(SQLModel, table=True):
    """The forecast of a running campaign, by its id, from the last allotment of the network.

    All in plays or impressions (`unit`). Of days that are over: `expected` by its pace, `played`, and `awaited` from
    boxes that are offline. Then `planned` for the planned days, and `at_end`, the forecast for the end of the flight.
    """

    __tablename__ = "campaign_forecast"

    id: str = Field(primary_key=True, foreign_key="campaign.id", max_length=26)
    counted_at: datetime = instant_field()
    unit: str = Field(default="plays", max_length=12)
    booked: int = Field(sa_type=BigInteger)
    expected: int = Field(sa_type=BigInteger)
    played: int = Field(sa_type=BigInteger)
    awaited: int = Field(default=0, sa_type=BigInteger)
    planned: int = Field(sa_type=BigInteger)
    at_end: int = Field(sa_type=BigInteger)
