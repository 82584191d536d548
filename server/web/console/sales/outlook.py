"""Where campaigns stand and what they will come to: for the pages that show a campaign, in figures and a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from server.campaigns.checks import latest_date
from server.campaigns.models import Campaign
from server.context import reading
from server.db import utc_now
from server.plays.forecast import Forecast
from server.plays.outlook import forecasts_by_campaign
from server.web.console.blueprint import bp
from server.web.words.language import say as _


@bp.context_processor
def outlooks() -> dict[str, object]:
    """`outlook_of` one campaign, `outlooks_of` many, and the words for them."""
    words = {"outlook_words": outlook_words, "percent": percent}
    return {"has_begun": has_begun, "outlook_of": outlook_of, "outlooks_of": outlooks_of, **words}


def has_begun(campaign: Campaign) -> bool:
    """Before the flight begins there is nothing to be late with."""
    return campaign.starts_on <= latest_date(utc_now())


def outlook_of(campaign_id: str) -> Forecast | None:
    return outlooks_of([campaign_id]).get(campaign_id)


def outlooks_of(campaign_ids: Iterable[str]) -> Mapping[str, Forecast]:
    with reading() as db:
        return forecasts_by_campaign(db, campaign_ids)


def unit_words(unit: str) -> str:
    return _("impressions") if unit == "impressions" else _("plays")


def percent(one: Forecast) -> str:
    """Of what is booked, rounded down: what falls short is never called whole."""
    return f"{int(one.share * 1000) / 10:g}"


def outlook_words(one: Forecast) -> str:
    """Behind by how much, and what comes of it."""
    facts = {"count": f"{abs(one.behind):,}", "unit": unit_words(one.unit), "share": percent(one)}
    if one.behind > 0 and one.falls_short:
        return _("Behind by %(count)s %(unit)s; at this rate it ends at %(share)s %%.", **facts)
    if one.behind > 0:
        return _("Behind by %(count)s %(unit)s; it still ends at %(share)s %%.", **facts)
    if one.falls_short:
        return _("On course so far, but at this rate it ends at %(share)s %%.", **facts)
    if one.behind < 0:
        return _("Ahead by %(count)s %(unit)s.", **facts)
    return _("On course.")
