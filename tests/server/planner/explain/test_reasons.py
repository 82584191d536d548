"""Why an item plays and why another does not: every rule with its own answer."""

from __future__ import annotations

from array import array
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from media.daytable import HOUSE, OFF, DayTable
from server.planner.explain.facts import Candidate, DayFacts, Owner, Reason, ScreenFacts, Seen
from server.planner.explain.reasons import explain, why_not, why_plays
from server.planner.model.allotments import Allotted, Row
from server.planner.model.days import ALWAYS, LocalDay, WeeklySpan, local_day
from server.planner.model.network import Profile
from server.planner.model.problem import Apart, Booking, PlanCreative

SLOT_MS = 60_000  # a slot is a minute, so that slots read as the clock
MONDAY = date(2026, 3, 2)
A, B, NOTICE = "creative-a", "creative-b", "notice"
OWNERS = {A: Owner("a", "noodles", "food"), B: Owner("b", "soup", "food")}


def day_of(on: date = MONDAY) -> LocalDay:
    day = local_day("UTC", on)
    assert day is not None
    return day


def table(spots: dict[int, str], *, open_: tuple[int, int] = (0, 1440), length: int = 1) -> DayTable:
    """Spots of one minute at these minutes; house content between them."""
    items = tuple(sorted(set(spots.values())))
    slots = array("H", [OFF] * 1440)
    slots[open_[0] : open_[1]] = array("H", [HOUSE] * (open_[1] - open_[0]))
    starts = bytearray(1440)
    for first, item in spots.items():
        starts[first] = 1
        slots[first : first + length] = array("H", [items.index(item) + 1] * length)
    return DayTable(items, slots, bytes(starts))


def booking(id_: str = "b", **more: Any) -> Booking:
    given: dict[str, Any] = {
        "id": id_,
        "advertiser": OWNERS[f"creative-{id_}"].advertiser,
        "category": "food",
        "creatives": (PlanCreative(f"creative-{id_}", 1, 1),),
        "goal_kind": "share",
        "goal": Fraction(10),
        "starts_on": MONDAY,
        "ends_on": date(2026, 3, 8),
    }
    return Booking(**given | more)


def candidate(id_: str = "b", *, booked: dict[str, Any] | None = None, **more: Any) -> Candidate:
    given: dict[str, Any] = {"state": "booked", "ready": "ready", "starts_on": MONDAY, "ends_on": date(2026, 3, 8)}
    return Candidate(id=id_, booking=booking(id_, **(booked or {})), **given | more)


def facts(
    minute: int,
    spots: dict[int, str],
    allotted: tuple[Allotted, ...] | None = (),
    *,
    profile: dict[str, Any] | None = None,
    seen: Seen | None = None,
    **more: Any,
) -> ScreenFacts:
    """The moment is the middle of this minute."""
    day = day_of()
    here = Profile(**{"day": day, "open": ((0, 1440),)} | (profile or {}))
    planned = table(spots, open_=here.open[0])
    first, end = planned.run_at(minute)
    item = planned.item_at(minute)
    kind: Any = "off" if planned.slots[minute] == OFF else "spot" if item else "house"
    shown = Seen(
        kind, item or ("house" if kind == "house" else None), *(day.starts_ms + s * SLOT_MS for s in (first, end))
    )
    at_ms = day.starts_ms + minute * SLOT_MS + 1000
    days = (DayFacts(here, planned, None if allotted is None else Row.of(allotted)),)
    return ScreenFacts(at_ms, SLOT_MS, seen or shown, days, owners=OWNERS, **more)


def at(hour: int, minute: int = 0, on: date = MONDAY) -> int:
    return day_of(on).starts_ms + (hour * 60 + minute) * SLOT_MS


def row(id_: str, *parts: tuple[int, int, int], wanted: int | None = None, why: Any = "") -> Allotted:
    return Allotted(id_, sum(part[2] for part in parts) if wanted is None else wanted, parts, why)


def codes(facts: ScreenFacts, candidate: Candidate) -> list[str]:
    return [reason.code for reason in why_not(facts, candidate).reasons]


# --- what plays


def test_a_spot_is_one_of_those_that_are_owed_and_has_an_instant_by_which_it_was_due() -> None:
    given = facts(610, {600: A, 610: A, 640: A}, (row("a", (600, 660, 3)),))
    reason = why_plays(given)
    assert reason == Reason("spot", "a", had=2, owed=3, from_ms=at(10), until_ms=at(11), at_ms=at(10, 40))


def test_house_content_plays_because_nothing_was_due() -> None:
    assert why_plays(facts(5, {})).code == "house"
    black = facts(5, {})
    assert why_plays(replace(black, seen=replace(black.seen, item=None))).code == "nothing"


def test_a_notice_is_the_venues_own() -> None:
    reason = why_plays(facts(30, {10: NOTICE, 30: NOTICE, 50: NOTICE}))
    assert (reason.code, reason.had, reason.owed) == ("notice", 2, 3)


def test_a_screen_that_is_off_says_when_it_is_on_again() -> None:
    given = facts(30, {}, profile={"open": ((480, 1440),)})
    assert why_plays(given) == Reason("off", at_ms=at(8))


@pytest.mark.parametrize("kind", ["interrupt", "override"])
def test_an_interruption_is_reported_with_its_time(kind: Any) -> None:
    given = facts(30, {30: A}, seen=Seen(kind, "alarm", at(0, 20), at(1)))
    assert why_plays(given) == Reason(kind, from_ms=at(0, 20), until_ms=at(1))
    assert codes(given, candidate())[0] == "covered"


def test_outside_of_the_days_that_are_stored_and_planned_nothing_is_claimed() -> None:
    given = ScreenFacts(at(12, on=date(2027, 1, 1)), SLOT_MS, Seen("outside", None, at(0), at(24)), ())
    explained = explain(given, [candidate()])
    assert (explained.plays.code, explained.plays.from_ms, explained.others) == ("outside", at(0), ())


# --- why another does not


def test_a_candidate_that_plays_is_reported_as_playing() -> None:
    assert codes(facts(600, {600: B}, (row("b", (0, 1440, 1)),)), candidate()) == ["plays"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"state": "paused"}, "paused"),
        ({"state": "ended"}, "ended"),
        ({"state": "draft"}, "draft"),
        ({"ready": "processing"}, "processing"),
        ({"ready": "failed"}, "failed"),
        ({"starts_on": date(2026, 3, 5)}, "before_flight"),
        ({"ends_on": date(2026, 3, 1)}, "after_flight"),
        ({"targets": frozenset({"tag:lobby"})}, "elsewhere"),
        ({"barred": frozenset({"venue:1"})}, "excluded"),
    ],
)
def test_a_booking_keeps_its_own_campaign_out(more: dict[str, Any], code: str) -> None:
    given = facts(600, {}, (), traits=frozenset({"venue:1"}))
    assert codes(given, candidate(**more)) == [code]


def test_a_reason_of_dates_has_the_date() -> None:
    (reason,) = why_not(facts(600, {}), candidate(starts_on=date(2026, 3, 5))).reasons
    assert reason.on == date(2026, 3, 5)


def test_outside_its_hours_it_says_when_it_may_again() -> None:
    mornings = {"dayparts": tuple(WeeklySpan(day, 480, 720) for day in range(7))}
    late = facts(800, {}, (row("b", (480, 720, 5)),))
    tomorrow = DayFacts(Profile(day=day_of(date(2026, 3, 3)), open=((0, 1440),)))
    given = replace(late, days=(*late.days, tomorrow))
    (reason,) = why_not(given, candidate(booked=mornings)).reasons
    assert reason == Reason("daypart", at_ms=at(8, on=date(2026, 3, 3)))


@pytest.mark.parametrize(
    ("profile", "code"),
    [
        ({"open": ((0, 590), (700, 1440))}, "off"),
        ({"advert_free": ((590, 700),)}, "advert_free"),
        ({"barred": (("food", ((590, 700),)),)}, "barred"),
    ],
)
def test_a_rule_of_the_venue_ends_at_an_instant(profile: dict[str, Any], code: str) -> None:
    given = facts(600, {}, (row("b", (0, 1440, 5)),), profile=profile)
    assert why_not(given, candidate()).reasons == (Reason(code, at_ms=at(11, 40)),)  # type: ignore[arg-type]


IMPRESSIONS = {"goal_kind": "impressions", "goal": Fraction(1000)}
NOBODY_LOOKS = {"impressions": (((540, 600), 2000), ((600, 660), 0), ((660, 700), 3000))}


def test_a_goal_in_impressions_gets_the_reason_of_an_hour_without_viewers() -> None:
    given = facts(600, {}, (row("b", (0, 600, 5), (660, 1440, 5)),), profile=NOBODY_LOOKS)
    assert why_not(given, candidate(booked=IMPRESSIONS)).reasons == (Reason("unseen", at_ms=at(11)),)
    assert codes(given, candidate()) == ["turn"]


def test_hours_between_those_in_which_nobody_looks_are_too_short_for_a_long_spot() -> None:
    apart = {"impressions": (((540, 600), 0), ((601, 660), 0))}
    given = facts(600, {}, (row("b", (600, 601, 0), wanted=1, why="too_short"),), profile=apart)
    long = IMPRESSIONS | {"creatives": (PlanCreative(B, 1, 2),)}
    assert codes(given, candidate(booked=long)) == ["too_short"]


def test_a_reason_of_today_ends_no_earlier_than_the_booking_was_made() -> None:
    given = facts(600, {}, (), profile={"advert_free": ((590, 700),)})
    late = candidate(booked={"since_ms": at(13)})
    assert why_not(given, late).reasons == (Reason("booked_later", at_ms=at(13)), Reason("advert_free", at_ms=at(13)))


def test_another_category_is_not_barred() -> None:
    given = facts(600, {}, (row("b", (0, 1440, 5)),), profile={"barred": (("games", ((0, 1440),)),)})
    assert "barred" not in codes(given, candidate())


def test_a_booking_that_is_not_allotted_yet_differs_from_one_without_spots_here() -> None:
    assert codes(facts(600, {}, None), candidate()) == ["unplanned"]
    assert codes(facts(600, {}, (), pending=True), candidate()) == ["unplanned"]
    assert codes(facts(600, {}, ()), candidate()) == ["not_here"]


def test_a_campaign_has_met_its_goal_of_the_day_or_of_these_hours() -> None:
    day = facts(600, {10: B, 20: B, 600: A}, (row("b", (0, 1440, 2)),))
    assert why_not(day, candidate()).reasons == (Reason("met", "", 2, 2, at(0), at(24)),)
    hours = facts(600, {560: B, 600: A, 700: B}, (row("b", (540, 660, 1), (660, 720, 1)),))
    answer = why_not(hours, candidate())
    assert answer.reasons == (Reason("met", "", 1, 1, at(9), at(11)),)
    assert answer.next_ms == at(11, 40)


def test_a_campaign_out_of_turn_has_the_time_of_its_next_spot() -> None:
    given = facts(605, {601: B, 605: A, 630: B, 650: B}, (row("b", (600, 660, 3)),))
    answer = why_not(given, candidate())
    assert answer.reasons == (Reason("turn", "", 1, 3, at(10), at(11), at_ms=at(10, 40)),)
    assert answer.next_ms == at(10, 30)


@pytest.mark.parametrize(
    ("apart", "mine", "code"),
    [
        (Apart(creative=1, advertiser=1, category=5), {}, "near_category"),
        (Apart(creative=1, advertiser=5, category=0), {"advertiser": "noodles"}, "near_advertiser"),
    ],
)
def test_a_campaign_that_is_too_near_has_the_name_of_the_other(apart: Apart, mine: dict[str, Any], code: str) -> None:
    given = facts(606, {603: A, 650: B}, (row("b", (600, 660, 1)),), apart=apart)
    assert why_not(given, candidate(booked=mine)).reasons == (Reason(code, "a", at_ms=at(10, 3)),)  # type: ignore[arg-type]


def test_a_campaign_of_one_creative_is_too_near_to_itself() -> None:
    given = facts(602, {600: B, 650: B}, (row("b", (600, 602, 1), (602, 660, 2)),), apart=Apart(5, 5, 0))
    assert codes(given, candidate()) == ["near_creative"]


def test_its_own_next_spot_is_its_turn_and_no_distance() -> None:
    given = facts(602, {602: A, 603: B}, (row("b", (600, 660, 1)),), apart=Apart(5, 1, 0))
    assert codes(given, candidate()) == ["turn"]


def test_a_takeover_is_kept_apart_from_nobody() -> None:
    whole = {"goal_kind": "takeover"}
    given = facts(606, {603: A, 650: B}, (row("b", (600, 660, 1)),), apart=Apart(5, 5, 50))
    assert codes(given, candidate(booked=whole)) == ["turn"]


def test_a_notice_that_plays_while_a_spot_could_is_the_venues_reserved_time() -> None:
    given = facts(606, {606: NOTICE, 650: B}, (row("b", (600, 660, 1)),))
    assert codes(given, candidate()) == ["reserved"]


def test_a_booking_that_gets_less_than_it_wants_says_why() -> None:
    given = facts(605, {605: A, 630: B}, (row("b", (600, 660, 1), wanted=4, why="overbooked"),))
    assert why_not(given, candidate()).reasons[-1] == Reason("short", had=1, owed=4, why="overbooked")
    nothing = facts(605, {605: A}, (row("b", (600, 660, 0), wanted=4, why="no_room"),))
    assert why_not(nothing, candidate()).reasons == (Reason("short", had=0, owed=4, why="no_room"),)


def test_a_spot_that_does_not_fit_into_the_hours() -> None:
    short = {"dayparts": tuple(WeeklySpan(day, 600, 601) for day in range(7)), "creatives": (PlanCreative(B, 1, 2),)}
    assert codes(facts(600, {}, (row("b", (600, 601, 0), wanted=1, why="too_short"),)), candidate(booked=short)) == [
        "too_short"
    ]


def test_a_booking_made_after_the_moment_could_not_play() -> None:
    given = facts(600, {}, (row("b", (660, 720, 1)),))
    assert codes(given, candidate(booked={"since_ms": at(11), "dayparts": ALWAYS})) == ["booked_later"]
