"""The files that a timeline needs, and when."""

from __future__ import annotations

from media.wire.games import GameKind, Phrase
from media.wire.timeline import Filler, GameCard, GameLook, Interrupt, MediaRef, PhoneItem
from player.sync.media_needs import (
    AFTER_ALL_MS,
    SOON_MS,
    Need,
    days_needed,
    fetch_order,
    first_shown,
    goes_first,
    merged,
    needed_soon,
    needs_of,
    phone_needs,
)
from tests.player.timelines import DAY_MS, MONDAY_MS, a_timeline, an_item, digest_of

NOON = MONDAY_MS + 12 * 3_600_000


def test_the_soonest_shown_is_needed_first_and_house_content_now() -> None:
    order = first_shown(a_timeline(["a", "b", "c"]), NOON)
    assert order["h"] == NOON
    assert order["a"] < order["b"] < order["c"]


def test_a_filler_is_needed_from_when_it_may_fill_and_not_after() -> None:
    fillers = [
        Filler(item="later", rank=0, from_ms=NOON + 5_000),
        Filler(item="over", rank=0, until_ms=NOON),
        Filler(item="card", rank=2),
    ]
    order = first_shown(a_timeline(fillers=fillers), NOON)
    assert (order["card"], order["later"], order["over"]) == (NOON, NOON + 5_000, AFTER_ALL_MS)


def test_the_item_that_is_on_now_is_needed_now() -> None:
    assert first_shown(a_timeline(["a", "b"]), NOON + 3_000)["a"] <= NOON + 3_000


def test_an_interrupt_that_is_on_is_needed_before_all() -> None:
    timeline = a_timeline(interrupts=[Interrupt(id="i", item="fire", from_ms=NOON - 1000)])
    needs = [need.digest for need in needs_of(timeline, NOON) if not need.is_table]
    assert needs[0] == digest_of("fire")


def test_an_interrupt_that_is_over_is_needed_last() -> None:
    timeline = a_timeline(interrupts=[Interrupt(id="i", item="fire", from_ms=NOON - 1000, until_ms=NOON)])
    assert first_shown(timeline, NOON)["fire"] == AFTER_ALL_MS


def test_items_that_no_held_table_shows_are_needed_last() -> None:
    timeline = a_timeline(items=[an_item("later")])
    assert needs_of(timeline, NOON)[-1].digest == digest_of("later")


def test_tables_of_past_days_are_not_needed() -> None:
    timeline = a_timeline(days=2)
    assert days_needed(timeline.manifest, MONDAY_MS + DAY_MS) == [timeline.manifest.days[1]]


def test_just_before_midnight_the_next_day_is_needed_too() -> None:
    timeline = a_timeline(days=2)
    assert len(days_needed(timeline.manifest, MONDAY_MS + DAY_MS - 60_000)) == 2


def test_soon_is_ten_minutes() -> None:
    timeline = a_timeline(["a"] * 61 + ["late"])
    assert digest_of("a") in needed_soon(timeline, MONDAY_MS)
    assert digest_of("late") not in needed_soon(timeline, MONDAY_MS)
    assert digest_of("late") in needed_soon(timeline, MONDAY_MS + 60_000)


def test_a_file_that_two_timelines_need_is_needed_once_at_its_soonest() -> None:
    assert merged([Need("d", 10, 500), Need("d", 10, 100)]) == [Need("d", 10, 100)]


def test_files_that_nothing_needs_are_evicted_first_the_least_recently_used_before_the_rest() -> None:
    held = {"old": 1, "new": 1, "needed": 1}
    order = goes_first(
        held, needs=[Need("needed", 1, 0)], keep=set(), last_used={"old": 1.0, "new": 2.0}, for_need=Need("x", 1, 0)
    )
    assert order == ["old", "new"]


def test_files_needed_much_later_are_evicted_the_latest_first() -> None:
    needs = [Need("soon", 1, 0), Need("later", 1, 2 * SOON_MS), Need("latest", 1, 9 * SOON_MS)]
    held = {need.digest: 1 for need in needs}
    assert goes_first(held, needs=needs, keep=set(), last_used={}, for_need=Need("x", 1, 0)) == ["latest", "later"]


def test_the_playing_file_is_never_evicted() -> None:
    assert goes_first({"on": 1}, needs=[], keep={"on"}, last_used={}, for_need=Need("x", 1, 0)) == []


def test_the_first_timelines_next_minutes_are_fetched_before_the_others() -> None:
    first, second = a_timeline(["a", "b"], days=2), a_timeline(["c", "d"], version=2)
    media = [need.digest for need in fetch_order([first, second], None, NOON) if not need.is_table]
    assert [set(media[:3]), set(media[3:])] == [{digest_of(name) for name in names} for names in ("hab", "cd")]


def test_files_needed_much_later_are_fetched_after_every_timelines_next_minutes() -> None:
    first, second = a_timeline(items=[an_item("later")]), a_timeline(["c"], version=2)
    assert [need.digest for need in fetch_order([first, second], None, NOON)][-1] == digest_of("later")


def test_an_emergency_is_fetched_before_all_whichever_version_raises_it() -> None:
    raised = a_timeline(["c"], version=2, interrupts=[Interrupt(id="i", item="fire", from_ms=NOON)])
    needs = fetch_order([a_timeline()], raised, NOON)
    assert needs[0].digest == digest_of("fire")
    assert digest_of("c") not in {need.digest for need in needs}


def test_a_file_of_two_timelines_is_fetched_once_and_needed_at_its_soonest() -> None:
    late = a_timeline(["house"] * 200 + ["a"], version=2)
    needs = [need for need in fetch_order([late, a_timeline(["a"])], None, NOON) if need.digest == digest_of("a")]
    assert [need.at_ms <= NOON for need in needs] == [True]


def test_files_for_phones_follow_those_of_the_screen_for_the_same_ten_minutes() -> None:
    poster = MediaRef(digest=digest_of("poster"), mime="image/webp", bytes=5)
    late = MediaRef(digest=digest_of("late poster"), mime="image/webp", bytes=5)
    items = [
        an_item("a").model_copy(update={"phone": PhoneItem(poster=poster)}),
        an_item("unplanned").model_copy(update={"phone": PhoneItem(poster=late)}),
    ]
    timeline = a_timeline(["a", "b"], items=items)
    order = [need.digest for need in fetch_order([timeline], None, NOON, for_phones=True) if not need.is_table]
    assert set(order[:3]) == {digest_of(name) for name in ("a", "b", "h")}
    assert order[3] == poster.digest
    assert set(order[4:]) == {digest_of("unplanned"), late.digest}
    assert poster.digest not in {need.digest for need in fetch_order([timeline], None, NOON)}
    assert poster.digest not in needed_soon(timeline, NOON)


def test_the_pictures_of_a_game_are_needed_with_it_on_the_screen_and_on_phones() -> None:
    look = GameLook(logo=MediaRef(digest="a" * 64, mime="image/webp", bytes=5))
    card = GameCard(kind=GameKind.RACE, call=Phrase(en="Run"), play_after_ms=1, result_after_ms=2, look=look)
    item = an_item("g").model_copy(update={"phone": PhoneItem(game=card)})
    timeline = a_timeline(["g"], items=[item])
    at_ms = first_shown(timeline, NOON)["g"]
    assert Need("a" * 64, 5, at_ms) in needs_of(timeline, NOON)
    assert Need("a" * 64, 5, at_ms) in phone_needs(timeline, NOON)
