"""The choice of what is shown at an instant; a slot is five seconds, a spot of the timelines here two slots."""

from __future__ import annotations

import pytest

from media.timeline import sys_max_ms
from media.wire.timeline import Filler, Interrupt, Item
from player.show.choose import UNTRUSTED, Choice, card, choose, going_on, takes_over
from tests.player.timelines import MONDAY_MS, a_timeline, an_item

EMERGENCY = Interrupt(id="i", item="alarm", from_ms=MONDAY_MS + 15_000, until_ms=MONDAY_MS + 18_000)


def all_here(item: Item, *, urgent: bool = False) -> str:
    return ""


def without(*names: str) -> object:
    return lambda item, *, urgent=False: f"{item.id} is not here" if item.id in names else ""


def name_of(choice: Choice) -> str | None:
    return choice.item.id if choice.item else None


def chosen(kind: str, item: str | None = None, *, starts_ms: int = 0, why: str = "", card: str = "") -> Choice:
    return Choice(kind, an_item(item) if item else None, starts_ms, 10_000, 10_000, why, card)  # type: ignore[arg-type]


@pytest.mark.parametrize(("at_ms", "item", "span"), [(0, "a", (0, 10_000)), (12_345, "b", (10_000, 20_000))])
def test_the_plans_spot_is_shown_from_its_beginning_to_its_end(at_ms: int, item: str, span: tuple[int, int]) -> None:
    choice = choose(a_timeline(), MONDAY_MS + at_ms, usable=all_here)
    assert (choice.kind, name_of(choice), choice.why) == ("spot", item, "")
    assert (choice.starts_ms - MONDAY_MS, choice.ends_ms - MONDAY_MS, choice.whole_ms) == (*span, 10_000)


def test_a_spot_gives_way_to_an_interrupt_before_its_end() -> None:
    timeline = a_timeline(interrupts=[EMERGENCY])
    before, during = (choose(timeline, MONDAY_MS + at_ms, usable=all_here) for at_ms in (12_000, 16_000))
    assert (name_of(before), before.ends_ms, before.whole_ms) == ("b", EMERGENCY.from_ms, 10_000)
    assert (during.kind, name_of(during)) == ("interrupt", "alarm")


def test_an_interrupt_is_used_though_it_failed_before() -> None:
    def barred(item: Item, *, urgent: bool = False) -> str:
        return "" if urgent or item.id != "alarm" else "alarm could not be shown"

    assert name_of(choose(a_timeline(interrupts=[EMERGENCY]), EMERGENCY.from_ms, usable=barred)) == "alarm"


def test_a_filler_stands_in_for_what_is_not_here_and_says_why() -> None:
    timeline = a_timeline(fillers=[Filler(item="f", rank=1)])
    choice = choose(timeline, MONDAY_MS + 2000, usable=without("a"))  # type: ignore[arg-type]
    assert (choice.kind, name_of(choice), choice.why) == ("house", "f", "a is not here")
    assert choice.ends_ms <= MONDAY_MS + 10_000


def test_where_nothing_can_stand_in_the_screen_is_black_and_says_why() -> None:
    choice = choose(a_timeline(), MONDAY_MS, usable=without("a", "h"))  # type: ignore[arg-type]
    assert (choice.kind, choice.is_black) == ("nothing", True)
    assert choice.why == "a is not here, and no house content can be shown"


def test_off_hours_are_black_by_plan() -> None:
    choice = choose(a_timeline(["off"]), MONDAY_MS, usable=all_here)
    assert (choice.kind, choice.is_black, choice.why) == ("off", True, "")


def test_without_a_timeline_it_is_black_for_ever() -> None:
    choice = choose(None, MONDAY_MS, usable=all_here)
    assert (choice.kind, choice.ends_ms, choice.why) == ("nothing", sys_max_ms(), "no timeline is held yet")


def test_a_clock_that_is_not_trusted_shows_only_what_suits_any_time() -> None:
    dated = Filler(item="dated", rank=0, from_ms=MONDAY_MS, until_ms=MONDAY_MS + 60_000)
    timeline = a_timeline(fillers=[dated, Filler(item="any", rank=1)], interrupts=[EMERGENCY])
    for at_ms in (MONDAY_MS, EMERGENCY.from_ms):
        choice = choose(timeline, at_ms, usable=all_here, trusted=False)
        assert (choice.kind, name_of(choice), choice.why) == ("house", "any", UNTRUSTED)


@pytest.mark.parametrize(
    ("now", "wanted", "at_once"),
    [
        (chosen("spot", "a"), chosen("spot", "a"), False),
        (chosen("spot", "a"), chosen("spot", "b", starts_ms=5000), False),
        (chosen("spot", "a"), chosen("interrupt", "alarm"), True),
        (chosen("spot", "a"), chosen("off"), True),
        (chosen("spot", "a"), chosen("card", card="/card.png"), True),
        (chosen("interrupt", "alarm"), chosen("spot", "a"), True),
        (chosen("nothing"), chosen("spot", "a"), True),
        (chosen("nothing", why="a is not here"), chosen("nothing", why="b is not here"), False),
        (chosen("house", "h", why=UNTRUSTED), chosen("spot", "a"), True),
        (chosen("house", "h", why="a is not here"), chosen("spot", "a"), False),
    ],
)
def test_only_what_cannot_wait_or_would_not_end_changes_before_its_end(
    now: Choice, wanted: Choice, at_once: bool
) -> None:
    assert takes_over(now, wanted) is at_once


def test_a_showing_goes_on_with_its_new_end_and_black_with_its_new_reason() -> None:
    newer = Choice("spot", an_item("a"), 0, 5000, 10_000, "late")
    on = going_on(chosen("spot", "a"), newer)
    assert (on.ends_ms, on.why) == (5000, "")
    assert going_on(chosen("nothing", why="old"), chosen("nothing", why="new")).why == "new"


def test_a_card_is_no_item_and_lasts() -> None:
    choice = card("/card.png", MONDAY_MS)
    assert (choice.is_black, choice.item, choice.ends_ms) == (False, None, sys_max_ms())
    assert not choice.same_showing(card("/other.png", MONDAY_MS))
