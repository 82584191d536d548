from __future__ import annotations

import time
from itertools import islice, pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from media.daytable import HOUSE, OFF, DayTable
from media.timeline import END_MS, STAGE_LONGEST_MS, STAGE_MS, Timeline
from media.wire.timeline import Day, Interrupt, Item, Manifest, MediaRef, Override

SLOT_MS = 5_000
DAY_MS = 86_400_000
DAY = 1_772_409_600_000
REF = MediaRef(digest="0" * 64, mime="image/jpeg", bytes=1)
LENGTHS = {"a": 10_000, "b": 15_000, "h1": 5_000, "h2": 10_000, "alarm": 8_000}


def timeline(cells: list[tuple[str, int]], **changes: Any) -> Timeline:
    """One day: spots of so many slots in turn, over and over. "" is house content, "-" off."""
    count = DAY_MS // SLOT_MS
    slots, starts = [], []
    while len(slots) < count:
        for name, length in cells:
            slots += [{"": HOUSE, "-": OFF, "a": 1, "b": 2, "gone": 3}[name]] * length
            starts += [n == 0 and name not in ("", "-") for n in range(length)]
    table = DayTable(("a", "b", "gone"), slots[:count], starts[:count])
    given_: dict[str, Any] = {
        "screen": "screen",
        "code": "K7M2PQ",
        "version": 3,
        "effective_ms": DAY,
        "slot_ms": SLOT_MS,
        "media_base": "http://media",
        "days": (Day(on="2026-03-02", starts_ms=DAY, ends_ms=DAY + DAY_MS, digest=table.digest),),
        "items": {n: Item(id=n, kind="image", title=n, length_ms=ms, screen=REF) for n, ms in LENGTHS.items()},
        "house": ("h1", "h2"),
    }
    return Timeline(Manifest(**given_ | changes), {table.digest: table})


def shown(known: Timeline, at: int, count: int) -> list[tuple[int, int, str | None]]:
    return [(s.starts_ms - DAY, s.ends_ms - DAY, s.item) for s in islice(known.spots_from(DAY + at), count)]


def interrupt(from_ms: int, until_ms: int | None, id_: str = "i", item: str = "alarm") -> Interrupt:
    until = None if until_ms is None else DAY + until_ms
    return Interrupt(id=id_, item=item, from_ms=DAY + from_ms, until_ms=until)


def test_the_grid_is_read_spot_by_spot() -> None:
    known = timeline([("a", 2), ("b", 3), ("a", 2)])
    assert shown(known, 12_000, 3) == [(10_000, 25_000, "b"), (25_000, 35_000, "a"), (35_000, 45_000, "a")]
    assert known.next_after(DAY + 12_000).item == "a"


def test_house_content_rotates_within_a_run_and_from_run_to_run() -> None:
    known = timeline([("", 4), ("a", 2)])
    assert [item for _, _, item in shown(known, 0, 8)] == ["h1", "h2", "h1", "a", "h2", "h1", "h2", "a"]


def test_a_house_showing_is_cut_where_its_run_ends() -> None:
    assert shown(timeline([("", 2), ("a", 2)]), 5_000, 1) == [(5_000, 10_000, "h2")]


def test_a_closed_screen_shows_nothing() -> None:
    spot = timeline([("-", 3), ("a", 2)]).spot_at(DAY + 1)
    assert (spot.kind, spot.item, spot.ends_ms) == ("off", None, DAY + 15_000)


def test_after_the_last_day_house_content_plays_for_ever() -> None:
    known = timeline([("a", 2)])
    years = DAY + 3650 * DAY_MS
    assert known.spot_at(years).kind == "house"
    assert [s.item for s in islice(known.spots_from(DAY + DAY_MS), 4)] == ["h1", "h2", "h1", "h2"]


def test_a_day_whose_table_is_not_held_plays_house_content() -> None:
    known = Timeline(timeline([("a", 2)]).manifest, {})
    assert shown(known, 0, 3) == [(0, 5_000, "h1"), (5_000, 15_000, "h2"), (15_000, 20_000, "h1")]


def test_a_spot_whose_item_is_not_known_is_filled_and_passed() -> None:
    known = timeline([("gone", 3), ("a", 2)])
    assert [item for _, _, item in shown(known, 0, 3)] == ["h1", "h2", "a"]


def test_without_any_house_content_there_is_nothing_but_the_reader_goes_on() -> None:
    known = timeline([("", 2), ("a", 2)], house=())
    assert shown(known, 0, 2) == [(0, 10_000, None), (10_000, 20_000, "a")]
    empty = Timeline(known.manifest.model_copy(update={"days": ()}), {})
    assert [spot.ends_ms for spot in empty.spots_from(DAY)] == [END_MS]
    assert empty.stage(DAY).until_ms == DAY + STAGE_LONGEST_MS


def test_the_last_slot_of_a_day_may_be_short() -> None:
    known = timeline([("a", 2)])
    day = known.manifest.days[0].model_copy(update={"ends_ms": DAY + DAY_MS - 2_000})
    known = Timeline(known.manifest.model_copy(update={"days": (day,)}), known.tables)
    assert known.spot_at(day.ends_ms - 1).ends_ms == day.ends_ms


def test_an_interrupt_takes_over_at_once_and_repeats_until_it_ends() -> None:
    known = timeline([("a", 2)], interrupts=(interrupt(3_000, 15_000),))
    assert shown(known, 0, 4) == [
        (0, 3_000, "a"),
        (3_000, 11_000, "alarm"),
        (11_000, 15_000, "alarm"),
        (10_000, 20_000, "a"),
    ]


def test_the_interrupt_that_was_raised_last_wins_and_the_older_one_returns() -> None:
    known = timeline([("a", 2)], interrupts=(interrupt(0, None), interrupt(4_000, 9_000, "j", "b")))
    assert [item for _, _, item in shown(known, 0, 3)] == ["alarm", "b", "alarm"]


def test_an_interrupt_wakes_a_screen_that_is_off() -> None:
    assert timeline([("-", 9)], interrupts=(interrupt(0, None),)).spot_at(DAY).item == "alarm"


def test_an_interrupt_whose_item_is_not_known_changes_nothing() -> None:
    assert timeline([("a", 2)], interrupts=(interrupt(0, None, item="lost"),)).spot_at(DAY).item == "a"


def test_a_stage_holds_ten_minutes_three_spots_and_the_last_ten_showings() -> None:
    now = DAY + 3_600_000 + 1_000
    stage = timeline([("a", 2), ("", 3), ("b", 3)]).stage(now)
    assert stage.spots[0].starts_ms <= now < stage.spots[0].ends_ms
    assert stage.until_ms == stage.spots[-1].ends_ms >= now + STAGE_MS
    assert all(a.ends_ms == b.starts_ms for a, b in pairwise(stage.spots))
    assert len(stage.past) == 10
    assert stage.past[0].ends_ms == stage.spots[0].starts_ms
    assert all(a.starts_ms == b.ends_ms for a, b in pairwise(stage.past))
    assert set(stage.items) == {"a", "b", "h1", "h2"}
    assert (stage.screen, stage.version) == ("K7M2PQ", 3)


def test_three_spots_ahead_may_need_more_than_ten_minutes() -> None:
    stage = timeline([("-", 240)]).stage(DAY + 1)
    assert stage.until_ms == DAY + 1 + STAGE_LONGEST_MS
    assert timeline([("-", 130), ("a", 130)]).stage(DAY).spots[3].item == "a"


def test_the_past_has_the_interrupt_and_the_spot_that_it_cut() -> None:
    known = timeline([("a", 2)], interrupts=(interrupt(13_000, 16_000),))
    past = [(s.starts_ms - DAY, s.ends_ms - DAY, s.item) for s in known.stage(DAY + 17_000).past]
    assert past == [(13_000, 16_000, "alarm"), (10_000, 13_000, "a"), (0, 10_000, "a")]


def test_the_past_skips_hours_in_which_the_screen_was_off_and_ends_after_an_hour() -> None:
    known = timeline([("a", 2), ("-", 240)])
    past = known.stage(DAY + 20 * 60_000 + 9_000 + 3_600_000).past
    assert [spot.item for spot in past] == ["a"] * 3
    assert all(spot.ends_ms - spot.starts_ms == 10_000 for spot in past)


def test_the_past_never_reaches_before_the_first_day() -> None:
    assert timeline([("a", 2)]).stage(DAY + 3_000).past == ()


def test_an_override_brings_its_item_along() -> None:
    override = Override(starts_ms=DAY, item="b", why="a file is missing")
    stage = timeline([("a", 2)]).stage(DAY, override=override)
    assert stage.override == override
    assert "b" in stage.items


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", "", "-", "gone"]), st.integers(1, 5)), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 90_000), st.integers(1, 30_000)), max_size=3),
    st.integers(0, 120_000),
)
@settings(max_examples=30, deadline=None, derandomize=True)
def test_readers_agree_whenever_they_begin_to_read(
    cells: list[tuple[str, int]], raised: list[tuple[int, int]], at: int
) -> None:
    interrupts = tuple(interrupt(start, start + length, str(n)) for n, (start, length) in enumerate(raised))
    known = timeline(cells, interrupts=interrupts)
    now = DAY + at
    for spot in islice(known.spots_from(now), 12):
        assert now < spot.ends_ms
        assert known.spot_at(now).item == known.spot_at(spot.ends_ms - 1).item == spot.item
        now = spot.ends_ms


def test_a_stage_of_a_full_day_takes_well_under_a_millisecond() -> None:
    known = timeline([("a", 1), ("b", 2), ("", 1), ("a", 1)])
    known.stage(DAY)
    began = time.process_time()
    for n in range(200):
        known.stage(DAY + 40_000_000 + n * 1_000)
    # Four times what it takes on an idle machine, because tests share theirs.
    assert (time.process_time() - began) / 200 < 0.004
