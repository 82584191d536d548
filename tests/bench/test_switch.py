"""The rig's own rules: what it would report of screens that we know."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.bench.marker import SIZE, Marked, Reading, change_for, changes, draw_still, read_marker
from tests.bench.switch import PERIOD_NS, judge, plan
from tests.rig.players.xgrab import Grab

MS = 1_000_000
GRAB_NS = 16_666_667
BEGIN_NS = 10**12
MEDIA = [Marked(number, Path(str(number)), "video/mp4") for number in (1, 2, 3)]


def grabs_of(late_ms: int, *, black: int = 0) -> Sequence[Grab[Reading]]:
    """The grabs of a screen that changes that late, and is black for some grabs at each change."""
    instants = [planned.at_ns + late_ms * MS for planned in plan(MEDIA, begin_ns=BEGIN_NS)]
    seen = []
    for at_ns in range(BEGIN_NS - PERIOD_NS // 2, instants[-1] + PERIOD_NS, GRAB_NS):
        number = sum(instant <= at_ns for instant in instants) or 99
        since = min((at_ns - instant for instant in instants if instant <= at_ns), default=PERIOD_NS)
        is_black = 200 * MS <= since < 200 * MS + black * GRAB_NS
        seen.append(Grab(at_ns, Reading(None if is_black else number, is_black)))
    return seen


@pytest.mark.parametrize("late_ms", [-40, 0, 50, 400])
def test_a_late_screen_is_reported_as_late_as_it_is(late_ms: int) -> None:
    outcome = judge(plan(MEDIA, begin_ns=BEGIN_NS), grabs_of(late_ms))
    assert outcome.errors_ms == pytest.approx([late_ms] * 3, abs=8.4)


def test_the_first_grab_comes_within_one_grab_of_the_change() -> None:
    outcome = judge(plan(MEDIA, begin_ns=BEGIN_NS), grabs_of(0))
    assert all(0 <= first <= 16.7 for first in outcome.first_grabs_ms)


def test_every_black_grab_counts() -> None:
    assert judge(plan(MEDIA, begin_ns=BEGIN_NS), grabs_of(0)).black_frames == 0
    assert judge(plan(MEDIA, begin_ns=BEGIN_NS), grabs_of(0, black=2)).black_frames == 6


def test_a_change_that_never_comes_is_missed() -> None:
    outcome = judge(plan(MEDIA, begin_ns=BEGIN_NS), [Grab(BEGIN_NS + n, Reading(7, black=False)) for n in range(3)])
    assert outcome.measures()["missed_switches"] == 3
    assert outcome.measures()["switch_error_ms_p95"] is None


def test_instants_fall_anywhere_between_two_grabs() -> None:
    phases = {planned.at_ns % GRAB_NS // MS for planned in plan(MEDIA * 20, begin_ns=BEGIN_NS)}
    assert len(phases) > 8


def test_a_change_is_found_by_the_grabs_around_it() -> None:
    seen = [Grab(0, Reading(1, black=False)), Grab(10, Reading(2, black=False)), Grab(20, Reading(2, black=False))]
    (change,) = changes(seen)
    assert (change.number, change.middle_ns) == (2, 5)
    assert change_for(2, 0, among=[change], within_ns=3) is None


@pytest.mark.parametrize("number", [0, 1, 85, 170, 255])
def test_a_number_drawn_is_the_number_read(number: int, tmp_path: Path) -> None:
    still = draw_still(number, tmp_path / "still.png", mime="image/png")
    assert read_marker(np.asarray(Image.open(still.path).convert("L"))) == Reading(number, black=False)


def test_a_black_screen_has_no_number() -> None:
    assert read_marker(np.zeros((SIZE[1], SIZE[0]), np.uint8)) == Reading(None, black=True)
