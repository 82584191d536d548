"""The network's day: at the optimum, nothing lost from allotment to order, and changed as little as may be."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.planner.allocate.network_plan import NetworkPlan, allotted_places, changed_classes, plan_network
from server.planner.model.allotments import Row
from server.planner.model.days import ALWAYS, WeeklySpan, local_day
from server.planner.model.network import NetworkDay, Order, Place, Profile, Rank
from server.planner.model.problem import Apart, Booking, HouseItem, PlanCreative, PlanInput, PlanScreen, ScreenDay
from server.planner.plan import plan
from tests.bench.planning.plan_peers import lp_optimum, value_of
from tests.server.planner.world import MONDAY, spots

SLOT_MS = 60_000
DAY = local_day("UTC", MONDAY)
assert DAY is not None
OPEN = ((420, 1440),)
MORNING, EVENING = (WeeklySpan(0, 420, 720),), (WeeklySpan(0, 1020, 1440),)


def order(name: str, plays: int | None = None, **more: Any) -> Order:
    given = {"rank": Rank.GUARANTEED, "advertiser": name, "category": "", "slots": Fraction(1), "dayparts": ALWAYS}
    return Order(booking=name, plays=plays, **given | more)


def network(*orders: Order, places: int = 6, apart: Apart = Apart(), **profile: Any) -> NetworkDay:  # noqa: B008
    """Places with an even or an odd trait."""
    screens = [Place(f"s{n}", 0, frozenset({"even" if n % 2 == 0 else "odd"})) for n in range(places)]
    return NetworkDay(SLOT_MS, orders, (Profile(DAY, OPEN, **profile),), screens, apart)


def plays_of(planned: NetworkPlan) -> Counter[str]:
    found: Counter[str] = Counter()
    for _, allotted in allotted_places(planned):
        for entry in allotted:
            found[entry.booking] += sum(part[2] for part in entry.parts)
    return found


def by_place(planned: NetworkPlan, booking: str) -> dict[str, int]:
    return {
        place: sum(part[2] for entry in allotted if entry.booking == booking for part in entry.parts)
        for place, allotted in allotted_places(planned)
    }


def test_many_short_spots_beside_a_few_long_ones_of_an_advertiser_keep_their_distance() -> None:
    """They count by how many there are of each: by the mean of both lengths four times as many would fit."""
    short = order("short", 9999, advertiser="one", dayparts=MORNING)
    long = order("long", 6, advertiser="one", slots=Fraction(8), longest=8)
    planned = plan_network(network(short, long, places=1, apart=Apart(1, 9, 0)))
    in_the_morning = {
        entry.booking: sum(plays for first, _, plays in entry.parts if first < 720)
        for _, allotted in allotted_places(planned)
        for entry in allotted
    }
    taken = 10 * in_the_morning["short"] + 17 * in_the_morning.get("long", 0)
    assert 0.8 * (300 + 9) < taken <= 300 + 9
    assert plays_of(planned)["long"] == 6


def test_an_advertiser_alone_gets_what_an_unbroken_run_of_cells_holds() -> None:
    """Hours are cut by another's cap, but one gap in seven hours is not one in each of them: 140 fit, not 7 · 20.67.

    Of a class's places together the last third of a spot may become one play more.
    """
    capped = order("capped", 1, advertiser="one", dayparts=MORNING, hourly=7)
    all_evening = order("evening", 285, advertiser="one", dayparts=EVENING)
    day = network(capped, all_evening, places=2, apart=Apart(1, 2, 0))
    planned = plan_network(day)
    assert 2 * 140 <= plays_of(planned)["evening"] <= 2 * 140 + 1
    for screen, allotted in allotted_places(planned):
        shown = Counter(booking for _, _, booking in spots(plan(question(day, screen, allotted)).days[0].table))
        assert shown["evening"] == 140


def test_an_item_alone_gets_what_an_unbroken_run_of_cells_holds() -> None:
    """With a slot between any two, 60 one-slot spots fit into two hours of 60 slots, 59 slots and one."""
    capped = order("capped", 1, dayparts=(WeeklySpan(0, 720, 779),))
    often = order("often", 999, dayparts=(WeeklySpan(0, 720, 840),))
    planned = plan_network(network(capped, often, places=1, apart=Apart(1, 0, 0)))
    assert plays_of(planned)["often"] == 60


@st.composite
def networks(draw: st.DrawFn) -> NetworkDay:
    orders = [
        order(
            f"o{n}",
            draw(st.integers(1, 3000)),
            advertiser=f"a{draw(st.integers(0, 4))}",
            category=f"k{draw(st.integers(0, 2))}",
            rank=draw(st.sampled_from([Rank.GUARANTEED, Rank.BONUS])),
            dayparts=draw(st.sampled_from([ALWAYS, MORNING, EVENING])),
            targets=draw(st.sampled_from([frozenset(), frozenset({"even"}), frozenset({"odd"})])),
            hourly=draw(st.sampled_from([None, 7])),
        )
        for n in range(draw(st.integers(1, 9)))
    ]
    return network(*orders, places=draw(st.integers(1, 9)), apart=Apart(1, 2, draw(st.integers(0, 1))))


@given(networks())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_the_guaranteed_have_all_that_the_linear_programme_finds_for_them(day: NetworkDay) -> None:
    first = replace(day, orders=tuple(replace(sold, rank=Rank.GUARANTEED) for sold in day.orders))
    planned = plan_network(first)
    got = float((value_of(planned.market, planned.allotment) * planned.allotment.plays).sum())
    assert got >= sum(lp_optimum(planned.market, planned.allotment).values()) - 1e-6


@given(networks())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_nothing_is_lost_between_what_is_allotted_and_what_is_dealt(day: NetworkDay) -> None:
    planned = plan_network(day)
    dealt = plays_of(planned)
    for number, sold in enumerate(day.orders):
        assert dealt[sold.booking] * 1000 == planned.allotment.fulfilled[number] <= planned.allotment.wanted[number]


@given(networks())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_screens_that_nobody_tells_apart_differ_by_one_play_at_most(day: NetworkDay) -> None:
    for dealt in plan_network(day).dealt:
        if len(dealt.plays):
            assert int((dealt.plays.max(axis=0).astype(int) - dealt.plays.min(axis=0)).max(initial=0)) <= 1


@given(networks())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_no_place_is_allotted_more_than_its_time_or_its_distances_hold(day: NetworkDay) -> None:
    advertiser = {entry.booking: entry.advertiser for entry in day.orders}
    for _, allotted in allotted_places(plan_network(day)):
        time: Counter[tuple[int, int]] = Counter()
        theirs: Counter[tuple[int, int, str]] = Counter()
        for entry in allotted:
            for first, end, count in entry.parts:
                time[first, end] += count
                theirs[first, end, advertiser[entry.booking]] += count
        assert all(count <= end - first for (first, end), count in time.items())
        assert all(count <= (end - first + 2) // 3 + 1 for (first, end, _), count in theirs.items())


@given(networks())
@settings(max_examples=30, deadline=None, derandomize=True)
def test_the_days_in_order_keep_distances_hours_and_almost_every_spot(day: NetworkDay) -> None:
    owed, shown = Counter[str](), Counter[str]()
    who = {sold.booking: sold for sold in day.orders}
    for screen, allotted in allotted_places(plan_network(day)):
        table = plan(question(day, screen, allotted)).days[0].table
        assert all(index != 65535 for index in table.slots[420:1440])
        ends: dict[str, int] = {}
        for first, end, booking in spots(table):
            sold = who[booking]
            assert any(a <= first and end <= b for a, b, _ in parts_of(allotted, booking))
            for name, gap in ((f"item {booking}", 1), (sold.advertiser, 2), (sold.category, day.apart.category)):
                assert first >= ends.get(name, -9) + gap
                ends[name] = end
            shown[booking] += 1
        for entry in allotted:
            owed[entry.booking] += sum(part[2] for part in entry.parts)
    # Where three advertisers want all of the time, a spot in a thousand may find no place at its distances.
    assert sum(shown.values()) >= sum(owed.values()) * 0.99 - 2
    assert all(shown[booking] <= count for booking, count in owed.items())


@given(networks(), st.integers(1, 400))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_one_more_booking_takes_nothing_from_its_equals(day: NetworkDay, plays: int) -> None:
    day = replace(day, orders=tuple(replace(sold, rank=Rank.GUARANTEED) for sold in day.orders))
    before = plan_network(day)
    after = plan_network(replace(day, orders=(*day.orders, order("new", plays, advertiser="new"))), before)
    had, has = plays_of(before), plays_of(after)
    assert all(has[booking] >= count for booking, count in had.items())


@given(networks())
@settings(max_examples=30, deadline=None, derandomize=True)
def test_planning_again_changes_nothing_and_is_the_same_everywhere(day: NetworkDay) -> None:
    before = plan_network(day)
    held = dict(allotted_places(before))
    assert held == dict(allotted_places(plan_network(day)))
    assert changed_classes(plan_network(day, before), before) == []
    assert dict(allotted_places(plan_network(day, held))) == held


def test_a_new_booking_leaves_the_others_where_they_are() -> None:
    day = network(*(order(f"o{n}", 700) for n in range(5)))
    before = plan_network(day)
    after = plan_network(replace(day, orders=(*day.orders, order("new", 600))), before)
    assert plays_of(after)["new"] == 600
    old = dict(allotted_places(before))
    for place, allotted in allotted_places(after):
        assert allotted.only({order.booking for order in day.orders}) == old[place]


@given(networks(), st.lists(st.integers(0, 3000), min_size=8, max_size=8))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_counted_in_impressions_a_new_booking_leaves_the_others_where_they_are(
    day: NetworkDay, seen: list[int]
) -> None:
    busy = tuple(((420 + n * 120, 540 + n * 120), count) for n, count in enumerate(seen))
    orders = tuple(replace(sold, rank=Rank.GUARANTEED, impressions=n % 2 == 0) for n, sold in enumerate(day.orders))
    counted = replace(day, orders=orders, profiles=(replace(day.profiles[0], impressions=busy),))
    before = plan_network(counted)
    assert changed_classes(plan_network(counted, before), before) == []
    # One play may count more than is missing.
    assert (before.allotment.fulfilled < before.allotment.wanted + max(1000, *seen)).all()


def test_the_ladder_decides_where_not_all_fits() -> None:
    takeover = order("t", share=Fraction(1), rank=Rank.TAKEOVER, dayparts=MORNING)
    share = order("s", share=Fraction(1, 4), rank=Rank.SHARE)
    sure = order("g", 999_999, advertiser="g", targets=frozenset({"even"}))
    bonus = order("b", 999_999, rank=Rank.BONUS)
    planned = plan_network(network(takeover, share, sure, bonus, reserved=Fraction(1, 10)))
    mine = {booking: by_place(planned, booking)["s0"] for booking in "tsgb"}
    assert mine["t"] == 300
    assert mine["s"] == 720 // 4
    assert mine["g"] in (
        306,
        307,
    )  # half of the rest of the day, for it follows itself no more often, less the headroom
    assert mine["t"] + mine["s"] + mine["g"] + mine["b"] <= 1020 - 720 // 10


def test_a_bonus_leaves_the_venue_what_it_reserves() -> None:
    bonus = [order(f"b{n}", 999_999, rank=Rank.BONUS) for n in range(6)]
    planned = plan_network(network(*bonus, reserved=Fraction(1, 5)))
    assert sum(by_place(planned, order.booking)["s0"] for order in bonus) == 1020 * 4 // 5


def test_of_too_little_everyone_has_alike() -> None:
    planned = plan_network(network(*(order(f"o{n}", 2_000) for n in range(6))))
    assert plays_of(planned) == {f"o{n}": 1020 for n in range(6)}


def test_a_campaign_that_can_go_elsewhere_makes_room() -> None:
    anywhere = [order(f"o{n}", 1_000) for n in range(6)]
    only_even = order("even", 1_200, targets=frozenset({"even"}))
    assert plays_of(plan_network(network(*anywhere, only_even, places=8)))["even"] == 1_200


def test_plays_on_every_screen_are_the_same_on_every_screen() -> None:
    planned = plan_network(network(order("e", each=Fraction(333)), order("x", 1_234), places=7))
    assert set(by_place(planned, "e").values()) == {333}


def test_impressions_count_where_they_are_seen() -> None:
    busy = ((420, 720), 2_000), ((720, 1440), 500)
    planned = plan_network(network(order("i", 2_000, impressions=True), impressions=busy))
    assert planned.allotment.fulfilled[0] == pytest.approx(2_000_000, abs=2_000)
    morning = sum(
        count for _, row in allotted_places(planned) for entry in row for first, _, count in entry.parts if first < 720
    )
    everywhere = plays_of(planned)["i"]
    assert 2 * morning + (everywhere - morning) / 2 == pytest.approx(2_000, abs=2)


def test_the_published_case_of_six_shares_gives_exactly_their_plays() -> None:
    # Seconds an hour of items of 10 s, as share-of-voice schedulers document it: 2000, 400, 200, 200, 600, 200.
    shares = (2000, 400, 200, 200, 600, 200)
    orders = [order(f"s{n}", share=Fraction(seconds, 3600), rank=Rank.SHARE) for n, seconds in enumerate(shares)]
    hour = Profile(DAY, ((0, 360),))
    day = NetworkDay(10_000, tuple(orders), (hour,), [Place("s", 0, frozenset())], Apart(0, 0, 0))
    [(_, allotted)] = allotted_places(plan_network(day))
    assert [sum(part[2] for part in entry.parts) for entry in allotted] == [200, 40, 20, 20, 60, 20]
    table = plan(
        PlanInput(10_000, bookings_of(day), (PlanScreen("s", (ScreenDay(DAY, ((0, 360),), allotted),)),), day.apart)
    )
    shown = Counter(item for _, _, item in spots(table.days[0].table))
    assert [shown[f"s{n}"] for n in range(6)] == [200, 40, 20, 20, 60, 20]


def test_the_published_case_of_half_the_time_gives_its_plays() -> None:
    half = order("s", share=Fraction(1800, 3600), rank=Rank.SHARE)
    day = NetworkDay(10_000, (half,), (Profile(DAY, ((0, 360),)),), [Place("s", 0, frozenset())])
    [(_, allotted)] = allotted_places(plan_network(day))
    table = plan(
        PlanInput(10_000, bookings_of(day), (PlanScreen("s", (ScreenDay(DAY, ((0, 360),), allotted),)),), day.apart)
    )
    assert len(spots(table.days[0].table)) == pytest.approx(180, abs=1)


def test_the_same_network_has_the_same_numbers_in_whatever_order_screens_come() -> None:
    day = network(*(order(f"o{n}", 700 + n, targets=frozenset({"even"})) for n in range(5)))
    turned = replace(day, places=list(reversed(day.places)))
    assert plays_of(plan_network(day)) == plays_of(plan_network(turned))
    assert np.array_equal(plan_network(day).allotment.fulfilled, plan_network(turned).allotment.fulfilled)


def question(day: NetworkDay, screen: str, allotted: Row) -> PlanInput:
    days = (ScreenDay(DAY, OPEN, allotted, house=(HouseItem("house", 1),)),)
    return PlanInput(SLOT_MS, bookings_of(day), (PlanScreen(screen, days),), day.apart)


def bookings_of(day: NetworkDay) -> tuple[Booking, ...]:
    return tuple(
        Booking(
            id=order.booking, advertiser=order.advertiser, category=order.category,
            creatives=(PlanCreative(order.booking, 1, 1),), goal_kind="plays", goal=Fraction(1), starts_on=MONDAY,
            ends_on=MONDAY,
        )
        for order in day.orders
    )  # fmt: skip


def parts_of(allotted: Row, booking: str) -> list[tuple[int, int, int]]:
    """The parts of a booking, those that touch made one."""
    [mine] = [entry.parts for entry in allotted if entry.booking == booking]
    joined: list[tuple[int, int, int]] = []
    for first, end, count in mine:
        if joined and joined[-1][1] == first:
            joined[-1] = (joined[-1][0], end, joined[-1][2] + count)
        else:
            joined.append((first, end, count))
    return joined
