"""Reports: delivery, and claims."""

from __future__ import annotations

from datetime import date, datetime

from flask import Response, stream_with_context
from flask.typing import ResponseReturnValue

from server.accounts.rights import Right, restricted_to
from server.campaigns.models import Campaign
from server.context import reading
from server.coupons.report import offer_reports
from server.db import utc_now
from server.plays.export import play_lines
from server.plays.forecast import Forecast
from server.plays.games import game_rows
from server.plays.models import Uncounted
from server.plays.outlook import forecast_rows
from server.plays.overview import creative_delivery
from server.plays.phones import phone_rows
from server.plays.report import DeliveryFilter, delivery
from server.plays.uncounted import UncountedRow, list_uncounted
from server.web.identity.auth import current_who, requires
from server.web.operator_api.blueprint import Body, Out, bp, many, read_query
from server.years import Day


class DeliveryQuery(Body):
    """Local days of each screen's venue, both included; days that have not begun there are left out."""

    from_on: Day
    until_on: Day
    campaign_id: str | None = None
    screen_id: str | None = None

    def filter(self) -> DeliveryFilter:
        """Limited to the advertiser of the signed-in person or key, if it belongs to one."""
        return DeliveryFilter(**self.model_dump(), advertiser_id=restricted_to(current_who(), "advertiser_id"))


class ClaimsQuery(Body):
    """Days by the clock of each offer's merchant, both included."""

    from_on: Day
    until_on: Day


class CountsOut(Out):
    """`uncounted` plays were reported and are in no other number; those of a creative are not counted apart."""

    booked: int
    planned: int
    played: int
    failed: int
    shown_ms: int
    uncounted: int
    share: float | None


class DeliveryOut(Out):
    """One campaign on one screen on one day; notices and our own have no campaign."""

    campaign_id: str
    campaign: str
    venue_id: str
    venue: str
    screen_id: str
    screen: str
    on: date
    counts: CountsOut


class CreativeDeliveryOut(Out):
    """One creative of one campaign over all days and screens; notices and house content have no campaign."""

    campaign_id: str
    campaign: str
    creative_id: str
    creative: str
    counts: CountsOut


class PhonesOut(Out):
    """Phones present during the plays of one campaign on one screen, in one hour of a local day of its venue.

    A box that is a hotspot counts the phones on its WiFi every five seconds, and a play has the mean of the counts
    while it was on. `phones` is their sum over the `measured` plays; plays that were not measured are in no row.
    """

    on: date
    hour: int
    campaign_id: str
    campaign: str
    venue_id: str
    venue: str
    screen_id: str
    screen: str
    measured: int
    phones: int


class GameCountsOut(Out):
    """`rounds` of the `plays` were joined by a phone, and `joined` counts these phones. A play without any adds 0.

    played, finished: phones that did something, and that did all of it · prizes: coupons that were won
    """

    plays: int
    rounds: int
    joined: int
    played: int
    finished: int
    prizes: int


class GamesOut(Out):
    """One game of one campaign on one screen on one day; only counted plays."""

    on: date
    campaign_id: str
    campaign: str
    creative_id: str
    creative: str
    venue_id: str
    venue: str
    screen_id: str
    screen: str
    counts: GameCountsOut


class UncountedOut(Out):
    """Plays that one box reported in the last 30 days and that do not count, for one reason.

    Without a screen, the box is on none.
    """

    screen_id: str | None
    screen: str
    venue: str
    hardware: str
    reason: Uncounted
    plays: int
    first_at: datetime
    last_at: datetime


class ForecastQuery(Body):
    """Of one campaign, or of all; those whose flight ended before `from_on` are left out."""

    campaign_id: str | None = None
    from_on: Day | None = None


class ForecastOut(Out):
    """Days that are over, and what comes. `behind` is below zero for one that is ahead; `share`: of what is booked."""

    campaign_id: str
    campaign: str
    state: str
    starts_on: date
    ends_on: date
    unit: str
    booked: int
    expected: int
    played: int
    awaited: int
    behind: int
    planned: int
    forecast: int
    share: float | None
    falls_short: bool
    counted_at: datetime


class ClaimsOut(Out):
    offer_id: str
    title: str
    claims: int
    with_presence: int
    redeemed_live: int
    redeemed_static: int
    reversals: int


@bp.get("/reports/delivery")
@requires(Right.SEE_DELIVERY)
def report_delivery() -> ResponseReturnValue:
    """Booked, planned and played, by day, campaign and screen."""
    with reading() as db:
        return many("rows", DeliveryOut, delivery(db, read_query(DeliveryQuery).filter(), now=utc_now()))


@bp.get("/reports/creatives")
@requires(Right.SEE_DELIVERY)
def report_creatives() -> ResponseReturnValue:
    """Booked, planned and played, by campaign and creative."""
    with reading(at_one_moment=True) as db:
        return many(
            "rows", CreativeDeliveryOut, creative_delivery(db, read_query(DeliveryQuery).filter(), now=utc_now())
        )


@bp.get("/reports/phones")
@requires(Right.SEE_DELIVERY)
def report_phones() -> ResponseReturnValue:
    """Plays times phones present, by day, hour, campaign and screen."""
    with reading() as db:
        return many("rows", PhonesOut, phone_rows(db, read_query(DeliveryQuery).filter(), now=utc_now()))


@bp.get("/reports/games")
@requires(Right.SEE_DELIVERY)
def report_games() -> ResponseReturnValue:
    """Phones that joined, played and finished, and prizes, by day, campaign, game and screen."""
    with reading() as db:
        return many("rows", GamesOut, game_rows(db, read_query(DeliveryQuery).filter(), now=utc_now()))


@bp.get("/reports/plays.csv")
@requires(Right.SEE_DELIVERY)
def report_plays() -> ResponseReturnValue:
    """Every single play as CSV: where, what, begin and end in UTC and local time, and the result."""
    lines = play_lines(reading, read_query(DeliveryQuery).filter())
    return Response(stream_with_context(lines), mimetype="text/csv")


@bp.get("/reports/uncounted")
@requires(Right.SEE_SCREENS)
def report_uncounted() -> ResponseReturnValue:
    """Plays that boxes reported and that do not count, by screen, box and reason; the latest first."""
    with reading() as db:
        rows = list_uncounted(db, now=utc_now())
    return many("rows", UncountedOut, (uncounted_out(row) for row in rows))


def uncounted_out(row: UncountedRow) -> dict[str, object]:
    screen, venue = row.place or (None, None)
    named = {"screen": screen.name if screen else "", "venue": venue.name if venue else ""}
    same = {name: getattr(row, name) for name in ("hardware", "reason", "plays", "first_at", "last_at")}
    return {"screen_id": screen.id if screen else None, **named, **same}


@bp.get("/reports/forecast")
@requires(Right.SEE_DELIVERY)
def report_forecast() -> ResponseReturnValue:
    """Booked, expected, played, planned and forecast of each campaign's flight."""
    query = read_query(ForecastQuery)
    own = restricted_to(current_who(), "advertiser_id")
    with reading() as db:
        rows = forecast_rows(db, advertiser_id=own, campaign_id=query.campaign_id)
    return many(
        "rows",
        ForecastOut,
        [forecast_out(*row) for row in rows if not query.from_on or row[0].ends_on >= query.from_on],
    )


def forecast_out(campaign: Campaign, forecast: Forecast, counted_at: datetime) -> dict[str, object]:
    counts = {
        name: getattr(forecast, name)
        for name in ("unit", "booked", "expected", "played", "awaited", "behind", "planned")
    }
    return {
        "campaign_id": campaign.id,
        "campaign": campaign.name,
        "state": campaign.state.value,
        "starts_on": campaign.starts_on,
        "ends_on": campaign.ends_on,
        **counts,
        "forecast": forecast.at_end,
        "share": round(float(forecast.share), 4) if forecast.booked else None,
        "falls_short": forecast.falls_short,
        "counted_at": counted_at,
    }


@bp.get("/reports/claims")
@requires(Right.SEE_OFFERS)
def report_claims() -> ResponseReturnValue:
    """Claims and redemptions of each offer."""
    query = read_query(ClaimsQuery)
    own = restricted_to(current_who(), "merchant_id")
    with reading() as db:
        reports = offer_reports(db, merchant_id=own, from_on=query.from_on, until_on=query.until_on)
    return many(
        "rows",
        ClaimsOut,
        (
            {
                "offer_id": report.offer.id,
                "title": report.offer.title,
                "claims": report.claims,
                "with_presence": report.claims - report.by_presence["none"],
                "redeemed_live": report.by_how["live"],
                "redeemed_static": report.by_how["static"],
                "reversals": report.reversals,
            }
            for report in reports
        ),
    )
