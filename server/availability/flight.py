"""What is free in a flight for one more booking, from what is free on each of its days.

A goal of the whole flight is followed day by day, as the network will be planned: each day is given what it owes as far
as there is room, and what is missing is in what the next days owe. Shares, plays a day and takeovers want their part of
every day, so the day that has least decides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from math import inf

from server.campaigns.availability_messages import Answer
from server.campaigns.models import GoalKind
from server.errors import Invalid
from server.planner.allocate.goals import day_plays
from server.planner.allocate.places import NetworkPlan, order_of
from server.planner.available.query import Spare, spare
from server.planner.model.network import Order, Rank
from server.planner.model.problem import Booking

# So many days later a flight may end for what it wants to fit.
LATER_DAYS = 28
MOST_DAYS = 2 * 366
WEEK = 6
SURE = 1000
# A day on which the clock is put back is longer than another, but never by so much.
LONGER_DAY = 1.25


class FlightTooLong(Invalid):
    """Plays of a whole flight are counted over two years at the most. Choose an earlier end, or a share of the time."""


PlanOn = Callable[[date], NetworkPlan]


@dataclass(frozen=True)
class Flight:
    """A booking's days from today on.

    changes: days beyond the window on which other bookings run than on the day before
    given: of its goal before today · up: thousandths of plays that will be shown
    """

    booking: Booking
    first: date
    plan_on: PlanOn
    revision: int
    window_ends: date
    changes: frozenset[date] = frozenset()
    given: int = 0
    up: int = SURE
    known: dict[tuple[int, Order], Spare] = field(default_factory=dict)
    all_of_it: dict[int, Order] = field(default_factory=dict)
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
        """Those of the window, and a week after each change: all days beyond are as one of these."""
        window = self._from(self.begins, (self.window_ends - self.begins).days)
        far = {self.window_ends + timedelta(days=1), self.begins, *self.changes}
        weeks = [self._from(on, WEEK) for on in sorted(far) if max(self.window_ends, self.begins) <= on]
        return list(dict.fromkeys([*window, *(on for week in weeks for on in week)]))

    def _from(self, on: date, most: int) -> list[date]:
        """This day, and up to so many of the flight that follow it."""
        return [on + timedelta(days=n) for n in range(min(most, (self.booking.last_on - on).days) + 1)]

    def spare_on(self, on: date, plays: int = 0) -> Spare:
        """Far days that share a plan share the answer; plays are asked for in round numbers, so that these do."""
        booking = self.booking if on <= self.booking.last_on else replace(self.booking, ends_on=on)
        order = order_of(booking, on, plays=_rounded_up(-(-plays * SURE // self.up)))
        assert order is not None
        plan = self.plan_on(on)
        # Who asks for more than there is gets all that there is: so does who asks for more yet.
        all_of_it = self.all_of_it.get(id(plan))
        key = id(plan), order if all_of_it is None or (order.plays or 0) < (all_of_it.plays or 0) else all_of_it
        if key not in self.known:
            self.known[key] = spare(plan, order, sold=Rank.GUARANTEED)
            if order.plays is not None and not self.known[key].enough:
                self.all_of_it[id(plan)] = order
        self.screens[on] = self.known[key].screens
        return self.known[key]

    def room_on(self, on: date, plays: int) -> int:
        """Of what is free, what screens that are not always up will show."""
        return self.spare_on(on, plays).plays * self.up // SURE

    def weight(self, on: date) -> int:
        """Minutes that a day has for the booking."""
        return (self.booking if on <= self.booking.last_on else replace(self.booking, ends_on=on)).minutes_on(on)


def _rounded_up(plays: int) -> int:
    """To two digits: a day that has room for a twentieth more is not looked at again for the few that the next owes."""
    step = int(10 ** max(0, len(str(plays)) - 2))
    return -(-plays // step) * step


def answer_flight(flight: Flight) -> Answer:
    if flight.booking.goal_kind in ("plays", "impressions"):
        return _goal_of_flight(flight)
    return _part_of_every_day(flight)


# --- goals of the whole flight


def _goal_of_flight(flight: Flight) -> Answer:
    """First as much of each day as it owes, for that is mostly there; all that there is, only if it is not."""
    asked, days = int(flight.booking.goal) - flight.given, flight.days
    weights = [flight.weight(on) for on in days]
    left, free = asked, 0
    for n, on in enumerate(days):
        owed = day_plays(left, weights[n:], flight.booking.pace)
        room = flight.room_on(on, owed)
        left, free = left - min(room, owed), free + room
    answer = Answer(
        revision=flight.revision,
        goal_kind=GoalKind(flight.booking.goal_kind),
        screens=max(flight.screens.values(), default=0),
        asked=asked + flight.given,
        free=free + flight.given,
        fits=flight.booking.preemptible or left <= 0,
        exact=False,
    )
    return answer if answer.fits else _with_nearest_goal(flight, answer)


def _with_nearest_goal(flight: Flight, answer: Answer) -> Answer:
    asked, days = int(answer.asked) - flight.given, flight.days
    rooms = [flight.room_on(on, asked) for on in days]
    nearest = _largest_met(flight, days, rooms, asked)
    return answer.model_copy(
        update={
            "free": sum(rooms) + flight.given,
            "exact": all(flight.spare_on(on, asked).exact for on in days),
            "fits": nearest >= asked,
            "nearest": nearest + flight.given or None,
            "nearest_end": _end_that_fits(flight, days, rooms, asked),
        }
    )


def _largest_met(flight: Flight, days: Sequence[date], rooms: Sequence[int], asked: int) -> int:
    least, most = 0, min(asked, sum(rooms))
    while least < most:
        middle = (least + most + 1) // 2
        if _is_met(flight, days, rooms, middle):
            least = middle
        else:
            most = middle - 1
    return least


def _is_met(flight: Flight, days: Sequence[date], rooms: Sequence[int], goal: int) -> bool:
    left, weights = goal, [flight.weight(on) for on in days]
    for n, room in enumerate(rooms):
        left -= min(room, day_plays(left, weights[n:], flight.booking.pace))
    return left <= 0


def _end_that_fits(flight: Flight, days: Sequence[date], rooms: Sequence[int], asked: int) -> date | None:
    later, found = list(days), list(rooms)
    if not days or sum(rooms) + LATER_DAYS * _most_a_day(flight) < asked:
        return None
    for _ in range(LATER_DAYS):
        later.append(later[-1] + timedelta(days=1))
        found.append(flight.room_on(later[-1], asked))
        if sum(found) >= asked and _is_met(flight, later, found, asked):
            return later[-1]
    return None


def _most_a_day(flight: Flight) -> float:
    """More than any day can give: no day need be looked at for a goal that even empty screens would not meet."""
    if flight.booking.goal_kind == "impressions":
        return inf
    day = flight.plan_on(flight.begins).market.day
    slots = max((profile.day.slots(day.slot_ms) for profile in day.profiles), default=0)
    return float(max(flight.screens.values(), default=0) * slots * LONGER_DAY / flight.booking.mean_slots)


# --- a part of every day


def _part_of_every_day(flight: Flight) -> Answer:
    """A day on which the booking's screens are all off, or its hours do not fall, asks for nothing."""
    spares = [(on, flight.spare_on(on)) for on in flight.days_that_differ]
    running = [(on, one, one.most) for on, one in spares if one.screens and one.most is not None]
    percent = flight.booking.goal_kind != "plays_per_day"
    asked = Fraction(100) if flight.booking.takes_over else flight.booking.goal
    tight, least, most = min(running, key=lambda day: day[2], default=(None, None, asked))
    nearest = min(asked, most * 100 if percent and running else most)
    fits = flight.booking.preemptible or all(one.enough for _, one, _ in running)
    return Answer(
        revision=flight.revision,
        goal_kind=GoalKind(flight.booking.goal_kind),
        screens=max((one.screens for _, one, _ in running), default=0),
        asked=float(asked),
        free=float(asked if fits else nearest),
        fits=fits,
        exact=least is not None and least.exact,
        nearest=None if fits or flight.booking.takes_over else float(nearest) or None,
        tight_on=None if fits else tight,
    )
