"""Sell screen time: book, change, resume or hold a campaign only where the availability process reports room for it.

An availability answer is true at one revision of the network, and the sale is written at that revision or not at all.
Of two sellers who find the same room free, the first writes; the second sends its query again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from sqlalchemy import Engine
from sqlmodel import Session

from server.campaigns import book
from server.campaigns.availability_messages import AvailabilityAnswer, AvailabilityQuery, NoRoom
from server.campaigns.book import campaign_of, form_of
from server.campaigns.checks import check_bookable
from server.campaigns.forms import BookingForm
from server.campaigns.holds import hold_draft, hold_of
from server.campaigns.models import Campaign, CampaignHold, CampaignState
from server.db import reading, transaction
from server.screens.replan import NetworkChanged, bump_revision

T = TypeVar("T")
QueryAvailability = Callable[[AvailabilityQuery], AvailabilityAnswer]

ATTEMPTS = 5


class Move(StrEnum):
    """A step of a campaign's life."""

    BOOK = "book"
    PAUSE = "pause"
    RESUME = "resume"
    END = "end"


MOVES = {
    Move.BOOK: book.book_draft,
    Move.PAUSE: book.pause_campaign,
    Move.RESUME: book.resume_campaign,
    Move.END: book.end_campaign,
}
TAKES_ROOM = (Move.BOOK, Move.RESUME)


@dataclass(frozen=True)
class Sales:
    """The use cases of selling. Each runs in transactions of its own, so a caller holds none open.

    All of them raise NoRoom, with the answer among its facts, where the plays are not free.
    """

    engine: Engine
    query: QueryAvailability

    def book(self, form: BookingForm, *, by: str | None, now: datetime) -> Campaign:
        """A new campaign, booked at once."""
        return self._sell(form, lambda db: book.book_campaign(db, form, by=by, now=now), now=now)

    def change(self, campaign_id: str, form: BookingForm, *, by: str | None, now: datetime) -> Campaign:
        """Replace what was booked. Only a change that takes more room than before is checked for room."""
        write: Callable[[Session], Campaign] = lambda db: book.change_campaign(db, campaign_id, form, by=by, now=now)  # noqa: E731
        with reading(self.engine) as db:
            booked = campaign_of(db, campaign_id).state == CampaignState.BOOKED
            takes_room = booked or hold_of(db, campaign_id, now=now) is not None
            takes_more = takes_room and not _is_no_more(form, form_of(db, campaign_id))
        if takes_more and booked:
            return self._sell(form, write, instead_of=campaign_id, now=now)
        if takes_more:
            return self._write_if_free(form, write, instead_of=campaign_id)
        with transaction(self.engine) as db:
            return write(db)

    def move(self, campaign_id: str, move: Move, *, by: str | None, now: datetime) -> Campaign:
        """Booking a draft and resuming take room; pausing and ending release some."""
        write: Callable[[Session], Campaign] = lambda db: MOVES[move](db, campaign_id, by=by, now=now)  # noqa: E731
        if move not in TAKES_ROOM:
            with transaction(self.engine) as db:
                return write(db)
        with reading(self.engine) as db:
            form = form_of(db, campaign_id)
        return self._sell(form, write, instead_of=campaign_id, now=now)

    def hold(self, campaign_id: str, *, hours: int, by: str | None, now: datetime) -> CampaignHold:
        """Reserve room for a draft for so many hours."""
        with reading(self.engine) as db:
            form = form_of(db, campaign_id)
        return self._write_if_free(
            form, lambda db: hold_draft(db, campaign_id, hours=hours, by=by, now=now), instead_of=campaign_id
        )

    def _sell(
        self, form: BookingForm, write: Callable[[Session], T], *, instead_of: str | None = None, now: datetime
    ) -> T:
        with reading(self.engine) as db:
            check_bookable(db, form, now=now)
        return self._write_if_free(form, write, instead_of=instead_of)

    def _write_if_free(self, form: BookingForm, write: Callable[[Session], T], *, instead_of: str | None = None) -> T:
        """Write at the revision of an answer that found room. A bonus takes room from nobody, so it needs no answer."""
        if form.preemptible:
            with transaction(self.engine) as db:
                bump_revision(db)
                return write(db)
        for _attempt in range(ATTEMPTS):
            answer = self.query(AvailabilityQuery(form=form, instead_of=instead_of, newest=True))
            if not answer.fits:
                raise NoRoom(answer=answer)
            try:
                with transaction(self.engine) as db:
                    bump_revision(db, only_at=answer.revision)
                    return write(db)
            except NetworkChanged:
                continue
        raise NetworkChanged


def _is_no_more(form: BookingForm, before: BookingForm) -> bool:
    """Another name, or less of the same."""
    return form.goal <= before.goal and before.model_copy(update={"name": form.name, "goal": form.goal}) == form
