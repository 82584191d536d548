"""The report: booked, planned and played; claims and redemptions; both as pages and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, render_template, stream_with_context
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlmodel import Session

from server.accounts.rights import NoRight, Right, held_to, may
from server.campaigns.lists import listed_campaigns
from server.coupons.lists import all_merchants
from server.coupons.report import OfferReport, offer_reports
from server.db import utc_now
from server.plays.outlook import OutlookRow, forecast_rows
from server.plays.report import csv_lines, delivery, totals, totals_by
from server.screens.lists import listed_screens
from server.web.auth import current_who
from server.web.console.room import bp
from server.web.context import reading
from server.web.forms import asked
from server.web.language import say as _
from server.years import Day

ROWS_MOST = 500


class ReportAsk(BaseModel):
    """Days are local: of each screen's venue for plays, UTC's for claims of several merchants."""

    model_config = ConfigDict(frozen=True)

    from_on: Day = Field(default_factory=lambda: utc_now().date() - timedelta(days=6))
    until_on: Day = Field(default_factory=lambda: latest_today(utc_now()))
    campaign: str | None = None
    screen: str | None = None

    @model_validator(mode="after")
    def _in_order_and_within_a_year(self) -> ReportAsk:
        if not timedelta(0) <= self.until_on - self.from_on <= timedelta(days=366):
            raise ValueError(_("Choose a first and a last day, in order and at most a year apart."))
        return self

    def held(self) -> dict[str, Any]:
        """The filters of a delivery report, held to the advertiser of whoever asks."""
        return {
            "from_on": self.from_on,
            "until_on": self.until_on,
            "campaign_id": self.campaign,
            "screen_id": self.screen,
            "advertiser_id": held_to(current_who(), "advertiser_id"),
        }

    def span(self, zone: str = "UTC") -> dict[str, datetime]:
        tz = ZoneInfo(zone)
        until = datetime.combine(self.until_on + timedelta(days=1), time(), tz)
        return {"from_at": datetime.combine(self.from_on, time(), tz), "until_at": until}


def latest_today(now: datetime) -> date:
    """Today where it begins first: no venue's day is left out."""
    return now.astimezone(timezone(timedelta(hours=14))).date()


@bp.get("/report")
def report() -> ResponseReturnValue:
    """Each sees the halves that the role allows: delivery, claims, or both."""
    who, ask = current_who(), asked(ReportAsk)
    shown: dict[str, Any] = {}
    if may(who, Right.SEE_DELIVERY):
        shown |= delivery_shown(ask)
    if may(who, Right.SEE_OFFERS):
        shown |= {"offers": claims_of(ask)}
    if not shown:
        raise NoRight
    return render_template("console/report.html", ask=ask, most=ROWS_MOST, **shown)


def delivery_shown(ask: ReportAsk) -> dict[str, Any]:
    with reading() as db:
        rows = delivery(db, **ask.held())
        campaigns = [campaign for campaign, _of in listed_campaigns(db, advertiser_id=ask.held()["advertiser_id"])]
        screens = listed_screens(db, now=utc_now())
        outlooks = [row for row in outlook_rows(db, ask.held()) if row.campaign.ends_on >= ask.from_on]
    by_campaign = totals_by(rows, lambda row: (row.campaign_id, row.campaign))
    return {
        "rows": rows,
        "all": totals(rows),
        "by_campaign": by_campaign,
        "campaigns": campaigns,
        "screens": screens,
        "outlooks": outlooks,
    }


def outlook_rows(db: Session, held: dict[str, Any]) -> list[OutlookRow]:
    return forecast_rows(db, advertiser_id=held["advertiser_id"], campaign_id=held["campaign_id"])


def claims_of(ask: ReportAsk) -> list[OfferReport]:
    """By the clock of the merchant, if it is one merchant's report."""
    own = held_to(current_who(), "merchant_id")
    with reading() as db:
        zones = {one.id: one.zone for one in all_merchants(db)}
        return offer_reports(db, merchant_id=own, **ask.span(zones.get(own or "", "UTC")))


@bp.get("/report/delivery.csv")
def delivery_csv() -> ResponseReturnValue:
    if not may(current_who(), Right.SEE_DELIVERY):
        raise NoRight
    return as_file(delivery_lines(asked(ReportAsk).held()), "liftcast-delivery.csv")


def delivery_lines(held: dict[str, Any]) -> Iterator[str]:
    with reading() as db:
        yield from csv_lines(db, **held)


@bp.get("/report/forecast.csv")
def forecast_csv() -> ResponseReturnValue:
    if not may(current_who(), Right.SEE_DELIVERY):
        raise NoRight
    ask = asked(ReportAsk)
    with reading() as db:
        rows = [row for row in outlook_rows(db, ask.held()) if row.campaign.ends_on >= ask.from_on]
    return as_file(forecast_lines(rows), "liftcast-forecast.csv")


def forecast_lines(rows: list[OutlookRow]) -> Iterator[str]:
    yield csv_line(
        *(
            "campaign",
            "campaign_id",
            "state",
            "starts_on",
            "ends_on",
            "unit",
            "booked",
            "expected",
            "played",
            "awaited",
        ),
        *("behind", "planned", "forecast", "share", "counted_at"),
    )
    for campaign, one, counted_at in rows:
        days = (campaign.starts_on.isoformat(), campaign.ends_on.isoformat())
        far = (one.booked, one.expected, one.played, one.awaited, one.behind, one.planned, one.at_end)
        share = f"{float(one.share):.4f}" if one.booked else ""
        yield csv_line(
            campaign.name, campaign.id, campaign.state.value, *days, one.unit, *far, share, counted_at.isoformat()
        )


@bp.get("/report/claims.csv")
def claims_csv() -> ResponseReturnValue:
    if not may(current_who(), Right.SEE_OFFERS):
        raise NoRight
    return as_file(claim_lines(claims_of(asked(ReportAsk))), "liftcast-claims.csv")


def claim_lines(reports: list[OfferReport]) -> Iterator[str]:
    yield csv_line("offer", "offer_id", "claims", "with_presence", "redeemed_live", "redeemed_static", "reversed")
    for one in reports:
        present = one.claims - one.by_presence["none"]
        redeemed = (one.by_how["live"], one.by_how["static"])
        yield csv_line(one.offer.title, one.offer.id, one.claims, present, *redeemed, one.reversals)


def csv_line(*cells: object) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([plain(cell) for cell in cells])
    return line.getvalue()


def plain(cell: object) -> object:
    """A name that a spreadsheet would run as a formula is told to be text."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def as_file(lines: Iterator[str], name: str) -> Response:
    """Line by line; the mark at its head tells spreadsheets that it is UTF-8."""

    def marked() -> Iterator[str]:
        yield "\ufeff"
        yield from lines

    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(stream_with_context(marked()), mimetype="text/csv", headers=headers)
