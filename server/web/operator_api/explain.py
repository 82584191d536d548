"""Why: what plays on a screen at a moment, and why other campaigns do not."""

from __future__ import annotations

from datetime import datetime

from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlmodel import Session

from server.accounts.rights import Right, require, restricted_to
from server.campaigns.book import campaign_of
from server.context import reading, services
from server.db import from_ms, to_ms, utc_now
from server.http.off_hub import off_hub
from server.planner.explain.facts import Reason
from server.screens.venues import screen_of_code
from server.timelines.published.explain import CampaignFilter, ScreenExplanation, explain_screen
from server.web.identity.auth import current_who, requires
from server.web.moments import moment_of
from server.web.operator_api.blueprint import Body, Out, bp, one, read_query
from server.web.words.explanations import Words, why_not, why_plays, words_of


class ExplainQuery(Body):
    """`at`: RFC 3339, or milliseconds; without it now. Without `campaign` the answer has all possible campaigns."""

    at: str | None = Field(None, max_length=40)
    campaign: str | None = Field(None, max_length=26)


class ReasonOut(Out):
    """`text` says it in the language of the request; instants are integer milliseconds UTC."""

    code: str
    text: str
    campaign: str | None = None
    had: int | None = None
    owed: int | None = None
    from_ms: int | None = None
    until_ms: int | None = None
    at_ms: int | None = None
    on: str | None = None


class NotPlayingOut(Out):
    """The first reason decides; `next_ms` is when it begins next on this screen, as far as is planned."""

    campaign: str
    name: str
    next_ms: int | None
    reasons: list[ReasonOut]


class ExplainedOut(Out):
    """`item`, `title` and `campaign` of what plays are given only to those who may see that campaign."""

    screen: str
    at: datetime
    at_ms: int
    zone: str
    kind: str
    item: str | None
    title: str | None
    campaign: str | None
    name: str | None
    plays: ReasonOut
    others: list[NotPlayingOut]


@bp.get("/screens/<code>/explain")
@requires(Right.SEE_CAMPAIGNS)
def explain(code: str) -> ResponseReturnValue:
    """Why the screen shows what it does at a moment, and why other campaigns do not play then."""
    query, now = read_query(ExplainQuery), utc_now()
    with reading() as db:
        screen = screen_of_code(db, code)
        at_ms = moment_of(query.at, zone="UTC") if query.at else to_ms(now)
        meant = meant_by(db, query.campaign)
        explanation = explain_screen(
            db, services().store, services().settings, screen, at_ms=at_ms, now=now, campaigns=meant, run=off_hub
        )
    return one(ExplainedOut, shown(explanation, at_ms, screen.id, advertiser_id=meant.advertiser_id))


def meant_by(db: Session, campaign_id: str | None) -> CampaignFilter:
    """People of one advertiser see that advertiser's campaigns only."""
    own = restricted_to(current_who(), "advertiser_id")
    if campaign_id is None:
        return CampaignFilter(advertiser_id=own)
    require(current_who(), Right.SEE_CAMPAIGNS, campaign_of(db, campaign_id))
    return CampaignFilter(ids=(campaign_id,), advertiser_id=own)


def shown(
    explanation: ScreenExplanation, at_ms: int, screen_id: str, *, advertiser_id: str | None
) -> dict[str, object]:
    words = words_of(explanation, at_ms, advertiser_id=advertiser_id)
    theirs = explanation.campaign is not None and explanation.campaign not in words.names
    return {
        "screen": screen_id,
        "at": from_ms(at_ms),
        "at_ms": at_ms,
        "zone": explanation.zone,
        "kind": explanation.seen.kind,
        "item": None if theirs else explanation.seen.item,
        "title": None if theirs else explanation.title or None,
        "campaign": None if theirs else explanation.campaign,
        "name": words.names.get(explanation.campaign or ""),
        "plays": reason_out(
            explanation.explained.plays, words, why_plays(explanation.explained.plays, words, explanation)
        ),
        "others": [
            {
                "campaign": answer.candidate,
                "name": words.name(answer.candidate),
                "next_ms": answer.next_ms,
                "reasons": [reason_out(reason, words, why_not(reason, words)) for reason in answer.reasons],
            }
            for answer in explanation.explained.others
        ],
    }


def reason_out(reason: Reason, words: Words, text: str) -> dict[str, object]:
    """The counts of a campaign that this person may not see are left out."""
    hidden = bool(reason.other) and reason.other not in words.names
    return {
        "code": reason.code,
        "text": text,
        "campaign": None if hidden else reason.other or None,
        "had": None if hidden or not reason.owed else reason.had,
        "owed": None if hidden or not reason.owed else reason.owed,
        "from_ms": reason.from_ms,
        "until_ms": reason.until_ms,
        "at_ms": reason.at_ms,
        "on": reason.on.isoformat() if reason.on else None,
    }
