"""The plan of a venue's hotspots: setting it, what it means for phones, and what each box made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import ValidationError
from sqlmodel import Session

from media.hotspot_plan import VenueHotspotPlan
from media.wire.hotspot import digest_of
from media.wire.status import Hotspot
from server.accounts.audit import record
from server.db import get_or_raise
from server.errors import Missing
from server.screens.hotspots import PI_RADIO_MOST, PI_RADIO_OTHER_FIRMWARE
from server.screens.models import Venue
from server.screens.replan import queue_plans
from server.screens.venues import NoVenue, venue_in_use


class NoHotspotPlan(Missing):
    """This venue has no plan for hotspots, so each box uses its own. Set one for all its boxes."""


class PlanState(StrEnum):
    """The state of a venue's plan on a box."""

    OWN = "own"  # the venue has none, and the box goes by its own
    APPLIED = "applied"
    WAITING = "waiting"
    REFUSED = "refused"
    UNKNOWN = "unknown"  # the box's software is older than plans of venues


@dataclass(frozen=True)
class BoxPlan:
    """why: the box's reason, if it refused the plan"""

    state: PlanState
    why: str = ""


class RadioNeed(StrEnum):
    """The radio that so many phones require."""

    PI = "pi"  # the one of a Raspberry Pi, with its usual firmware
    PI_OTHER_FIRMWARE = "pi_other_firmware"
    USB = "usb"


@dataclass(frozen=True)
class PlanLimits:
    """The consequences of a plan where it is used to its limits.

    each_kbit: of each phone, while all places are taken and all of them load · visit_used_up_s: a phone that loads
    without pause has used the megabytes of its visit; None: its minutes are over before
    """

    phones: int
    visit_minutes: int
    radio: RadioNeed
    each_kbit: int
    visit_used_up_s: int | None
    idle_has_effect: bool


def set_hotspot_plan(db: Session, venue_id: str, plan: VenueHotspotPlan, *, by: str | None, now: datetime) -> Venue:
    """The plan of all boxes of this venue; they apply it when they have it."""
    venue = venue_in_use(db, venue_id)
    fields = plan.model_dump(mode="json")
    changed = sorted(name for name, value in fields.items() if venue.hotspot_plan.get(name) != value)
    if changed:
        venue.hotspot_plan = fields
        facts = {"fields": changed, "ssid": plan.ssid}
        record(db, by, "hotspot plan set", venue.id, facts, now=now)
        queue_plans(db, [venue.id], now=now)
    return venue


def remove_hotspot_plan(db: Session, venue_id: str, *, by: str | None, now: datetime) -> None:
    """Each box of this venue goes by its own plan again."""
    venue = venue_in_use(db, venue_id)
    if venue.hotspot_plan:
        venue.hotspot_plan = {}
        record(db, by, "hotspot plan removed", venue.id, now=now)
        queue_plans(db, [venue.id], now=now)


def hotspot_plan_of(db: Session, venue_id: str) -> dict[str, Any]:
    """Raises NoHotspotPlan."""
    plan = get_or_raise(db, Venue, venue_id, NoVenue).hotspot_plan
    if not plan:
        raise NoHotspotPlan
    return plan


def box_plan(plan: Mapping[str, Any], hotspot: Hotspot) -> BoxPlan:
    """The state of its venue's plan on the box that reports this hotspot."""
    report, digest = hotspot.plan, digest_of(plan) if plan else ""
    if report is None:
        return BoxPlan(PlanState.UNKNOWN if hotspot.counts else PlanState.WAITING)
    if report.why and report.refused == digest:
        return BoxPlan(PlanState.REFUSED, report.why)
    if report.running == digest:
        return BoxPlan(PlanState.APPLIED if digest else PlanState.OWN)
    return BoxPlan(PlanState.WAITING)


def limits_of(plan: VenueHotspotPlan) -> PlanLimits:
    most = min(plan.phone_kbit, plan.all_kbit)
    used_up_s = plan.visit_megabytes * 8000 // most
    return PlanLimits(
        phones=plan.most_phones,
        visit_minutes=plan.visit_minutes,
        radio=_radio_for(plan.most_phones),
        each_kbit=min(most, plan.all_kbit // plan.most_phones),
        visit_used_up_s=used_up_s if used_up_s < plan.visit_minutes * 60 else None,
        idle_has_effect=plan.idle_minutes < plan.visit_minutes,
    )


def read_plan_or_none(fields: Mapping[str, Any]) -> VenueHotspotPlan | None:
    """The plan of these fields, as a row has them; None if they are not valid."""
    try:
        return VenueHotspotPlan.model_validate(fields)
    except ValidationError:
        return None


def _radio_for(phones: int) -> RadioNeed:
    if phones <= PI_RADIO_MOST:
        return RadioNeed.PI
    return RadioNeed.PI_OTHER_FIRMWARE if phones <= PI_RADIO_OTHER_FIRMWARE else RadioNeed.USB
