"""Booked, planned, played, forecast: where a campaign stands, and what it will come to at the end of its flight. Pure.

Counted are days that are over; today is planned. A goal of the flight is made good from day to day
(planner/allocate/goals.py), so its forecast goes through the days that are left as the planner will: what each day
owes of what is left then, as much of it as there is room for, and of that the part that lately was played of what was
planned. A share, plays of each day and a takeover are owed by the day: what a day fell short by is not made good.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from server.planner.allocate.goals import day_plays
from server.planner.model.days import WeeklySpan
from server.planner.model.nights import last_date, minutes_on
from server.planner.model.problem import GoalWord, Pace

FLIGHT_GOALS = ("plays", "impressions")
# A forecast this near to the goal, and a day or so behind by this part, are noise: screens fail and are made good.
SHORT = Fraction(995, 1000)
NOTICED = Fraction(2, 100)


@dataclass(frozen=True)
class DayFulfilment:
    """What a day of the window wants, and what the plan gives it."""

    wanted: int
    given: int


@dataclass(frozen=True)
class Course:
    """Everything that a forecast depends on, in the goal's unit.

    since: the first day that counts, which is the flight's or that of the booking · today: the first that is not over
    due: what days that are over were owed, where the goal is owed by the day · kept: part of what was planned lately
    that was played · window: the days that are planned · runs: False for one that is paused, ended or cannot play
    """

    goal_kind: GoalWord
    goal: Fraction
    pace: Pace
    dayparts: tuple[WeeklySpan, ...]
    since: date
    ends_on: date
    today: date
    played: int
    awaited: int = 0
    due: int = 0
    kept: Fraction = Fraction(1)
    window: Mapping[date, DayFulfilment] | None = None
    runs: bool = True

    @property
    def counted(self) -> int:
        return self.played + self.awaited

    def minutes(self, on: date) -> int:
        """The time that a day gives the booking: its weight."""
        return minutes_on(self.dayparts, on, starts_on=self.since, ends_on=self.ends_on)

    @property
    def last_on(self) -> date:
        """A night of the last day goes on after midnight."""
        return last_date(self.dayparts, self.ends_on)

    def days(self, first: date) -> list[date]:
        return [first + timedelta(days=n) for n in range((self.last_on - first).days + 1)]


@dataclass(frozen=True)
class Forecast:
    """`expected` by its pace on days that are over; `planned` for those of the window; `at_end` is what it comes to."""

    unit: str
    booked: int
    expected: int
    played: int
    awaited: int
    planned: int
    at_end: int

    @property
    def behind(self) -> int:
        """By so many; ahead where it is below zero."""
        return self.expected - self.played - self.awaited

    @property
    def share(self) -> Fraction:
        """Of what is booked, at the end."""
        return Fraction(self.at_end, self.booked) if self.booked else Fraction(1)

    @property
    def falls_short(self) -> bool:
        """Will it, unless something is done?"""
        return self.share < SHORT

    @property
    def lags(self) -> bool:
        """Behind by more than what is noise, or short at the end: worth a mark."""
        return self.falls_short or self.behind > max(Fraction(1), NOTICED * self.expected)


def forecast(course: Course) -> Forecast:
    return _of_flight(course) if course.goal_kind in FLIGHT_GOALS else _by_day(course)


# --- a goal of the whole flight


def _of_flight(course: Course) -> Forecast:
    goal = int(course.goal)
    window = course.window or {}
    return Forecast(
        unit=course.goal_kind,
        booked=goal,
        expected=_expected(course, goal),
        played=course.played,
        awaited=course.awaited,
        planned=sum(met.given for on, met in window.items() if on <= course.last_on),
        at_end=goal - _left_at_end(course, goal) if course.runs else course.counted,
    )


def _expected(course: Course, goal: int) -> int:
    """What an undisturbed flight would have played by now. As soon as possible is held to be even."""
    days = course.days(course.since)
    over = sum(1 for on in days if on < course.today)
    weights = [course.minutes(on) for on in days]
    if course.pace != "ahead" or not any(weights):
        return goal * sum(weights[:over]) // max(1, sum(weights))
    left = goal
    for n in range(over):
        left -= min(left, day_plays(left, weights[n:], course.pace))
    return goal - left


def _left_at_end(course: Course, goal: int) -> int:
    """What is left of the goal after each day that comes had its part; below zero where more was played than bought."""
    left, rate = goal - course.counted, _full_rate(course)
    days = course.days(max(course.since, course.today))
    weights = [course.minutes(on) for on in days]
    rest = sum(weights)
    for n, on in enumerate(days):
        if left <= 0:
            break
        # Of an even pace the planner asks for no more than the day's weight and the sum of all.
        shape = weights[n:] if course.pace == "ahead" else [weights[n], rest - weights[n]]
        owed, room = day_plays(left, shape, course.pace), _room(course, on, weights[n], rate)
        left -= owed if room is None else min(owed, int(course.kept * room))
        rest -= weights[n]
    return left if any(weights) else goal - course.counted


def _room(course: Course, on: date, weight: int, rate: Fraction | None) -> int | None:
    """The most that a day can be given, as far as is known: what one has that got less than it wanted."""
    met = (course.window or {}).get(on)
    if met is not None:
        return met.given if met.given < met.wanted else None
    return None if rate is None else int(rate * weight)


def _full_rate(course: Course) -> Fraction | None:
    """Given for each minute on days of the window that were full; None where none was."""
    full = [(on, met) for on, met in (course.window or {}).items() if met.given < met.wanted and course.minutes(on)]
    minutes = sum(course.minutes(on) for on, _ in full)
    return Fraction(sum(met.given for _, met in full), minutes) if minutes else None


# --- what is owed by the day


def _by_day(course: Course) -> Forecast:
    window = {on: met for on, met in (course.window or {}).items() if course.since <= on <= course.last_on}
    wanted, given = sum(met.wanted for met in window.values()), sum(met.given for met in window.values())
    minutes = sum(course.minutes(on) for on in window)
    beyond = sum(course.minutes(on) for on in course.days(max(course.since, course.today)) if on not in window)
    more = Fraction(beyond, minutes) if minutes else Fraction(0)
    return Forecast(
        unit="plays",
        booked=course.due + int(wanted * (1 + more)),
        expected=course.due,
        played=course.played,
        awaited=course.awaited,
        planned=given,
        at_end=course.counted + int(course.kept * given * (1 + more)),
    )
