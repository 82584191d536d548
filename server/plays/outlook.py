"""Forecasts as rows: made whenever the network is allotted, read by pages, reports and the API."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import NamedTuple, Protocol

from sqlmodel import Session, col, delete, insert, select

from server.allotment.bookings import BookedCampaign, booked_campaigns
from server.allotment.stored import in_parts
from server.campaigns.checks import latest_date
from server.campaigns.models import Campaign, CampaignState
from server.planner.model.days import ALWAYS, WeeklySpan
from server.plays.forecast import Course, DayMet, Forecast, forecast
from server.plays.models import CampaignForecast
from server.plays.played import LATE_FOR, Tally, todays

SEEN = (CampaignState.BOOKED, CampaignState.PAUSED, CampaignState.ENDED)


class OutlookRow(NamedTuple):
    """A campaign with its forecast, and when that was made."""

    campaign: Campaign
    forecast: Forecast
    counted_at: datetime


class Given(Protocol):
    """What a day wants for a booking, and gives it: of timelines/network.py, which the web cannot carry."""

    @property
    def booking(self) -> str: ...

    @property
    def wanted(self) -> int: ...

    @property
    def given(self) -> int: ...


Window = Sequence[tuple[date, Sequence[Given]]]


def forecasts_of_window(
    db: Session, window: Window, sums: Mapping[str, Tally], *, now: datetime
) -> dict[str, Forecast]:
    """Of every campaign that runs, or ended so lately that plays may still come.

    window: what was just allotted · sums: what that started from
    """
    met: dict[str, dict[date, DayMet]] = defaultdict(dict)
    for on, orders in window:
        for one in orders:
            met[one.booking][on] = DayMet(one.wanted, one.given)
    days = [on for on, _ in window]
    today = min((today for _zone, today in todays(db, now)), default=now.date())
    return {
        one.campaign.id: forecast(_course(one, sums.get(one.campaign.id, Tally()), met, days, today))
        for one in booked_campaigns(db, since=(now - LATE_FOR).date(), states=SEEN)
    }


def _course(
    one: BookedCampaign, tally: Tally, met: Mapping[str, Mapping[date, DayMet]], days: Sequence[date], today: date
) -> Course:
    campaign = one.campaign
    impressions = campaign.goal_kind == "impressions"
    window = met.get(campaign.id, {})
    meant = any(campaign.starts_on <= on <= campaign.ends_on for on in days)
    booked_on = campaign.booked_at.date() if campaign.booked_at else campaign.starts_on
    return Course(
        goal_kind=campaign.goal_kind.value,
        goal=Fraction(str(campaign.goal)),
        pace=campaign.pace.value,
        dayparts=tuple(WeeklySpan(part.weekday, part.from_min, part.until_min) for part in one.dayparts) or ALWAYS,
        since=min(max(campaign.starts_on, booked_on), campaign.ends_on),
        ends_on=campaign.ends_on,
        today=today,
        played=tally.impressions if impressions else tally.played,
        awaited=tally.awaited_impressions if impressions else tally.awaited,
        due=tally.booked,
        kept=tally.kept,
        window=window,
        runs=campaign.state == CampaignState.BOOKED and (bool(window) or not meant),
    )


def keep_forecasts(db: Session, forecasts: Mapping[str, Forecast], *, now: datetime) -> None:
    """In place of those before. A campaign that ended long ago keeps its last one."""
    for part in in_parts(sorted(forecasts)):
        db.exec(delete(CampaignForecast).where(col(CampaignForecast.id).in_(part)))
        rows = [{"id": id_, "counted_at": now} | _columns(forecasts[id_]) for id_ in part]
        db.connection().execute(insert(CampaignForecast), rows)


def _columns(one: Forecast) -> dict[str, int | str]:
    counts = {"expected": one.expected, "played": one.played, "awaited": one.awaited, "planned": one.planned}
    return {"unit": one.unit, "booked": one.booked, "at_end": one.at_end, **counts}


def forecasts_by_campaign(db: Session, campaign_ids: Iterable[str] | None = None) -> dict[str, Forecast]:
    """As the network was allotted last; of these campaigns, or of all."""
    rows = select(CampaignForecast)
    if campaign_ids is not None:
        rows = rows.where(col(CampaignForecast.id).in_(list(campaign_ids)))
    return {row.id: _forecast(row) for row in db.exec(rows)}


def forecast_rows(
    db: Session, *, advertiser_id: str | None = None, campaign_id: str | None = None, running: bool = False
) -> list[OutlookRow]:
    """By the names of the campaigns; of one advertiser, of one campaign, of all that run."""
    both = select(Campaign, CampaignForecast).join(CampaignForecast, col(CampaignForecast.id) == col(Campaign.id))
    if advertiser_id is not None:
        both = both.where(Campaign.advertiser_id == advertiser_id)
    if campaign_id is not None:
        both = both.where(Campaign.id == campaign_id)
    if running:
        both = both.where(col(Campaign.state) == CampaignState.BOOKED)
    found = db.exec(both.order_by(col(Campaign.name), col(Campaign.id))).all()
    return [OutlookRow(campaign, _forecast(row), row.counted_at) for campaign, row in found]


def lagging(db: Session, *, advertiser_id: str | None = None, now: datetime) -> list[tuple[Campaign, Forecast]]:
    """Campaigns whose flight has begun and that are behind, or will end short; the worst first."""
    rows = forecast_rows(db, advertiser_id=advertiser_id, running=True)
    behind = [(campaign, one) for campaign, one, _ in rows if one.lags and campaign.starts_on <= latest_date(now)]
    return sorted(behind, key=lambda pair: (pair[1].share, -pair[1].behind))


def _forecast(row: CampaignForecast) -> Forecast:
    return Forecast(row.unit, row.booked, row.expected, row.played, row.awaited, row.planned, row.at_end)
