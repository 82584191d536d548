"""Stored forecasts: written whenever the network is allotted, read by pages, reports and the API."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import NamedTuple, Protocol

from sqlmodel import Session, col, delete, insert, select

from server.allotment.bookings import BookedCampaign, booked_campaigns
from server.allotment.stored import in_batches
from server.campaigns.checks import latest_date
from server.campaigns.models import Campaign, CampaignState
from server.planner.model.days import ALWAYS, WeeklySpan
from server.plays.forecast import Course, DayFulfilment, Forecast, forecast
from server.plays.models import CampaignForecast
from server.plays.played import LATE_FOR, Tally, todays

SEEN = (CampaignState.BOOKED, CampaignState.PAUSED, CampaignState.ENDED)


class OutlookRow(NamedTuple):
    """A campaign with its forecast, and the time at which the forecast was made."""

    campaign: Campaign
    forecast: Forecast
    counted_at: datetime


class OrderFulfilment(Protocol):
    """`Fulfilment` of allotment/fulfilment.py, which the web may not import: that module loads the compiled planner."""

    @property
    def booking(self) -> str: ...

    @property
    def wanted(self) -> int: ...

    @property
    def given(self) -> int: ...


Window = Sequence[tuple[date, Sequence[OrderFulfilment]]]


def forecasts_of_window(
    db: Session, window: Window, sums: Mapping[str, Tally], *, now: datetime
) -> dict[str, Forecast]:
    """The forecast of every campaign that runs, or ended so recently that plays may still arrive.

    window: the days that were just allotted · sums: the plays from which they were allotted
    """
    by_campaign: dict[str, dict[date, DayFulfilment]] = defaultdict(dict)
    for on, orders in window:
        for order in orders:
            by_campaign[order.booking][on] = DayFulfilment(order.wanted, order.given)
    days = [on for on, _ in window]
    today = min((today for _zone, today in todays(db, now)), default=now.date())
    return {
        booked.campaign.id: forecast(
            _course(booked, sums.get(booked.campaign.id, Tally()), by_campaign[booked.campaign.id], days, today)
        )
        for booked in booked_campaigns(db, since=(now - LATE_FOR).date(), states=SEEN)
    }


def _course(
    booked: BookedCampaign,
    tally: Tally,
    window: Mapping[date, DayFulfilment],
    days: Sequence[date],
    today: date,
) -> Course:
    campaign = booked.campaign
    impressions = campaign.goal_kind == "impressions"
    in_window = any(campaign.starts_on <= on <= campaign.ends_on for on in days)
    booked_on = campaign.booked_at.date() if campaign.booked_at else campaign.starts_on
    return Course(
        goal_kind=campaign.goal_kind.value,
        goal=Fraction(str(campaign.goal)),
        pace=campaign.pace.value,
        dayparts=tuple(WeeklySpan(part.weekday, part.from_min, part.until_min) for part in booked.dayparts) or ALWAYS,
        since=min(max(campaign.starts_on, booked_on), campaign.ends_on),
        ends_on=campaign.ends_on,
        today=today,
        played=tally.impressions if impressions else tally.played,
        awaited=tally.awaited_impressions if impressions else tally.awaited,
        due=tally.booked,
        played_part=tally.played_part,
        window=window,
        runs=campaign.state == CampaignState.BOOKED and (bool(window) or not in_window),
    )


def store_forecasts(db: Session, forecasts: Mapping[str, Forecast], *, now: datetime) -> None:
    """Replace the forecasts of these campaigns. A campaign that ended long ago keeps its last one."""
    for batch in in_batches(sorted(forecasts)):
        db.exec(delete(CampaignForecast).where(col(CampaignForecast.id).in_(batch)))
        rows = [{"id": id_, "counted_at": now} | _columns(forecasts[id_]) for id_ in batch]
        db.connection().execute(insert(CampaignForecast), rows)


def _columns(forecast: Forecast) -> dict[str, int | str]:
    return {
        "unit": forecast.unit,
        "booked": forecast.booked,
        "expected": forecast.expected,
        "played": forecast.played,
        "awaited": forecast.awaited,
        "planned": forecast.planned,
        "at_end": forecast.at_end,
    }


def forecasts_by_campaign(db: Session, campaign_ids: Iterable[str] | None = None) -> dict[str, Forecast]:
    """Forecasts of the last allotment; of these campaigns, or of all."""
    rows = select(CampaignForecast)
    if campaign_ids is not None:
        rows = rows.where(col(CampaignForecast.id).in_(list(campaign_ids)))
    return {row.id: _forecast(row) for row in db.exec(rows)}


def forecast_rows(
    db: Session, *, advertiser_id: str | None = None, campaign_id: str | None = None, running: bool = False
) -> list[OutlookRow]:
    """Ordered by the names of the campaigns; restricted to one advertiser, to one campaign, or to those that run."""
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
    behind = [
        (row.campaign, row.forecast) for row in rows if row.forecast.lags and row.campaign.starts_on <= latest_date(now)
    ]
    return sorted(behind, key=lambda pair: (pair[1].share, -pair[1].behind))


def _forecast(row: CampaignForecast) -> Forecast:
    return Forecast(row.unit, row.booked, row.expected, row.played, row.awaited, row.planned, row.at_end)
