"""The result of a showing, and the rows that prove it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ulid import ULID

from media.wire.plays import PLAYED_WITHIN_MS
from player.hotspot.phone_counts import Phones
from player.show.choose import Choice, card
from player.show.proof import OnScreen, Proofs, ShowRequest, new_ulid, verdict
from player.sync.clock import Clock
from tests.player.show_rig import MS, FakeTime, RowsInMemory, ping
from tests.player.timelines import MONDAY_MS, SCREEN, a_timeline, an_item

SPOT = Choice("spot", an_item("a"), MONDAY_MS, MONDAY_MS + 10_000, 10_000)
ID = new_ulid(MONDAY_MS)


class Rig:
    """Proofs on a clock that stands at the beginning of Monday."""

    def __init__(self, folder: Path) -> None:
        self.time = FakeTime()
        self.clock = Clock(self.time.source(), folder / "clock")
        self.clock.learn(ping(self.time, MONDAY_MS))
        self.rows = RowsInMemory()
        self.proofs = Proofs(self.rows, self.clock, self)

    def during(self, began_ns: int, ended_ns: int) -> Phones:
        return Phones(present=3, samples=2)

    def ended(self, choice: Choice = SPOT, *, after_ms: int, **more: Any) -> tuple[str, str, int]:
        """Result, reason and length of a row that ends so long after it began."""
        request = ShowRequest(ID, choice, a_timeline(version=7), self.time.mono_ns, 0)
        play = self.proofs.begin(request, self.time.mono_ns)
        self.proofs.end(OnScreen(request, self.time.mono_ns, play), self.time.mono_ns + after_ms * MS, **more)
        [row] = self.rows.done()
        return row.result, row.why, row.ended_ms - row.began_ms


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


@pytest.mark.parametrize(
    ("began_ms", "ended_ms", "cut", "failed", "result"),
    [
        (0, 10_000, "", "", ("played", "")),
        (0, 10_000 - PLAYED_WITHIN_MS, "", "", ("played", "")),
        (0, 10_000 + PLAYED_WITHIN_MS, "by an interrupt", "", ("played", "")),
        (0, 10_001 + PLAYED_WITHIN_MS, "", "", ("failed", "held for 10501 instead of 10000 ms")),
        (0, 9_999 - PLAYED_WITHIN_MS, "", "", ("short", "gave way before its end")),
        (1000, 10_000, "", "", ("short", "begun late")),
        (1000, 10_000, "by an interrupt", "", ("interrupted", "by an interrupt")),
        (0, 10_000, "", "its file is damaged", ("failed", "its file is damaged")),
        (0, -5, "", "", ("short", "gave way before its end")),
    ],
)
def test_a_whole_showing_is_played_and_others_say_why_not(
    began_ms: int, ended_ms: int, cut: str, failed: str, result: tuple[str, str]
) -> None:
    found = verdict(SPOT, MONDAY_MS + began_ms, MONDAY_MS + ended_ms, cut=cut, failed=failed)
    assert found == result


def test_a_row_names_what_was_shown_and_who_was_there(rig: Rig) -> None:
    assert rig.ended(after_ms=10_000) == ("played", "", 10_000)
    [row] = rig.rows.done()
    assert (row.id, row.screen, row.item, row.version, row.kind) == (ID, SCREEN, "a", 7, "spot")
    assert (row.starts_ms, row.began_ms, row.phones, row.phones_samples) == (MONDAY_MS, MONDAY_MS, 3, 2)


def test_a_row_carries_the_deviation_of_its_choice(rig: Rig) -> None:
    filler = Choice("house", an_item("h"), MONDAY_MS, MONDAY_MS + 10_000, 10_000, "a is not here")
    assert rig.ended(filler, after_ms=10_000) == ("played", "a is not here", 10_000)
    assert rig.rows.done()[0].kind == "house"


def test_of_a_broken_display_nobody_knows_how_much_was_seen(rig: Rig) -> None:
    """It was noticed after the showing's end, which the row does not pass."""
    assert rig.ended(after_ms=12_000, broken="the display was silent") == (
        "interrupted", "the display was silent", 10_000,
    )  # fmt: skip


def test_a_showing_that_goes_on_gets_a_row_of_its_own(rig: Rig) -> None:
    request = ShowRequest(ID, SPOT, a_timeline(), rig.time.mono_ns, 0)
    again = rig.proofs.begin(request, rig.time.mono_ns, again=True)
    assert again != ID
    assert ULID.from_str(again).timestamp == MONDAY_MS / 1000


def test_cards_and_black_have_no_row(rig: Rig) -> None:
    for choice, timeline in ((card("/card.png", MONDAY_MS), a_timeline()), (SPOT, None)):
        assert rig.proofs.begin(ShowRequest(ID, choice, timeline, 0, 0), rig.time.mono_ns) == ""
    assert rig.rows.plays == {}


def test_an_id_can_be_made_by_a_clock_before_1970() -> None:
    assert ULID.from_str(new_ulid(-5)).timestamp == 0
