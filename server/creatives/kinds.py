"""The kinds of creatives: one row for each, with the job that makes its files and where it may be used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from server.creatives.models import BUILDING, EMERGENCY, GAME
from server.db import JobKind


@dataclass(frozen=True)
class CreativeKind:
    """job: makes its files; each kind of job has a worker of its own, so a card never waits behind a film

    is_uploaded: people upload its file · has_own_length: it takes as long as its file
    is_card: screens show a drawn card, whose words may have changed · shows_title: that card shows the title
    is_booked: it may be booked, and stands in the list of creatives · wire: its kind on the wire, if not the same
    """

    job: JobKind
    is_uploaded: bool = False
    has_own_length: bool = False
    is_card: bool = False
    shows_title: bool = False
    is_booked: bool = True
    wire: str = ""


KINDS = {
    "video": CreativeKind(JobKind.RENDITIONS, is_uploaded=True, has_own_length=True),
    "image": CreativeKind(JobKind.STILLS, is_uploaded=True),
    "audio": CreativeKind(JobKind.RENDITIONS, is_uploaded=True, has_own_length=True, is_card=True, shows_title=True),
    "notice": CreativeKind(JobKind.DRAW, is_card=True, shows_title=True),
    "coupon": CreativeKind(JobKind.DRAW, is_card=True),
    GAME: CreativeKind(JobKind.DRAW, is_card=True),
    EMERGENCY: CreativeKind(JobKind.DRAW, is_card=True, shows_title=True, is_booked=False, wire="notice"),
    BUILDING: CreativeKind(JobKind.DRAW, is_card=True, is_booked=False, wire="image"),
}
RENDITION_JOBS = tuple(dict.fromkeys(kind.job for kind in KINDS.values()))


def kinds_where(condition: Callable[[CreativeKind], bool]) -> tuple[str, ...]:
    """The names of these kinds, in the order of the table."""
    return tuple(name for name, kind in KINDS.items() if condition(kind))


BOOKED = kinds_where(lambda kind: kind.is_booked)
