"""Before something is sold, the booking desk is asked whether there is room; a refusal names the nearest that fits.

The answer is true at a revision of the network, and what is sold is written at that revision or not at all: of two who
were told that the same room is free, one is first, and the other is asked again and answered anew.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from flask_babel import format_date, format_decimal
from pydantic import ValidationError
from sqlmodel import Session

from media.wire.errors import ErrorAnswer
from server.campaigns.availability_messages import (
    HOST,
    QUERY_PATH,
    AvailabilityAnswer,
    AvailabilityQuery,
    NoRoom,
    shared_key,
)
from server.campaigns.book import campaign_of, form_of
from server.campaigns.checks import check_bookable
from server.campaigns.forms import BookingForm
from server.campaigns.holds import hold_of
from server.campaigns.models import CampaignState, GoalKind
from server.errors import Conflict, Invalid, LiftcastError
from server.screens.replan import NetworkChanged, bump_revision
from server.settings import Settings
from server.web.context import house, reading, transaction
from server.web.language import say as _
from server.web.language import say_later as _l

T = TypeVar("T")
AskDesk = Callable[[AvailabilityQuery], AvailabilityAnswer]

GLANCE_S = 5
BOOKING_S = 60
PATIENCE_S = 5.0
LOOK_AGAIN_S = 0.25
ATTEMPTS = 5
TAKE_ROOM = ("book", "resume")


class DeskAway(LiftcastError):
    """The booking desk does not answer, so nobody knows what is still free. Keep it as a draft and book it in a minute;
    if this stays, see that `liftcast-server desk` runs."""

    status = 503
    retry_after_s = 60


def desk_of(settings: Settings) -> AskDesk:
    """How the desk of this machine is asked."""
    headers = {"Authorization": f"Bearer {shared_key(settings.secret_key)}", "Content-Type": "application/json"}

    def ask(question: AvailabilityQuery) -> AvailabilityAnswer:
        within_s = BOOKING_S if question.newest else GLANCE_S
        connection = http.client.HTTPConnection(HOST, settings.planner_port, timeout=within_s)
        try:
            _connect(connection, patience_s=PATIENCE_S if question.newest else 0)
            # As bytes: http.client would write a str as Latin-1, in which most names cannot be written.
            connection.request("POST", QUERY_PATH, question.model_dump_json().encode(), headers)
            answer = connection.getresponse()
            return _read(answer.status, answer.read())
        except (OSError, http.client.HTTPException, ValidationError) as error:
            raise DeskAway from error
        finally:
            connection.close()

    return ask


def _connect(connection: http.client.HTTPConnection, *, patience_s: float) -> None:
    """A desk that was killed is started again within seconds: who books waits for it, who only looks does not."""
    until = time.monotonic() + patience_s
    while True:
        try:
            return connection.connect()
        except ConnectionRefusedError:
            if time.monotonic() >= until:
                raise
            time.sleep(LOOK_AGAIN_S)


def _read(status: int, raw: bytes) -> AvailabilityAnswer:
    if status == http.client.OK:
        return AvailabilityAnswer.model_validate_json(raw)
    told = ErrorAnswer.model_validate_json(raw).error
    for kind in (Conflict, Invalid):
        if status == kind.status:
            raise kind(told.message, remedy=told.remedy)
    raise DeskAway


# --- what is sold


def sell(form: BookingForm, write: Callable[[Session], T], *, instead_of: str | None = None, now: datetime) -> T:
    """Write what is booked, if there is room for it. A bonus takes nobody's room, so it is never refused."""
    with reading() as db:
        check_bookable(db, form, now=now)
    return keep_room(form, write, instead_of=instead_of)


def keep_room(form: BookingForm, write: Callable[[Session], T], *, instead_of: str | None = None) -> T:
    """Write what takes room, at the revision at which there is some."""
    if form.preemptible:
        with transaction() as db:
            bump_revision(db)
            return write(db)
    for _attempt in range(ATTEMPTS):
        answer = house().ask_desk(AvailabilityQuery(form=form, instead_of=instead_of, newest=True))
        if not answer.fits:
            raise NoRoom(what_is_free(answer), remedy=what_fits(answer))
        try:
            with transaction() as db:
                bump_revision(db, only_at=answer.revision)
                return write(db)
        except NetworkChanged:
            continue
    raise NetworkChanged


def sell_change(campaign_id: str, form: BookingForm, write: Callable[[Session], T], *, now: datetime) -> T:
    """A change of what takes room already; where it takes none, or no more than before, it is written as it is."""
    with reading() as db:
        campaign = campaign_of(db, campaign_id)
        takes_room = campaign.state == CampaignState.BOOKED or hold_of(db, campaign_id, now=now) is not None
        takes_more = takes_room and not _no_more(form, form_of(db, campaign_id))
    if takes_more and campaign.state == CampaignState.BOOKED:
        return sell(form, write, instead_of=campaign_id, now=now)
    if takes_more:
        return keep_room(form, write, instead_of=campaign_id)
    with transaction() as db:
        return write(db)


def _no_more(form: BookingForm, was: BookingForm) -> bool:
    """Another name, or less of the same."""
    return form.goal <= was.goal and was.model_copy(update={"name": form.name, "goal": form.goal}) == form


def move_sold(campaign_id: str, move: str, write: Callable[[Session], T], *, now: datetime) -> T:
    """Booking a draft and resuming take room; pausing and ending give some back."""
    if move not in TAKE_ROOM:
        with transaction() as db:
            return write(db)
    with reading() as db:
        form = form_of(db, campaign_id)
    return sell(form, write, instead_of=campaign_id, now=now)


# --- in words


def what_is_free(answer: AvailabilityAnswer) -> str:
    """What is free, against what is asked."""
    if not answer.screens and not answer.fits:
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


def what_fits(answer: AvailabilityAnswer) -> str:
    """The nearest that fits, where something does."""
    if answer.nearest and answer.nearest_end:
        return _(
            "Ask for %(nearest)s at the most, or let the flight end on %(day)s.",
            nearest=_number(answer.nearest),
            day=format_date(answer.nearest_end),
        )
    if answer.nearest:
        return _("Ask for %(nearest)s at the most, or choose other screens or days.", nearest=_number(answer.nearest))
    if answer.nearest_end:
        return _("Let the flight end on %(day)s, or choose other screens.", day=format_date(answer.nearest_end))
    return _(NoRoom().remedy)


def _number(number: float) -> str:
    return str(format_decimal(int(number) if number == int(number) else round(number, 1)))


def _day(answer: AvailabilityAnswer) -> str:
    return str(format_date(answer.tight_on)) if answer.tight_on else ""
