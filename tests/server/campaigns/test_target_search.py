"""Places are found by a part of what they are called, the first of each kind, and named as they were chosen."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlmodel import Session

from server.campaigns import target_search
from server.campaigns.models import TargetKind
from server.campaigns.target_search import find_places, name_places
from server.screens.models import Screen, Venue
from tests.factories import make_screen, make_venue

MOST = 6


@pytest.fixture
def tower(db: Session) -> Venue:
    return make_venue(db, name="North Tower", address="1 Harbour Road", venue_type=70101)


@pytest.fixture
def lobby(db: Session, tower: Venue) -> Screen:
    return make_screen(db, venue=tower, name="Lobby left", code="7KQ2MX", bank="gate", tags=["premium", "north"])


@pytest.fixture
def flat(db: Session) -> Screen:
    homes = make_venue(db, name="Garden Court", address="", venue_type=110102)
    return make_screen(db, venue=homes, name="Car 1", tags=["north"])


def found(db: Session, text: str, **more: object) -> set[str]:
    given = {"most": MOST, **more}
    kinds = find_places(db, text, **given).values()  # type: ignore[arg-type]
    return {f"{place.kind}:{place.value}" for kind in kinds for place in kind.places}


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("lobby", {"screen"}),
        ("7kq", {"screen"}),
        ("7k", set()),
        ("kq2", set()),
        ("harbour", {"venue"}),
        ("gate", {"bank"}),
        ("premium", {"tag"}),
        ("写字楼", {"venue_type"}),
        ("office", {"venue_type"}),
        ("tower", {"venue", "bank", "screen"}),
        ("left tower", {"screen"}),
        ("left court", set()),
        ("%", set()),
    ],
)
@pytest.mark.usefixtures("lobby", "flat")
def test_every_word_must_be_in_the_name_of_a_place(db: Session, text: str, kinds: set[str]) -> None:
    assert {place.partition(":")[0] for place in found(db, text)} == kinds


@pytest.mark.usefixtures("lobby", "flat")
def test_no_text_finds_all_of_every_kind(db: Session) -> None:
    found_by_kind = find_places(db, " ", most=MOST)
    assert {kind: len(found.places) for kind, found in found_by_kind.items()} == {
        TargetKind.TAG: 2,
        TargetKind.VENUE_TYPE: 2,
        TargetKind.VENUE: 2,
        TargetKind.BANK: 1,
        TargetKind.SCREEN: 2,
    }


def test_capitals_make_no_difference_in_any_script(db: Session) -> None:
    make_venue(db, name="Öhringer Hof")
    for text in ("ÖHRINGER", "öhringer", "Öhringer"):
        assert len(find_places(db, text, most=MOST)[TargetKind.VENUE].places) == 1, text


def test_places_with_the_whole_word_are_first(db: Session) -> None:
    for number in (107, 17, 7, 70):
        venue = make_venue(db, name=f"Tower {number}")
        make_screen(db, venue=venue, name="Car 1", bank="doors")
    target_search = find_places(db, "tower 7", most=2)
    assert [place.name for place in target_search[TargetKind.VENUE].places] == ["Tower 7", "Tower 17"]
    for kind in (TargetKind.BANK, TargetKind.SCREEN):
        assert [place.venue for place in target_search[kind].places] == ["Tower 7", "Tower 17"]


def test_the_first_are_listed_in_order_and_the_rest_counted(db: Session, tower: Venue) -> None:
    for number in range(9):
        make_screen(db, venue=tower, name=f"Car {number}", bank=f"bank {number}", tags=[f"t{number}"])
    target_search = find_places(db, "", most=4)
    for kind in (TargetKind.SCREEN, TargetKind.BANK, TargetKind.TAG):
        assert (len(target_search[kind].places), target_search[kind].more) == (4, 5), kind
    assert [place.name for place in target_search[TargetKind.SCREEN].places] == [f"Car {number}" for number in range(4)]


def test_places_chosen_already_are_neither_found_nor_counted(db: Session, lobby: Screen, flat: Screen) -> None:
    chosen = [
        (TargetKind.SCREEN, lobby.id),
        (TargetKind.TAG, "north"),
        (TargetKind.VENUE, flat.venue_id),
        (TargetKind.BANK, f"{lobby.venue_id}/gate"),
        (TargetKind.VENUE_TYPE, "70101"),
    ]
    assert found(db, "", without=chosen) == {
        f"screen:{flat.id}",
        "tag:premium",
        f"venue:{lobby.venue_id}",
        "venue_type:110102",
    }
    assert find_places(db, "", most=1, without=[(TargetKind.SCREEN, lobby.id)])[TargetKind.SCREEN].more == 0


def test_a_retired_screen_is_not_found_but_keeps_its_name(db: Session, lobby: Screen, now: datetime) -> None:
    lobby.retired_at = now
    db.flush()
    assert not {"screen", "bank", "tag"} & {place.partition(":")[0] for place in found(db, "")}
    chosen = [(TargetKind.SCREEN, lobby.id), (TargetKind.BANK, f"{lobby.venue_id}/gate"), (TargetKind.TAG, "north")]
    named = name_places(db, chosen)
    assert [(place.name, place.venue, place.gone) for place in named] == [
        ("Lobby left", "North Tower", True),
        ("gate", "North Tower", True),
        ("north", "", True),
    ]


def test_chosen_places_are_named_in_their_order(db: Session, lobby: Screen, flat: Screen) -> None:
    chosen = [
        (TargetKind.TAG, "premium"),
        (TargetKind.SCREEN, flat.id),
        (TargetKind.ALL, ""),
        (TargetKind.VENUE, lobby.venue_id),
        (TargetKind.BANK, f"{lobby.venue_id}/gate"),
        (TargetKind.VENUE_TYPE, "70101"),
        (TargetKind.SCREEN, "made up"),
    ]
    assert [(place.name, place.venue, place.gone) for place in name_places(db, chosen)] == [
        ("premium", "", False),
        ("Car 1", "Garden Court", False),
        ("North Tower", "", False),
        ("gate", "North Tower", False),
        ("70101", "", False),
        ("made up", "", True),
    ]


def test_places_are_found_in_the_order_in_which_people_count(db: Session) -> None:
    for venue in (make_venue(db, name="Tower 10"), make_venue(db, name="Tower 2")):
        for number in (10, 9, 2):
            make_screen(db, venue=venue, name=f"Lift {number}", bank=f"Bank {number}")
    kinds = find_places(db, "tower", most=4)
    named = {kind: [f"{place.venue} {place.name}".strip() for place in kinds[kind].places] for kind in kinds}
    assert named[TargetKind.VENUE] == ["Tower 2", "Tower 10"]
    assert named[TargetKind.SCREEN] == ["Tower 2 Lift 2", "Tower 2 Lift 9", "Tower 2 Lift 10", "Tower 10 Lift 2"]
    assert named[TargetKind.BANK] == ["Tower 2 Bank 2", "Tower 2 Bank 9", "Tower 2 Bank 10", "Tower 10 Bank 2"]
    assert kinds[TargetKind.SCREEN].more == 2


def test_a_word_in_too_many_names_to_order_is_counted_all_the_same(
    db: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(target_search, "COUNTED", 3)
    venue = make_venue(db, name="Tower")
    for number in range(5):
        make_screen(db, venue=venue, name=f"Lift {number}")
    found = find_places(db, "lift", most=2)[TargetKind.SCREEN]
    assert ([place.name for place in found.places], found.more) == (["Lift 0", "Lift 1"], 3)
