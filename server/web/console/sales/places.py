"""The pickers of a booking: a search for places, and the chosen ones, each to be taken out again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from server.accounts.rights import Right
from server.campaigns.models import TargetKind
from server.campaigns.target_search import FoundPlaces, NamedPlace, find_places, name_places
from server.context import reading
from server.screens.lists import screens_count
from server.web.console.blueprint import bp
from server.web.console.words import venue_type
from server.web.forms import Typed, typed_values
from server.web.identity.auth import requires
from server.web.words.language import say as _
from server.web.words.language import say_later as _l

FIELDS = ("targets", "exclusions")
MOST_OF_KIND = 6
FEW = 12  # so many screens, and what they are in, are listed without a search

KINDS = {
    TargetKind.TAG: (_l("Tag"), _l("Tags")),
    TargetKind.VENUE_TYPE: (_l("Venue type"), _l("Venue types")),
    TargetKind.VENUE: (_l("Venue"), _l("Venues")),
    TargetKind.BANK: (_l("Bank"), _l("Banks")),
    TargetKind.SCREEN: (_l("Screen"), _l("Screens")),
}


@dataclass(frozen=True)
class Choice:
    """`value` as the form sends it."""

    value: str
    kind: str
    text: str


@dataclass(frozen=True)
class Picker:
    """found: by kind · more: found, but not listed · screens: in use"""

    field: str
    search: str
    chosen: tuple[Choice, ...]
    found: tuple[tuple[str, tuple[Choice, ...]], ...]
    listed: int
    more: int
    screens: int

    @property
    def many(self) -> bool:
        """So many are listed only for a search: a list of all would be no help."""
        return self.screens > FEW


@bp.post("/campaigns/places/<any(targets, exclusions):field>")
@requires(Right.EDIT_CAMPAIGNS)
def find_for_campaign(field: str) -> ResponseReturnValue:
    """Part of the booking page, requested as the search is typed."""
    with reading() as db:
        picker = picker_of(db, Typed(typed_values()), field)
    return render_template("console/_found.html", picker=picker)


def searched_field() -> str:
    """Which picker's own button sent the form, where no script takes that over."""
    pressed = request.form.get("do", "").removeprefix("find-")
    return pressed if pressed in (*FIELDS, "creatives") else ""


def picker_of(db: Session, typed: Typed, field: str) -> Picker:
    chosen, search, screens = read_places(typed.all(field)), str(typed[search_of(field)]).strip(), screens_count(db)
    lists = search or screens <= FEW
    found = find_places(db, search, most=MOST_OF_KIND, without=chosen) if lists else {}
    return Picker(
        field=field,
        search=search,
        chosen=tuple(choice(place) for place in name_places(db, chosen)),
        found=tuple(_grouped(found)),
        listed=sum(len(group.places) for group in found.values()),
        more=sum(group.more for group in found.values()),
        screens=screens,
    )


def search_of(field: str) -> str:
    return f"{field}_search"


def read_places(written: Iterable[str]) -> list[tuple[TargetKind, str]]:
    """As forms have them, without those of no kind and the one for all."""
    pairs = (target.partition(":") for target in written)
    return [(TargetKind(kind), value) for kind, _colon, value in pairs if kind in KINDS]


def choice(place: NamedPlace) -> Choice:
    name = venue_type(int(place.value)) if _is_known_type(place) else place.name
    text = f"{place.venue} · {name}" if place.venue else name
    if place.gone:
        text = _("%(place)s (no longer in use)", place=text)
    return Choice(f"{place.kind.value}:{place.value}", str(KINDS[place.kind][0]), text)


def _is_known_type(place: NamedPlace) -> bool:
    return place.kind is TargetKind.VENUE_TYPE and place.value.isdecimal()


def _grouped(found: Mapping[TargetKind, FoundPlaces]) -> Iterable[tuple[str, tuple[Choice, ...]]]:
    for kind, one in found.items():
        if one.places:
            yield str(KINDS[kind][1]), tuple(choice(place) for place in one.places)
