"""Hotspots: the plan of a venue's boxes, and the state of a screen's hotspot."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask.typing import ResponseReturnValue

from media.hotspot_plan import VenueHotspotPlan
from media.wire.status import CertificateReport
from server.accounts.rights import Right
from server.context import reading, transaction
from server.db import from_ms, get_or_raise, utc_now
from server.errors import Missing
from server.screens.hotspot_plans import (
    PlanState,
    box_plan,
    hotspot_plan_of,
    remove_hotspot_plan,
    set_hotspot_plan,
)
from server.screens.hotspots import Limit, hotspot_of, hotspot_today
from server.screens.models import Screen, Venue
from server.screens.opening import local_midnight
from server.screens.players import player_on
from server.screens.venues import NoScreen
from server.web.identity.auth import actor, requires
from server.web.operator_api.blueprint import Body, Out, bp, json_body, one


class NoHotspot(Missing):
    """The box of this screen reports no hotspot. Set one up on the box; systemd/README.md has the steps."""


class HotspotPlanBody(VenueHotspotPlan, Body):
    """The whole plan: a field that is not given gets its default."""


class HotspotPlanOut(VenueHotspotPlan):
    """The plan of all boxes of a venue."""


class HotspotHourOut(Out):
    """An hour of today by the venue's clock. samples: counts in it; without one, `present_…` were not measured."""

    starts_at: datetime
    samples: int
    present_sum: int
    present_most: int
    joins: int
    returns: int
    refusals: int
    ended_time: int
    ended_bytes: int
    ended_idle: int
    uplink_bytes: int


class CertificateOut(Out):
    """The certificate of the portal. fault: why phones are not given the captive-portal API with it; empty: they are"""

    name: str
    expires_at: datetime | None
    fault: str


class HotspotOut(Out):
    """silent: its process does not answer, and the counts are from `age_s` ago · limit: that is reached or near
    plan: what the box made of the venue's plan · plan_why: its reason, if it refused it

    present, online, most_phones: phones on the radio, those whose visit runs, places · join_s: median time to join
    They are null while the hotspot has not answered since the box's player started.
    """

    plan: PlanState
    plan_why: str
    silent: bool
    age_s: int
    limit: Limit | None
    present: int | None = None
    online: int | None = None
    most_phones: int | None = None
    join_s: int | None = None
    certificate: CertificateOut | None
    hours: list[HotspotHourOut]


@bp.get("/venues/<venue_id>/hotspot")
@requires(Right.SEE_SCREENS)
def hotspot_plan(venue_id: str) -> ResponseReturnValue:
    """The hotspot plan of a venue."""
    with reading() as db:
        return one(HotspotPlanOut, hotspot_plan_of(db, venue_id))


@bp.put("/venues/<venue_id>/hotspot")
@requires(Right.EDIT_SCREENS)
def save_hotspot_plan(venue_id: str) -> ResponseReturnValue:
    """Set the hotspot plan of a venue; its boxes apply it without ending a visit."""
    given = VenueHotspotPlan(**json_body(HotspotPlanBody).model_dump())
    with transaction() as db:
        venue = set_hotspot_plan(db, venue_id, given, by=actor(), now=utc_now())
    return one(HotspotPlanOut, venue.hotspot_plan)


@bp.delete("/venues/<venue_id>/hotspot")
@requires(Right.EDIT_SCREENS)
def end_hotspot_plan(venue_id: str) -> ResponseReturnValue:
    """Remove the hotspot plan of a venue: each box goes by its own again."""
    with transaction() as db:
        remove_hotspot_plan(db, venue_id, by=actor(), now=utc_now())
    return "", 204


@bp.get("/screens/<screen_id>/hotspot")
@requires(Right.SEE_SCREENS)
def screen_hotspot(screen_id: str) -> ResponseReturnValue:
    """The hotspot of a screen: phones now and by the hours of today, its limits, and its plan."""
    now = utc_now()
    with reading() as db:
        screen = get_or_raise(db, Screen, screen_id, NoScreen)
        venue, player = db.get_one(Venue, screen.venue_id), player_on(db, screen_id)
        today = hotspot_today(db, player, midnight=local_midnight(venue.zone, now), now=now)
        reported = hotspot_of(player.status) if player else None
        if today is None or reported is None:
            raise NoHotspot
        box = box_plan(venue.hotspot_plan, reported)
    certificate = certificate_out(today.certificate) if today.certificate else None
    counts = today.counts.model_dump() if today.counts else {}
    state = {"plan": box.state, "plan_why": box.why, "silent": today.silent, "age_s": today.age_s}
    return one(
        HotspotOut, counts | state | {"limit": today.limit, "certificate": certificate, "hours": list(today.hours)}
    )


def certificate_out(report: CertificateReport) -> dict[str, Any]:
    expires_at = None if report.expires_ms is None else from_ms(report.expires_ms)
    return {"name": report.name, "expires_at": expires_at, "fault": report.fault}
