"""Forecast what a campaign will reach by the end of its flight, from what was booked, planned and played. Pure.

Days that are over are counted; today is planned. A goal of the flight is made good from day to day
(planner/allocate/goals.py), so its forecast goes through the remaining days as the planner will: what is then due on
each day, limited by the day's capacity, times the part of the plan that was recently played. A share, plays a day and a
takeover are due day by day: what is missing on one day is not made good on another.
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
# A forecast this near to the goal, and a delay of this part, are noise: screens fail, and their plays are made good.
SHORT = Fraction(995, 1000)
NOTICED = Fraction(2, 100)


@dataclass(frozen=True)
class DayFulfilment:
    """A campaign's demand of a day of the window, and its allotment."""

    wanted: int
    given: int


@dataclass(frozen=True)
class Course:
    """Everything that a forecast depends on, in the goal's unit.

    since: the first day that counts: the flight's, or that of the booking · today: the first day that is not over
    due: what was due on the days that are over, where the goal is due day by day
    played_part: the played part of the plays planned lately · window: the planned days
    runs: False for a campaign that is paused, ended or cannot play
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
    played_part: Fraction = Fraction(1)
    window: Mapping[date, DayFulfilment] | None = None
    runs: bool = True

    @property
    def counted(self) -> int:
        return self.played + self.awaited

    def minutes(self, on: date) -> int:
        """The weight of a day: the minutes in which the booking may play."""
        return minutes_on(self.dayparts, on, starts_on=self.since, ends_on=self.ends_on)

    @property
    def last_on(self) -> date:
        """The last date: a night of the flight's last day continues after midnight."""
        return last_date(self.dayparts, self.ends_on)

    def days(self, first: date) -> list[date]:
        return [first + timedelta(days=n) for n in range((self.last_on - first).days + 1)]


@dataclass(frozen=True)
class Forecast:
    """expected: what the pace should have reached on days that are over · planned: on the days of the window
    at_end: what will be played by the end of the flight"""

    unit: str
    booked: int
    expected: int
    played: int
    awaited: int
    planned: int
    at_end: int

    @property
    def behind(self) -> int:
        """By how many plays it is behind; below zero it is ahead."""
        return self.expected - self.played - self.awaited

    @property
    def share(self) -> Fraction:
        """The part of the booked plays that will be played by the end."""
        return Fraction(self.at_end, self.booked) if self.booked else Fraction(1)

    @property
    def falls_short(self) -> bool:
        """Will it miss its goal, unless something is done?"""
        return self.share < SHORT

    @property
    def lags(self) -> bool:
        """Is it noticeably behind, or will it fall short? Pages mark such campaigns."""
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
        planned=sum(day.given for on, day in window.items() if on <= course.last_on),
        at_end=goal - _left_at_end(course, goal) if course.runs else course.counted,
    )


def _expected(course: Course, goal: int) -> int:
    """The plays of an undisturbed flight until now. The pace "as soon as possible" is treated as even."""
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
    """The rest of the goal at the flight's end; below zero where more was played than was booked."""
    left, rate = goal - course.counted, _full_rate(course)
    days = course.days(max(course.since, course.today))
    weights = [course.minutes(on) for on in days]
    rest = sum(weights)
    for n, on in enumerate(days):
        if left <= 0:
            break
        # For other paces than "ahead", `day_plays` uses only the day's own weight and the sum of all.
        shape = weights[n:] if course.pace == "ahead" else [weights[n], rest - weights[n]]
        due, capacity = day_plays(left, shape, course.pace), _capacity(course, on, weights[n], rate)
        left -= due if capacity is None else min(due, int(course.played_part * capacity))
        rest -= weights[n]
    return left if any(weights) else goal - course.counted


def _capacity(course: Course, on: date, weight: int, rate: Fraction | None) -> int | None:
    """The most that a day can give: known for a full day of the window, estimated beyond it; None if unlimited."""
    day = (course.window or {}).get(on)
    if day is not None:
        return day.given if day.given < day.wanted else None
    return None if rate is None else int(rate * weight)


def _full_rate(course: Course) -> Fraction | None:
    """Plays per minute on the full days of the window, which gave less than was wanted; None if there is none."""
    full = [(on, day) for on, day in (course.window or {}).items() if day.given < day.wanted and course.minutes(on)]
    minutes = sum(course.minutes(on) for on, _ in full)
    return Fraction(sum(day.given for _, day in full), minutes) if minutes else None


# --- goals that are due day by day


def _by_day(course: Course) -> Forecast:
    window = {on: day for on, day in (course.window or {}).items() if course.since <= on <= course.last_on}
    wanted, given = sum(day.wanted for day in window.values()), sum(day.given for day in window.values())
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
        at_end=course.counted + int(course.played_part * given * (1 + more)),
    )
