"""The showing loop: the plan at its instants, and what stands in when something is missing or breaks."""

from __future__ import annotations

from pathlib import Path

import pytest

from media.wire.timeline import Filler, Interrupt
from player.show.choose import UNTRUSTED
from tests.player.show_rig import Box, ping
from tests.player.timelines import MONDAY_MS, a_timeline, an_item

SPOT_MS = 10_000
NOON = MONDAY_MS + 12 * 3_600_000


@pytest.fixture
def box(tmp_path: Path) -> Box:
    box = Box(tmp_path, at_ms=NOON)
    box.loop.take(a_timeline())
    return box


def test_each_showing_is_shown_at_its_exact_instant(box: Box) -> None:
    box.run_for(35_000)
    instants = [box.clock.utc_ms(at_ns) for _, at_ns in box.display.shows]
    assert instants[1:] == [NOON + 10_000, NOON + 20_000, NOON + 30_000]
    assert [showing.path.name for showing in box.display.prepares] == ["a", "b", "a", "b"]


def test_whole_showings_are_written_as_played(box: Box) -> None:
    box.run_for(31_000)
    second, third = box.rows.done()[1:]
    assert (second.item, second.starts_ms, second.began_ms, second.ended_ms, second.result) == (
        "b", NOON + 10_000, NOON + 10_000, NOON + 20_000, "played",
    )  # fmt: skip
    assert (third.kind, third.version) == ("spot", 1)


def test_the_row_is_open_while_the_showing_is_on(box: Box) -> None:
    box.run_for(15_000)
    (open_id,) = box.rows.open
    assert box.rows.plays[open_id].item == "b"
    assert box.rows.plays[open_id].result == "interrupted"


def test_a_start_in_the_middle_of_a_spot_joins_it_there(tmp_path: Path) -> None:
    box = Box(tmp_path, at_ms=NOON + 4_000)
    box.loop.take(a_timeline())
    box.run_for(7_000)
    (showing, *_) = box.display.prepares
    assert 4_000 < showing.from_ms < 5_500
    assert showing.from_ms + showing.length_ms == 10_000
    (row,) = box.rows.done()
    assert (row.result, row.why, row.starts_ms) == ("short", "begun late", NOON)


def test_a_start_at_the_very_end_of_a_spot_waits_for_the_next(tmp_path: Path) -> None:
    box = Box(tmp_path, at_ms=NOON + 9_600)
    box.loop.take(a_timeline())
    box.run_for(2_000)
    assert [showing.path.name for showing in box.display.prepares] == ["b"]
    assert box.clock.utc_ms(box.display.shows[0][1]) == NOON + 10_000


def test_house_content_stands_in_for_what_is_missing_and_the_override_says_why(box: Box) -> None:
    box.shelf.gone.add("b")
    box.run_for(15_000)
    assert box.shows == "h"
    assert box.loop.override is not None
    assert (box.loop.override.item, box.loop.override.why) == ("h", "b is not here")
    box.run_for(6_000)
    assert box.shows == "a"
    assert box.loop.override is None
    assert [row.kind for row in box.rows.done()] == ["spot", "house"]


def test_a_file_that_cannot_be_opened_is_replaced_in_time(box: Box) -> None:
    box.display.broken["b"] = "no decoder"
    box.run_for(15_000)
    assert box.shows == "h"
    assert box.shelf.failed == ["b"]
    assert box.clock.utc_ms(box.display.shows[1][1]) == NOON + 10_000


def test_a_display_that_does_not_answer_does_not_stop_the_next_showing(box: Box) -> None:
    box.run_for(5_000)
    box.opens = False
    box.run_for(12_000)
    assert box.loop.down_for_ns() > 3_000 * 1_000_000
    assert box.loop.trouble == ("process", "the display did not answer in time")
    box.opens = True
    box.run_for(11_000)
    assert box.shows == "a"
    assert box.loop.down_for_ns() == 0
    assert box.loop.trouble == ("", "")


def test_a_display_that_does_not_answer_counts_against_no_item(box: Box) -> None:
    box.run_for(5_000)
    box.opens = False
    box.run_for(30_000)
    assert box.shelf.failed == []


def test_an_item_that_the_display_failed_to_show_is_tried_again_in_the_same_spot(box: Box) -> None:
    box.run_for(9_000)
    assert box.display.armed is not None
    box.display.fail(box.display.armed[0], "another took its place", cause="process")
    box.run_for(2_500)
    assert (box.shows, box.shelf.failed) == ("b", [])


def test_without_any_house_content_the_screen_is_black_and_says_so(box: Box) -> None:
    box.shelf.gone |= {"b", "h"}
    box.run_for(15_000)
    assert box.shows is None
    assert box.loop.override is not None
    assert box.loop.override.item is None
    assert "no house content can be shown" in box.loop.override.why


def test_the_card_stands_in_when_neither_notice_nor_house_content_is_here(box: Box) -> None:
    ladder = [Filler(item=name, rank=rank) for rank, name in enumerate(("n", "h", "card"))]
    box.loop.take(a_timeline(fillers=ladder))
    box.shelf.gone |= {"a", "b", "n"}
    box.run_for(15_000)
    assert box.shows == "h"
    box.shelf.gone.add("h")
    box.run_for(15_000)
    assert box.shows == "card"


def test_a_filler_in_place_of_an_item_ends_with_its_time(box: Box) -> None:
    ladder = [Filler(item="n", rank=0, until_ms=NOON + 13_000), Filler(item="card", rank=2)]
    box.loop.take(a_timeline(["a", "b"], fillers=ladder))
    box.shelf.gone.add("b")
    box.run_for(12_000)
    assert box.shows == "n"
    box.run_for(3_000)
    assert box.shows == "card"


def test_the_loop_turns_on_the_minute_while_the_time_is_on_the_screen(box: Box) -> None:
    clock = an_item("card", slots=24).model_copy(update={"clock": "UTC"})
    box.loop.take(a_timeline(["card"], items=[clock]))
    box.run_for(4_000)
    turns = [box.now_ms]
    while turns[-1] < NOON + 61_000:
        box.time.pass_ms(max(1, (box.loop.turn() - box.time.mono_ns) // 1_000_000))
        turns.append(box.now_ms)
    assert any(0 <= at - (NOON + 60_000) <= 2 for at in turns)


def test_without_a_trusted_clock_nothing_with_a_date_is_shown(tmp_path: Path) -> None:
    box = Box(tmp_path, at_ms=1_000, trusted=False)
    ladder = [Filler(item="n", rank=0, from_ms=500), Filler(item="h", rank=1, until_ms=NOON), Filler(item="k", rank=2)]
    box.loop.take(a_timeline(fillers=ladder))
    box.run_for(12_000)
    assert box.shows == "k"


def test_black_ends_as_soon_as_there_is_something_to_show(box: Box) -> None:
    box.shelf.gone |= {"b", "h"}
    box.run_for(12_000)
    box.shelf.gone.clear()
    box.run_for(2_000)
    assert box.shows == "b"


def test_without_a_timeline_it_is_black_once_and_stays_so(tmp_path: Path) -> None:
    box = Box(tmp_path, at_ms=NOON)
    box.run_for(20_000)
    assert [call for call, _ in box.display.calls] == ["blank"]


def test_off_hours_are_black_without_rows_and_end_on_the_instant(tmp_path: Path) -> None:
    box = Box(tmp_path, at_ms=NOON)
    box.loop.take(a_timeline(["a", "off"]))
    box.run_for(15_000)
    assert box.display.blank_at_ns == box.clock.at_ns(NOON + 10_000)
    assert box.loop.override is None
    box.run_for(6_000)
    assert box.shows == "a"
    assert box.clock.utc_ms(box.display.shows[1][1]) == NOON + 20_000
    assert [row.item for row in box.rows.plays.values()] == ["a", "a"]


def test_an_interrupt_takes_over_at_once_and_gives_back(box: Box) -> None:
    box.run_for(3_000)
    raised = Interrupt(id="i", item="fire", from_ms=box.now_ms - 50)
    box.loop.take(a_timeline(version=2, interrupts=[raised]))
    box.run_for(1_000)
    assert box.shows == "fire"
    (row,) = box.rows.done()
    assert (row.result, row.why) == ("interrupted", "an interrupt took over")
    box.loop.take(a_timeline(version=3))
    box.run_for(1_000)
    assert box.shows == "a"
    assert box.rows.done()[1].kind == "interrupt"


@pytest.mark.parametrize(("after_ms", "instead"), [(2_000, "a"), (9_000, "h")])
def test_an_interrupt_whose_file_was_missing_takes_over_as_soon_as_it_is_here(
    box: Box, after_ms: int, instead: str
) -> None:
    box.run_for(3_000)
    box.shelf.gone.add("fire")
    box.loop.take(a_timeline(version=2, interrupts=[Interrupt(id="i", item="fire", from_ms=box.now_ms)]))
    box.run_for(after_ms)
    assert box.shows == instead
    box.shelf.gone.clear()
    box.run_for(1_500)
    assert box.shows == "fire"


def test_an_interrupt_planned_for_later_cuts_on_its_instant(box: Box) -> None:
    planned = Interrupt(id="i", item="fire", from_ms=NOON + 14_000, until_ms=NOON + 18_000)
    box.loop.take(a_timeline(version=2, interrupts=[planned]))
    box.run_for(21_000)
    assert [box.clock.utc_ms(at_ns) - NOON for _, at_ns in box.display.shows][1:] == [10_000, 14_000, 18_000, 20_000]
    results = [(row.item, row.result) for row in box.rows.done()]
    assert results[1] == ("b", "interrupted")
    assert results[3] == ("b", "short")


def test_a_newer_plan_waits_for_the_end_of_what_is_on(box: Box) -> None:
    box.run_for(3_000)
    box.loop.take(a_timeline(["c", "d"], version=2))
    box.run_for(4_000)
    assert box.shows == "a"
    box.run_for(5_000)
    assert box.shows == "d"


def test_a_box_moved_to_another_screen_changes_at_once(box: Box) -> None:
    box.run_for(3_000)
    box.loop.take(a_timeline(["c", "d"], screen="01JSCREEN0000000000000000B"))
    box.run_for(2_000)
    assert box.shows == "c"
    (row,) = box.rows.done()
    assert (row.screen[-1], row.result, row.why) == ("A", "interrupted", "the box was moved to another screen")
    assert list(box.rows.plays.values())[1].screen[-1] == "B"


def test_a_broken_display_ends_the_row_and_the_same_showing_goes_on_in_another(box: Box) -> None:
    box.run_for(13_000)
    box.display.die("it was killed", at_ns=box.time.mono_ns)
    box.run_for(1_000)
    box.display.restart(at_ns=box.time.mono_ns)
    box.run_for(8_000)
    first, second = [row for row in box.rows.done() if row.item == "b"]
    assert (first.result, first.why) == ("interrupted", "the display broke down: it was killed")
    assert (second.result, second.starts_ms) == ("short", first.starts_ms)
    assert second.began_ms == pytest.approx(NOON + 14_000, abs=200)
    assert box.shows == "a"


def test_a_display_found_broken_after_the_end_of_a_showing_has_not_played_it(box: Box) -> None:
    box.run_for(20_000 - 1)
    box.display.armed = box.display.prepared = None
    box.display.die("it was silent for 3 s", at_ns=box.clock.at_ns(NOON + 20_100))
    box.run_for(500)
    last = box.rows.done()[-1]
    assert (last.item, last.result, last.ended_ms) == ("b", "interrupted", NOON + 20_000)


def test_a_display_that_comes_back_with_the_next_showing_is_back(box: Box) -> None:
    box.run_for(18_500)
    assert box.display.armed is not None
    box.display.die("it was killed", at_ns=box.time.mono_ns)
    box.run_for(2_000)
    assert box.shows == "a"
    assert not box.loop.is_down
    box.run_for(11_000)
    assert [row.result for row in box.rows.done()][-2:] == ["interrupted", "played"]


def test_the_cause_of_a_broken_display_is_known_until_it_is_back(box: Box) -> None:
    box.run_for(5_000)
    box.display.die("the X server :0 does not answer", at_ns=box.time.mono_ns, cause="x_server")
    box.run_for(1_000)
    assert box.loop.trouble == ("x_server", "the X server :0 does not answer")
    box.display.restart(at_ns=box.time.mono_ns)
    box.run_for(1_000)
    assert box.loop.trouble == ("", "")


def test_a_new_card_does_not_wait_for_what_was_wrong_with_the_last(box: Box, tmp_path: Path) -> None:
    box.display.broken["torn.png"] = "it cannot be read"
    box.loop.put_card(tmp_path / "torn.png")
    box.run_for(500)
    box.loop.put_card(tmp_path / "whole.png")
    box.run_for(500)
    assert box.shows == "whole.png"


def test_while_the_display_is_broken_its_time_is_counted_and_nothing_is_requested_of_it(box: Box) -> None:
    box.run_for(5_000)
    calls = len(box.display.calls)
    box.display.die(at_ns=box.time.mono_ns)
    box.run_for(20_000)
    assert box.loop.down_for_ns() >= 19_000 * 1_000_000
    assert len(box.display.calls) == calls


def test_house_content_plays_until_the_clock_is_trusted(tmp_path: Path) -> None:
    box = Box(tmp_path, at_ms=1_000, trusted=False)
    box.loop.take(a_timeline())
    box.run_for(12_000)
    assert box.shows == "h"
    assert box.loop.override is not None
    assert box.loop.override.why == UNTRUSTED
    box.clock.learn(ping(box.time, NOON))
    box.run_for(2_000)
    assert box.shows == "a"
    assert box.loop.override is None


def test_a_clock_that_was_wrong_is_stepped_at_a_border_and_the_plan_joined(box: Box) -> None:
    box.run_for(5_000)
    for _ in range(2):
        box.clock.learn(ping(box.time, box.now_ms + 3_600_000))
    box.run_for(3_000)
    assert box.now_ms < NOON + 60_000
    box.run_for(3_000)
    assert box.now_ms > NOON + 3_600_000
    box.run_for(25_000)
    last = box.rows.done()[-1]
    assert last.result == "played"
    assert last.began_ms > NOON + 3_600_000


def test_a_jump_of_the_system_clock_changes_nothing(box: Box) -> None:
    box.run_for(5_000)
    box.time.system_ms = 0
    box.run_for(30_000)
    assert [row.result for row in box.rows.done()][1:] == ["played", "played"]


def test_a_card_stands_instead_of_the_timeline_without_rows(box: Box, tmp_path: Path) -> None:
    box.loop.put_card(tmp_path / "card.png")
    box.run_for(30_000)
    assert box.shows == "card.png"
    assert len(box.display.prepares) == 1
    assert not box.rows.plays
    box.loop.put_card(None)
    box.run_for(2_000)
    assert box.shows == "b"


def test_after_the_last_planned_day_house_content_plays_for_ever(tmp_path: Path) -> None:
    box = Box(tmp_path, at_ms=MONDAY_MS + 400 * 86_400_000)
    box.loop.take(a_timeline(house=["h", "k"]))
    box.run_for(42_000)
    assert [row.item for row in box.rows.done()][1:4] in (["h", "k", "h"], ["k", "h", "k"])
    assert box.loop.override is None


def test_a_stop_finishes_the_row(box: Box) -> None:
    box.run_for(5_000)
    box.loop.stop()
    (row,) = box.rows.done()
    assert (row.result, row.why) == ("interrupted", "the player was stopped")


def test_a_stop_finishes_the_row_of_what_came_on_at_the_last_moment(tmp_path: Path) -> None:
    box = Box(tmp_path, at_ms=NOON)
    box.loop.take(a_timeline(["a"]))
    box.loop.turn()
    box.display.make_ready()
    box.loop.turn()
    box.display.make_shown()
    box.loop.stop()
    (row,) = box.rows.done()
    assert (row.item, row.result, row.why) == ("a", "interrupted", "the player was stopped")


def test_the_same_single_item_is_shown_again_and_again(tmp_path: Path) -> None:
    box = Box(tmp_path, at_ms=NOON)
    box.loop.take(a_timeline(["a"]))
    box.run_for(45_000)
    assert [row.result for row in box.rows.done()][1:] == ["played"] * 3
    assert len({row.id for row in box.rows.plays.values()}) == 5


def test_a_film_that_must_come_at_once_is_given_time_to_open(tmp_path: Path) -> None:
    box = Box(tmp_path, at_ms=NOON + 1_000)
    film = an_item("a", mime="video/mp4")
    box.loop.take(a_timeline(items=[film]))
    box.run_for(3_000)
    assert box.display.prepares[0].from_ms == pytest.approx(2_200, abs=20)
    assert box.clock.utc_ms(box.display.shows[0][1]) == pytest.approx(NOON + 2_200, abs=20)


def test_the_phones_that_were_there_are_written_with_each_showing(box: Box) -> None:
    box.run_for(1_000)
    box.count_phones(2)
    box.run_for(4_000)
    box.count_phones(4)
    box.run_for(6_000)
    (row,) = box.rows.done()
    assert (row.phones, row.phones_samples) == (3, 2)


def test_without_a_count_of_phones_a_showing_is_not_measured_and_goes_on_as_planned(box: Box) -> None:
    box.count_phones(None)
    box.run_for(11_000)
    (row,) = box.rows.done()
    assert (row.result, row.phones, row.phones_samples) == ("played", 0, 0)
