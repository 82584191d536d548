"""Compile every loop once, so that the first plan of a new machine does not wait for it.

python -m server.planner.compile_ahead
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

from server.planner.allocate.network_plan import allotted_places, plan_network
from server.planner.allocate.orders import order_of
from server.planner.available.query import available_for
from server.planner.model.days import ALWAYS, WeeklySpan, local_day
from server.planner.model.network import NetworkDay, Place, Profile
from server.planner.model.problem import Booking, PlanCreative, PlanInput, PlanScreen, PreviousPlan, ScreenDay
from server.planner.plan import plan

ON = date(2026, 1, 5)
SLOT_MS = 60_000


def compile_all() -> None:
    """Plan a day of two screens, query it and change it: once with enough capacity, once with too little."""
    for plays in (300, 1301):
        _plan_and_change(plays)


def _plan_and_change(plays: int) -> None:
    day = local_day("UTC", ON)
    assert day is not None
    profile = Profile(day, ((0, day.slots(SLOT_MS)),))
    bookings = tuple(_booking(number) for number in range(3))
    more, fewer = (
        tuple(order for booking in bookings if (order := order_of(booking, ON, plays=wanted)))
        for wanted in (plays, plays - 1)
    )
    network = NetworkDay(SLOT_MS, fewer, (profile,), tuple(Place(id_, 0, frozenset()) for id_ in "ab"))
    before = plan_network(replace(network, orders=more[:2]))
    available_for(before, fewer[2])
    previous: dict[str, PreviousPlan] = {}
    for planned in (before, plan_network(network, before)):
        for place, allotted in allotted_places(planned):
            screen = PlanScreen(place, (ScreenDay(day, profile.open, allotted, previous.get(place)),))
            [made] = plan(PlanInput(SLOT_MS, bookings, (screen,))).days
            previous[place] = PreviousPlan(made.table, 60, "")


def _booking(number: int) -> Booking:
    """The first buys a share, the others plays: together they run through all the loops."""
    return Booking(
        id=f"b{number}",
        advertiser=f"a{number}",
        category="c",
        creatives=(PlanCreative(f"item {number}", 1, 1),),
        goal_kind="plays" if number else "share",
        goal=Fraction(300 if number else 5),
        starts_on=ON,
        ends_on=ON,
        dayparts=ALWAYS if number < 2 else (WeeklySpan(0, 0, 600),),
    )


if __name__ == "__main__":
    compile_all()
