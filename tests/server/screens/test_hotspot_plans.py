"""The plan of a venue's hotspots: setting it, what it means, and what a box made of it."""

from __future__ import annotations

import pytest
from sqlmodel import select

from media.hotspot_plan import VenueHotspotPlan
from media.wire.hotspot import PlanReport, digest_of
from media.wire.status import Hotspot, HotspotCounts
from server.accounts.models import AuditEntry
from server.db import Job
from server.screens.hotspot_plans import (
    NoHotspotPlan,
    PlanState,
    RadioNeed,
    box_plan,
    hotspot_plan_of,
    limits_of,
    read_plan_or_none,
    remove_hotspot_plan,
    set_hotspot_plan,
)
from server.screens.venues import NoVenue, VenueRetired, retire_venue
from tests.factories import NOON, make_venue

PLAN = VenueHotspotPlan(ssid="大堂 WiFi", country="CN", open_names=("shop.example.com",))
FIELDS = PLAN.model_dump(mode="json")


def actions(db):
    return [(entry.action, entry.facts) for entry in db.exec(select(AuditEntry)).all()]


def planned(db):
    return [job.subject for job in db.exec(select(Job).where(Job.kind == "plan"))]


def test_a_plan_is_set_noted_and_sent_with_the_next_timeline(db):
    venue = make_venue(db)
    set_hotspot_plan(db, venue.id, PLAN, by=None, now=NOON)
    assert hotspot_plan_of(db, venue.id) == FIELDS
    [(action, facts)] = actions(db)
    assert (action, facts["ssid"]) == ("hotspot plan set", "大堂 WiFi")
    assert planned(db) == [venue.id]


def test_the_same_plan_again_is_no_change(db):
    venue = make_venue(db, hotspot_plan=FIELDS)
    set_hotspot_plan(db, venue.id, PLAN, by=None, now=NOON)
    assert (actions(db), planned(db)) == ([], [])


def test_only_the_changed_fields_are_noted(db):
    venue = make_venue(db, hotspot_plan=FIELDS)
    set_hotspot_plan(db, venue.id, PLAN.model_copy(update={"visit_minutes": 5}), by=None, now=NOON)
    assert actions(db)[0][1]["fields"] == ["visit_minutes"]


def test_a_removed_plan_is_none(db):
    venue = make_venue(db, hotspot_plan=FIELDS)
    for _ in range(2):
        remove_hotspot_plan(db, venue.id, by=None, now=NOON)
    assert [action for action, _ in actions(db)] == ["hotspot plan removed"]
    with pytest.raises(NoHotspotPlan):
        hotspot_plan_of(db, venue.id)


def test_no_plan_is_set_where_no_venue_is_in_use(db):
    with pytest.raises(NoVenue):
        set_hotspot_plan(db, "nowhere", PLAN, by=None, now=NOON)
    venue = make_venue(db)
    retire_venue(db, venue.id, now=NOON)
    with pytest.raises(VenueRetired):
        set_hotspot_plan(db, venue.id, PLAN, by=None, now=NOON)


DIGEST, OTHER = digest_of(FIELDS), "0" * 64


@pytest.mark.parametrize(
    ("plan", "report", "state"),
    [
        ({}, PlanReport(), PlanState.OWN),
        ({}, PlanReport(running=OTHER), PlanState.WAITING),
        ({}, PlanReport(running=OTHER, why="the disk is full"), PlanState.REFUSED),
        (FIELDS, PlanReport(), PlanState.WAITING),
        (FIELDS, PlanReport(running=DIGEST), PlanState.APPLIED),
        (FIELDS, PlanReport(running=OTHER, refused=DIGEST, why="no"), PlanState.REFUSED),
        (FIELDS, PlanReport(running=DIGEST, refused=OTHER, why="no"), PlanState.APPLIED),
        (FIELDS, PlanReport(running=OTHER, refused="1" * 64, why="no"), PlanState.WAITING),
        (FIELDS, None, PlanState.UNKNOWN),
    ],
)
def test_what_a_box_made_of_the_plan(plan, report, state):
    box = box_plan(plan, Hotspot(counts=HotspotCounts(), plan=report))
    assert box.state == state
    assert bool(box.why) is (state == PlanState.REFUSED)


def test_a_hotspot_that_has_not_answered_yet_waits_for_the_plan():
    assert box_plan(FIELDS, Hotspot()).state == PlanState.WAITING


@pytest.mark.parametrize(
    ("phones", "radio"),
    [(1, RadioNeed.PI), (10, RadioNeed.PI), (11, RadioNeed.PI_OTHER_FIRMWARE), (19, RadioNeed.PI_OTHER_FIRMWARE),
     (20, RadioNeed.USB)],
)  # fmt: skip
def test_more_phones_than_the_radio_takes_are_named_before_they_come(phones, radio):
    assert limits_of(PLAN.model_copy(update={"most_phones": phones})).radio == radio


def test_what_the_limits_mean_together():
    limits = limits_of(PLAN)  # 8 phones, 4 Mbit/s each, 20 for all, 300 MB in 30 minutes
    assert (limits.each_kbit, limits.visit_used_up_s, limits.idle_has_effect) == (2500, 600, True)
    slow = limits_of(PLAN.model_copy(update={"phone_kbit": 64, "idle_minutes": 30}))
    assert (slow.each_kbit, slow.visit_used_up_s, slow.idle_has_effect) == (64, None, False)


def test_a_stored_plan_that_is_no_plan_any_more_is_none():
    assert read_plan_or_none(FIELDS) == PLAN
    assert read_plan_or_none({**FIELDS, "channel": 14}) is None
