"""Creatives are renamed, shown for longer, archived and restored."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlmodel import Session, select

from server.creatives.accept import RefusedMedia
from server.creatives.change import CreativeChange, LengthOfItsFile, NoTitle, change_creative, check_title
from server.creatives.models import EMERGENCY, CreativeState
from server.creatives.notices import LengthOutOfRange
from server.db import Job
from tests.factories import make_creative


def jobs(db: Session) -> list[str]:
    return [job.kind for job in db.exec(select(Job))]


def test_a_picture_is_shown_for_longer_and_planned_anew(db: Session, now: datetime) -> None:
    picture = make_creative(db, kind="image")
    assert change_creative(db, picture.id, CreativeChange(length_ms=12_500), now=now).length_ms == 12_500
    assert jobs(db) == ["creative_ready"]


def test_a_card_that_shows_its_title_is_drawn_again(db: Session, now: datetime) -> None:
    notice = make_creative(db, kind="notice", text="Fire drill")
    change_creative(db, notice.id, CreativeChange(title="Drill"), now=now)
    assert jobs(db) == ["draw"]


def test_a_renamed_emergency_text_is_drawn_again(db: Session, now: datetime) -> None:
    text = make_creative(db, kind=EMERGENCY, text="Leave by the stairs", language="en")
    change_creative(db, text.id, CreativeChange(title="Fire"), now=now)
    assert jobs(db) == ["draw"]


def test_a_card_that_is_renamed_while_it_is_drawn_is_drawn_again(db: Session, now: datetime) -> None:
    """The job that draws it has read the old title."""
    notice = make_creative(db, kind="notice", text="Fire drill", ready=False, state=CreativeState.PROCESSING)
    change_creative(db, notice.id, CreativeChange(title="Drill"), now=now)
    assert jobs(db) == ["draw"]


@pytest.mark.parametrize("kind", ["notice", EMERGENCY])
def test_a_title_that_does_not_fit_the_card_is_refused(db: Session, kind: str) -> None:
    """The text fills the card as it is; a heading of the text's own first line takes no room."""
    rows = "\n".join(["Leave by the stairs"] * 40)
    creative = make_creative(db, kind=kind, text=rows, title="Leave by the stairs", language="en")
    with pytest.raises(RefusedMedia):
        check_title(creative, CreativeChange(title="Fire " * 20))


def test_a_title_that_fits_or_stays_is_let_pass(db: Session) -> None:
    notice = make_creative(db, kind="notice", text="Leave by the stairs", title="Fire", language="en")
    check_title(notice, CreativeChange(title="Fire drill"))
    check_title(notice, CreativeChange(length_ms=5000))
    check_title(make_creative(db, kind="video"), CreativeChange(title="W" * 120))


def test_a_change_to_the_same_values_plans_nothing(db: Session, now: datetime) -> None:
    picture = make_creative(db, kind="image", title="Poster")
    change_creative(db, picture.id, CreativeChange(title=" Poster ", length_ms=10_000), now=now)
    assert jobs(db) == []


def test_a_bad_change_is_refused(db: Session, now: datetime) -> None:
    film, picture = make_creative(db, kind="video"), make_creative(db, kind="image")
    with pytest.raises(NoTitle):
        change_creative(db, film.id, CreativeChange(title=" \u202e "), now=now)
    with pytest.raises(LengthOfItsFile):
        change_creative(db, film.id, CreativeChange(length_ms=1), now=now)
    with pytest.raises(LengthOutOfRange):
        change_creative(db, picture.id, CreativeChange(length_ms=999), now=now)
