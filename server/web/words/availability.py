"""Availability in words: how much is free against a booking's goal, and the nearest booking that fits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from flask_babel import format_date, format_decimal

from server.campaigns.availability_messages import AvailabilityAnswer, NoRoom
from server.campaigns.models import GoalKind
from server.campaigns.selling import Sales
from server.context import services
from server.web.words.language import say as _
from server.web.words.language import say_later as _l


@contextmanager
def selling() -> Iterator[Sales]:
    """The sales of this request. A refusal for lack of capacity says in the reader's language how much is free."""
    try:
        yield Sales(services().engine, services().query_availability)
    except NoRoom as refused:
        answer = cast(AvailabilityAnswer, refused.facts["answer"])
        raise NoRoom(free_words(answer), remedy=fitting_words(answer)) from refused


def free_words(answer: AvailabilityAnswer) -> str:
    """How much is free, against the booking's goal."""
    if not answer.screens:
        return _("None of these screens plays in these hours.")
    match answer.goal_kind:
        case GoalKind.PLAYS:
            one = _l("This screen has %(free)s free plays in that flight; you ask for %(asked)s.")
            many = _l("These %(screens)s screens have %(free)s free plays in that flight; you ask for %(asked)s.")
        case GoalKind.IMPRESSIONS:
            one = _l("This screen has %(free)s impressions free in that flight; you ask for %(asked)s.")
            many = _l("These %(screens)s screens have %(free)s impressions free in that flight; you ask for %(asked)s.")
        case _ if answer.fits:
            one = _l("On this screen there is room for it on every day of the flight.")
            many = _l("On these %(screens)s screens there is room for it on every day of the flight.")
        case GoalKind.PLAYS_PER_DAY:
            one = _l("This screen has room for %(free)s plays on %(day)s; you ask for %(asked)s.")
            many = _l("These %(screens)s screens have room for %(free)s plays each on %(day)s; you ask for %(asked)s.")
        case GoalKind.SHARE:
            one = _l("This screen has %(free)s percent of its time free on %(day)s; you ask for %(asked)s.")
            many = _l("These %(screens)s screens have %(free)s percent free on %(day)s; you ask for %(asked)s.")
        case _:
            one = _l("On this screen others have time on %(day)s that they keep.")
            many = _l("On these %(screens)s screens others have time on %(day)s that they keep.")
    facts = {"screens": format_decimal(answer.screens), "free": _number(answer.free), "asked": _number(answer.asked)}
    return str(one if answer.screens == 1 else many) % {**facts, "day": _day(answer)}


def fitting_words(answer: AvailabilityAnswer) -> str:
    """The nearest booking that fits, where there is one."""
    if answer.nearest and answer.nearest_end:
        return _(
            "Ask for %(nearest)s at the most, or let the flight end on %(day)s.",
            nearest=_number(answer.nearest),
            day=format_date(answer.nearest_end),
        )
    if answer.nearest:
        return _(
            "Ask for %(nearest)s at the most, or choose other screens or days.",
            nearest=_number(answer.nearest),
        )
    if answer.nearest_end:
        return _("Let the flight end on %(day)s, or choose other screens.", day=format_date(answer.nearest_end))
    return _(NoRoom().remedy)


def _number(number: float) -> str:
    return str(format_decimal(int(number) if number == int(number) else round(number, 1)))


def _day(answer: AvailabilityAnswer) -> str:
    return str(format_date(answer.tight_on)) if answer.tight_on else ""
