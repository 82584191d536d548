"""The report: booked, planned and played; claims and redemptions; both as pages and as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from flask import Response, render_template, stream_with_context
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlmodel import Session

from server.accounts.rights import NoRight, Right, may, restricted_to
from server.context import reading
from server.coupons.lists import all_merchants
from server.coupons.report import OfferReport, offer_reports
from server.csv_export import csv_line
from server.db import utc_now
from server.plays.export import play_lines
from server.plays.games import game_csv_lines, games_report
from server.plays.outlook import OutlookRow, forecast_rows
from server.plays.overview import creative_csv_lines, creative_delivery, delivery_totals, first_rows
from server.plays.phones import phone_csv_lines, phones_report
from server.plays.played import todays
from server.plays.report import (
    Counts,
    DeliveryFilter,
    campaign_names,
    csv_lines,
)
from server.plays.uncounted import LISTED_MOST, list_uncounted
from server.screens.lists import places_of_screens
from server.screens.models import Screen
from server.screens.venues import screen_of_code
from server.web.console.blueprint import bp
from server.web.forms import read_query
from server.web.identity.auth import current_who, requires
from server.web.words.language import say as _
from server.years import Day
from server.zones import zone_or_utc

ROWS_MOST = 500
SCREENS_MOST = 500  # in a list to choose from; of more, the screen's code is typed


class ReportQuery(BaseModel):
    """Days are local: of each screen's venue for plays, of each offer's merchant for claims and redemptions."""

    model_config = ConfigDict(frozen=True)

    from_on: Day = Field(default_factory=lambda: utc_now().date() - timedelta(days=6))
    until_on: Day = Field(default_factory=lambda: latest_today(utc_now()))
    campaign: str | None = None
    screen: str | None = None

    @model_validator(mode="after")
    def _in_order_and_within_a_year(self) -> ReportQuery:
        if not timedelta(0) <= self.until_on - self.from_on <= timedelta(days=366):
            raise ValueError(_("Choose a first and a last day, in order and at most a year apart."))
        return self

    def delivery_filter(self) -> DeliveryFilter:
        """Limited to the advertiser of the signed-in person or key, if it belongs to one."""
        own = restricted_to(current_who(), "advertiser_id")
        return DeliveryFilter(
            self.from_on, self.until_on, campaign_id=self.campaign, screen_id=self._screen_id(), advertiser_id=own
        )

    def _screen_id(self) -> str | None:
        """`screen` is an id, or a code that somebody typed. Raises NoScreen."""
        if not self.screen:
            return None
        with reading() as db:
            return (db.get(Screen, self.screen) or screen_of_code(db, self.screen)).id


def latest_today(now: datetime) -> date:
    """Today's date where it is latest among the venues and merchants: no day that has begun is left out."""
    with reading() as db:
        venues = [on for _zone, on in todays(db, now)]
        merchants = [now.astimezone(zone_or_utc(merchant.zone)).date() for merchant in all_merchants(db)]
    return max([*venues, *merchants], default=now.date())


@bp.get("/report")
def report() -> ResponseReturnValue:
    """Each role sees the halves that it may: delivery, claims, or both."""
    who, query = current_who(), read_query(ReportQuery)
    shown: dict[str, Any] = {}
    if may(who, Right.SEE_DELIVERY):
        shown |= delivery_sections(query)
    if may(who, Right.SEE_OFFERS):
        shown |= {"offers": claims_of(query)}
    if not shown:
        raise NoRight
    return render_template(
        "console/report.html", query=query, most=ROWS_MOST, latest_day=latest_today(utc_now()), **shown
    )


def delivery_sections(query: ReportQuery) -> dict[str, Any]:
    filter_, now = query.delivery_filter(), utc_now()
    with reading(at_one_moment=True) as db:
        totals = delivery_totals(db, filter_, now=now)
        rows = first_rows(db, filter_, most=ROWS_MOST + 1, now=now)
        campaigns = campaign_names(db, filter_)
        screens = places_of_screens(db, most=SCREENS_MOST)
        outlooks = outlooks_since(db, filter_)
        by_creative = creative_delivery(db, filter_, now=now)
        phones = phones_report(db, filter_, now=now)
        games = games_report(db, filter_, now=now)
    return {
        "rows": rows,
        "all": totals.all,
        "by_campaign": totals.by_campaign,
        "by_creative": by_creative,
        "phones": phones,
        "games": games,
        "by_day": [{"on": on.isoformat(), **asdict(of)} for on, of in every_day(totals.by_day, filter_).items()],
        "campaigns": sorted((name, id_) for id_, name in campaigns.items() if id_),
        "screens": screens,
        "outlooks": outlooks,
    }


def every_day(by_day: Mapping[date, Counts], filter_: DeliveryFilter) -> dict[date, Counts]:
    """Every day up to the last that has counts; a day without any counts nothing."""
    last = max(by_day, default=filter_.from_on - timedelta(days=1))
    days = (day.from_on for day in filter_.single_days())
    return {on: by_day.get(on, Counts()) for on in days if on <= last}


def outlooks_since(db: Session, filter_: DeliveryFilter) -> list[OutlookRow]:
    """Forecasts of the campaigns whose flight reaches into these days or beyond."""
    rows = forecast_rows(db, advertiser_id=filter_.advertiser_id, campaign_id=filter_.campaign_id)
    return [row for row in rows if row.campaign.ends_on >= filter_.from_on]


def claims_of(query: ReportQuery) -> list[OfferReport]:
    own = restricted_to(current_who(), "merchant_id")
    with reading() as db:
        return offer_reports(db, merchant_id=own, from_on=query.from_on, until_on=query.until_on)


@bp.get("/report/uncounted")
@requires(Right.SEE_SCREENS)
def uncounted_plays() -> ResponseReturnValue:
    """Plays that boxes reported and that do not count: where, how many, why, since when, and what to do."""
    with reading() as db:
        rows = list_uncounted(db, now=utc_now(), most=LISTED_MOST)
    return render_template("console/uncounted.html", rows=rows, listed_most=LISTED_MOST)


@bp.get("/report/delivery.csv")
@requires(Right.SEE_DELIVERY)
def delivery_csv() -> ResponseReturnValue:
    return as_file(delivery_lines(read_query(ReportQuery).delivery_filter(), utc_now()), "liftcast-delivery.csv")


def delivery_lines(filter_: DeliveryFilter, now: datetime) -> Iterator[str]:
    with reading() as db:
        yield from csv_lines(db, filter_, now=now)


@bp.get("/report/creatives.csv")
@requires(Right.SEE_DELIVERY)
def creatives_csv() -> ResponseReturnValue:
    filter_ = read_query(ReportQuery).delivery_filter()
    with reading(at_one_moment=True) as db:
        rows = creative_delivery(db, filter_, now=utc_now())
    return as_file(creative_csv_lines(rows), "liftcast-creatives.csv")


@bp.get("/report/phones.csv")
@requires(Right.SEE_DELIVERY)
def phones_csv() -> ResponseReturnValue:
    """Plays times phones present, by day, hour, campaign and screen; without plays that were not measured."""
    return as_file(phone_lines(read_query(ReportQuery).delivery_filter(), utc_now()), "liftcast-phones.csv")


def phone_lines(filter_: DeliveryFilter, now: datetime) -> Iterator[str]:
    with reading() as db:
        yield from phone_csv_lines(db, filter_, now=now)


@bp.get("/report/games.csv")
@requires(Right.SEE_DELIVERY)
def games_csv() -> ResponseReturnValue:
    """Phones that joined, played and finished, and prizes, by day, campaign, game and screen."""
    return as_file(game_lines(read_query(ReportQuery).delivery_filter(), utc_now()), "liftcast-games.csv")


def game_lines(filter_: DeliveryFilter, now: datetime) -> Iterator[str]:
    with reading() as db:
        yield from game_csv_lines(db, filter_, now=now)


@bp.get("/report/plays.csv")
@requires(Right.SEE_DELIVERY)
def plays_csv() -> ResponseReturnValue:
    """Every single play: for house content and notices too, unless an advertiser reads it."""
    return as_file(play_lines(reading, read_query(ReportQuery).delivery_filter()), "liftcast-plays.csv")


@bp.get("/report/forecast.csv")
@requires(Right.SEE_DELIVERY)
def forecast_csv() -> ResponseReturnValue:
    filter_ = read_query(ReportQuery).delivery_filter()
    with reading() as db:
        rows = outlooks_since(db, filter_)
    return as_file(forecast_lines(rows), "liftcast-forecast.csv")


def forecast_lines(rows: list[OutlookRow]) -> Iterator[str]:
    yield csv_line(
        *("campaign", "campaign_id", "state", "starts_on", "ends_on", "unit", "booked", "expected", "played"),
        *("awaited", "behind", "planned", "forecast", "share", "counted_at"),
    )
    for campaign, outlook, counted_at in rows:
        days = (campaign.starts_on.isoformat(), campaign.ends_on.isoformat())
        so_far = (outlook.booked, outlook.expected, outlook.played, outlook.awaited, outlook.behind)
        share = f"{float(outlook.share):.4f}" if outlook.booked else ""
        yield csv_line(
            *(campaign.name, campaign.id, campaign.state.value, *days, outlook.unit),
            *(*so_far, outlook.planned, outlook.at_end, share, counted_at.isoformat()),
        )


@bp.get("/report/claims.csv")
@requires(Right.SEE_OFFERS)
def claims_csv() -> ResponseReturnValue:
    return as_file(claim_lines(claims_of(read_query(ReportQuery))), "liftcast-claims.csv")


def claim_lines(reports: list[OfferReport]) -> Iterator[str]:
    yield csv_line("offer", "offer_id", "claims", "with_presence", "redeemed_live", "redeemed_static", "reversed")
    for report in reports:
        present = report.claims - report.by_presence["none"]
        redeemed = (report.by_how["live"], report.by_how["static"])
        yield csv_line(report.offer.title, report.offer.id, report.claims, present, *redeemed, report.reversals)


def as_file(lines: Iterator[str], name: str) -> Response:
    """Streamed line by line. The byte order mark at the start makes spreadsheets read it as UTF-8."""

    def with_mark() -> Iterator[str]:
        yield "\ufeff"
        yield from lines

    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(stream_with_context(with_mark()), mimetype="text/csv", headers=headers)
