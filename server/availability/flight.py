"""The free capacity of a flight for one more booking, computed from that of its days.

A goal of the whole flight is followed day by day, as the network will be planned: each day takes what is due on it as
far as it has capacity, and the rest is due on the following days. Shares, plays a day and takeovers need their part of
every day, so the day with the least capacity decides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from math import inf

from media.integers import ceil_div
from server.allotment.up_time import ALWAYS_UP
from server.campaigns.availability_messages import AvailabilityAnswer
from server.campaigns.models import GoalKind
from server.errors import Invalid
from server.planner.allocate.goals import day_plays
from server.planner.allocate.network_plan import NetworkPlan
from server.planner.allocate.orders import order_of
from server.planner.available.query import Available, available_for
from server.planner.model.network import Order, Rank
from server.planner.model.problem import Booking

# A later end of the flight is searched for within this many days.
LATER_DAYS = 28
MOST_DAYS = 2 * 366
WEEK = 6  # further days of a week, after its first
# A day on which the clock is put back is longer than others, but never by this factor.
LONGER_DAY = 1.25


class FlightTooLong(Invalid):
    """Plays of a whole flight are counted over two years at the most. Choose an earlier end, or a share of the time."""


PlanOn = Callable[[date], NetworkPlan]


@dataclass(frozen=True)
class Flight:
    """A booking's days from today on.

    changes: days beyond the window whose bookings or advert-free venues differ from those of the day before
    given: what it had of its goal before today · up: thousandths of its plays that will be shown
    known: answers by `id()` of the day's plan and order
    more_than_free: by `id()` of a plan, the smallest order for which the plan had too little capacity
    screens: screens reached on each day that was looked at
    """

    booking: Booking
    first: date
    plan_on: PlanOn
    revision: int
    window_ends: date
    changes: frozenset[date] = frozenset()
    given: int = 0
    up: int = ALWAYS_UP
    known: dict[tuple[int, Order], Available] = field(default_factory=dict)
    more_than_free: dict[int, Order] = field(default_factory=dict)
    screens: dict[date, int] = field(default_factory=dict)

    @property
    def begins(self) -> date:
        return max(self.first, self.booking.starts_on)

    @property
    def days(self) -> list[date]:
        if (self.booking.last_on - self.begins).days > MOST_DAYS:
            raise FlightTooLong
        return self._from(self.begins, MOST_DAYS)

    @property
    def days_that_differ(self) -> list[date]:
        """The days of the window, and a week after each change: every other day is like one of these."""
        window = self._from(self.begins, (self.window_ends - self.begins).days)
        far = {self.window_ends + timedelta(days=1), self.begins, *self.changes}
        weeks = [self._from(on, WEEK) for on in sorted(far) if max(self.window_ends, self.begins) <= on]
        return list(dict.fromkeys([*window, *(on for week in weeks for on in week)]))

    def _from(self, on: date, most: int) -> list[date]:
        """This day, and at most so many days of the flight after it."""
        return [on + timedelta(days=n) for n in range(min(most, (self.booking.last_on - on).days) + 1)]

    def free_on(self, on: date, plays: int = 0) -> Available:
        """The free capacity for so many plays, rounded to few numbers because days that share a plan share answers."""
        booking = self.booking if on <= self.booking.last_on else replace(self.booking, ends_on=on)
        order = order_of(booking, on, plays=_rounded_up(ceil_div(plays * ALWAYS_UP, self.up)))
        assert order is not None
        plan = self.plan_on(on)
        # An order above the capacity gets all of it, and so does every larger order: they share one answer.
        too_large = self.more_than_free.get(id(plan))
        key = id(plan), order if too_large is None or (order.plays or 0) < (too_large.plays or 0) else too_large
        if key not in self.known:
            self.known[key] = available_for(plan, order, protected=Rank.GUARANTEED)
            if order.plays is not None and not self.known[key].enough:
                self.more_than_free[id(plan)] = order
        self.screens[on] = self.known[key].screens
        return self.known[key]

    def shown_on(self, on: date, plays: int) -> int:
        """The part of what is free that the screens will really show."""
        return self.free_on(on, plays).plays * self.up // ALWAYS_UP

    def weight(self, on: date) -> int:
        """Minutes of the day in which the booking may play."""
        return (self.booking if on <= self.booking.last_on else replace(self.booking, ends_on=on)).minutes_on(on)


def _rounded_up(plays: int) -> int:
    """Rounded up to two digits, so that days with nearly equal dues share an answer."""
    step = int(10 ** max(0, len(str(plays)) - 2))
    return ceil_div(plays, step) * step


def answer_flight(flight: Flight) -> AvailabilityAnswer:
    if flight.booking.goal_kind in ("plays", "impressions"):
        return _goal_of_flight(flight)
    return _part_of_every_day(flight)


# --- goals of the whole flight


def _goal_of_flight(flight: Flight) -> AvailabilityAnswer:
    """First query each day for what is due on it, which mostly fits; query for all that is free only if it does not."""
    goal, days = int(flight.booking.goal) - flight.given, flight.days
    weights = [flight.weight(on) for on in days]
    left, free = goal, 0
    for n, on in enumerate(days):
        due = day_plays(left, weights[n:], flight.booking.pace)
        shown = flight.shown_on(on, due)
        left, free = left - min(shown, due), free + shown
    answer = AvailabilityAnswer(
        revision=flight.revision,
        goal_kind=GoalKind(flight.booking.goal_kind),
        screens=max(flight.screens.values(), default=0),
        asked=goal + flight.given,
        free=free + flight.given,
        fits=flight.booking.preemptible or left <= 0,
        exact=False,
    )
    return answer if answer.fits else _with_nearest_goal(flight, answer)


def _with_nearest_goal(flight: Flight, answer: AvailabilityAnswer) -> AvailabilityAnswer:
    goal, days = int(answer.asked) - flight.given, flight.days
    free = [flight.shown_on(on, goal) for on in days]
    nearest = _largest_that_fits(flight, days, free, goal)
    return answer.model_copy(
        update={
            "free": sum(free) + flight.given,
            "exact": all(flight.free_on(on, goal).exact for on in days),
            "fits": nearest >= goal,
            "nearest": nearest + flight.given or None,
            "nearest_end": _end_that_fits(flight, days, free, goal),
        }
    )


def _largest_that_fits(flight: Flight, days: Sequence[date], free: Sequence[int], goal: int) -> int:
    """The largest goal, up to this one, that fits the days. Bisection: what fits, fits with less too."""
    least, most = 0, min(goal, sum(free))
    while least < most:
        middle = (least + most + 1) // 2
        if _fits(flight, days, free, middle):
            least = middle
        else:
            most = middle - 1
    return least


def _fits(flight: Flight, days: Sequence[date], free: Sequence[int], goal: int) -> bool:
    """Is the goal reached if each day takes what is due on it, as far as it is free?"""
    left, weights = goal, [flight.weight(on) for on in days]
    for n, free_on_day in enumerate(free):
        left -= min(free_on_day, day_plays(left, weights[n:], flight.booking.pace))
    return left <= 0


def _end_that_fits(flight: Flight, days: Sequence[date], free: Sequence[int], goal: int) -> date | None:
    longer, free_on = list(days), list(free)
    if not days or sum(free) + LATER_DAYS * _most_a_day(flight) < goal:
        return None
    for _ in range(LATER_DAYS):
        longer.append(longer[-1] + timedelta(days=1))
        free_on.append(flight.shown_on(longer[-1], goal))
        if sum(free_on) >= goal and _fits(flight, longer, free_on, goal):
            return longer[-1]
    return None


def _most_a_day(flight: Flight) -> float:
    """More than any day can give: no later day is planned for a goal that even empty screens could not meet."""
    if flight.booking.goal_kind == "impressions":
        return inf
    day = flight.plan_on(flight.begins).market.day
    slots = max((profile.day.slots(day.slot_ms) for profile in day.profiles), default=0)
    return float(max(flight.screens.values(), default=0) * slots * LONGER_DAY / flight.booking.mean_slots)


# --- a part of every day


def _part_of_every_day(flight: Flight) -> AvailabilityAnswer:
    """Days on which all screens of the booking are off, or that are outside its hours, are left out."""
    days = [(on, flight.free_on(on)) for on in flight.days_that_differ]
    running = [(on, free, free.most) for on, free in days if free.screens and free.most is not None]
    percent = flight.booking.goal_kind != "plays_per_day"
    goal = Fraction(100) if flight.booking.takes_over else flight.booking.goal
    tight_on, least, most = min(running, key=lambda day: day[2], default=(None, None, goal))
    nearest = min(goal, most * 100 if percent and running else most)
    fits = flight.booking.preemptible or all(free.enough for _, free, _ in running)
    return AvailabilityAnswer(
        revision=flight.revision,
        goal_kind=GoalKind(flight.booking.goal_kind),
        screens=max((free.screens for _, free, _ in running), default=0),
        asked=float(goal),
        free=float(goal if fits else nearest),
        fits=fits,
        exact=least is not None and least.exact,
        nearest=None if fits or flight.booking.takes_over else float(nearest) or None,
        tight_on=None if fits else tight_on,
    )
