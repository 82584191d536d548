"""Why: what plays on a screen at a moment, and why other campaigns do not, in sentences."""

from __future__ import annotations

from datetime import datetime

from flask import render_template
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from server.accounts.rights import Right, restricted_to
from server.campaigns.lists import listed_campaigns
from server.context import reading, services
from server.db import from_ms, get_or_raise, to_ms, utc_now
from server.http.off_hub import off_hub
from server.screens.models import Screen, Venue
from server.screens.venues import NoScreen, NoVenue
from server.timelines.published.explain import explain_screen
from server.timelines.published.read import NoTimeline
from server.web.console.blueprint import bp
from server.web.forms import read_query
from server.web.identity.auth import current_who, requires
from server.web.moments import moment_of
from server.web.operator_api.explain import meant_by
from server.web.words.explanations import why_not, why_plays, words_of
from server.zones import zone_or_utc


class WhyQuery(BaseModel):
    """`at`: by the venue's clock, RFC 3339, or milliseconds; without it now."""

    model_config = ConfigDict(frozen=True)

    at: str | None = Field(None, max_length=40)
    campaign: str | None = Field(None, max_length=26)


@bp.get("/screens/<screen_id>/why")
@requires(Right.SEE_CAMPAIGNS)
def why(screen_id: str) -> ResponseReturnValue:
    query, now = read_query(WhyQuery), utc_now()
    own = restricted_to(current_who(), "advertiser_id")
    with reading() as db:
        screen = get_or_raise(db, Screen, screen_id, NoScreen)
        venue = get_or_raise(db, Venue, screen.venue_id, NoVenue)
        at_ms = moment_of(query.at, zone=venue.zone) if query.at else to_ms(now) // 1000 * 1000
        campaigns = [campaign for campaign, _of in listed_campaigns(db, advertiser_id=own)]
        shown: dict[str, object] = {"screen": screen, "venue": venue, "query": query, "campaigns": campaigns}
        try:
            meant = meant_by(db, query.campaign)
            explained = explain_screen(
                db, services().store, services().settings, screen, at_ms=at_ms, now=now, campaigns=meant, run=off_hub
            )
        except NoTimeline:
            return render_template("console/why.html", explained=None, at=local(at_ms, venue), **shown)
    words = words_of(explained, at_ms, advertiser_id=own)
    return render_template(
        "console/why.html",
        explained=explained,
        at=local(at_ms, venue),
        theirs=explained.campaign is not None and explained.campaign not in words.names,
        plays=why_plays(explained.explained.plays, words, explained),
        words_of=words,
        why_not=why_not,
        **shown,
    )


def local(at_ms: int, venue: Venue) -> datetime:
    return from_ms(at_ms).astimezone(zone_or_utc(venue.zone))
