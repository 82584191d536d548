"""The box's clock: whom it trusts after a start, and that it never jumps under a showing."""

from __future__ import annotations

from pathlib import Path

import pytest

from player.sync.clock import SLEW, Clock, Line
from tests.player.show_rig import MS, FakeTime, ping
from tests.player.timelines import MONDAY_MS

HOUR_MS = 3_600_000


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


def a_clock(time: FakeTime, folder: Path) -> Clock:
    return Clock(time.source(), folder / "clock")


def seasoned(time: FakeTime, folder: Path, server_ms: float = MONDAY_MS) -> Clock:
    """A clock that has heard the server."""
    clock = a_clock(time, folder)
    clock.learn(ping(time, server_ms))
    return clock


def test_a_first_start_trusts_nothing_until_the_server_was_heard(time: FakeTime, tmp_path: Path) -> None:
    clock = a_clock(time, tmp_path)
    assert not clock.trusted
    clock.learn(ping(time, MONDAY_MS + HOUR_MS))
    assert clock.trusted
    assert clock.now_ms() == pytest.approx(MONDAY_MS + HOUR_MS, abs=1)


def test_after_a_start_in_1970_the_floor_holds_and_nothing_is_trusted(time: FakeTime, tmp_path: Path) -> None:
    seasoned(time, tmp_path)
    time.boot_id, time.system_ms, time.mono_ns = "boot-2", 5_000, 7 * MS
    clock = a_clock(time, tmp_path)
    assert not clock.trusted
    assert clock.now_ms() >= MONDAY_MS


def test_a_restart_without_a_reboot_goes_on_with_the_same_time(time: FakeTime, tmp_path: Path) -> None:
    seasoned(time, tmp_path, MONDAY_MS + HOUR_MS)
    time.pass_ms(90_000)
    time.system_ms = 0
    clock = a_clock(time, tmp_path)
    assert clock.trusted
    assert clock.now_ms() == pytest.approx(MONDAY_MS + HOUR_MS + 90_000, abs=1)


def test_after_a_reboot_a_kept_system_clock_ahead_of_the_floor_is_trusted(time: FakeTime, tmp_path: Path) -> None:
    seasoned(time, tmp_path)
    time.boot_id = "boot-2"
    time.pass_ms(10 * HOUR_MS)
    assert a_clock(time, tmp_path).trusted


@pytest.mark.parametrize("away_ms", [-HOUR_MS, 200 * 24 * HOUR_MS])
def test_a_system_clock_behind_the_floor_or_far_ahead_is_not_trusted(
    time: FakeTime, tmp_path: Path, away_ms: int
) -> None:
    seasoned(time, tmp_path)
    time.boot_id = "boot-2"
    time.system_ms += away_ms
    assert not a_clock(time, tmp_path).trusted


def test_a_system_clock_that_nothing_keeps_is_not_trusted(time: FakeTime, tmp_path: Path) -> None:
    seasoned(time, tmp_path)
    time.boot_id, time.keeps_time = "boot-2", False
    time.pass_ms(HOUR_MS)
    assert not a_clock(time, tmp_path).trusted


def test_an_unreadable_memory_is_no_memory(time: FakeTime, tmp_path: Path) -> None:
    (tmp_path / "clock").write_bytes(b"{half")
    assert not a_clock(time, tmp_path).trusted


def test_a_small_difference_is_slewed_at_500_ppm_at_most(time: FakeTime, tmp_path: Path) -> None:
    clock = seasoned(time, tmp_path)
    time.pass_ms(1000)
    before = clock.utc_ms(time.mono_ns)
    clock.learn(ping(time, before + 100))
    clock.learn(ping(time, before + 100))
    assert clock.utc_ms(time.mono_ns) == before
    time.pass_ms(100_000)
    gained = clock.utc_ms(time.mono_ns) - before - 100_000
    assert 0 < gained <= 100_000 * SLEW + 1
    time.pass_ms(200_000)
    assert clock.utc_ms(time.mono_ns) - before - 300_000 == pytest.approx(100, abs=2)


def test_time_never_runs_backwards_while_slewing(time: FakeTime, tmp_path: Path) -> None:
    clock = seasoned(time, tmp_path)
    time.pass_ms(1000)
    clock.learn(ping(time, clock.now_ms() - 140))
    instants = []
    for _ in range(50):
        time.pass_ms(10)
        instants.append(clock.now_ms())
    assert instants == sorted(instants)


def test_a_great_difference_waits_for_a_border(time: FakeTime, tmp_path: Path) -> None:
    clock = seasoned(time, tmp_path)
    time.pass_ms(1000)
    clock.learn(ping(time, MONDAY_MS + HOUR_MS))
    assert clock.now_ms() < MONDAY_MS + 2000
    clock.at_border()
    assert clock.now_ms() == pytest.approx(MONDAY_MS + HOUR_MS, abs=1)
    assert clock.steps == 1


def test_an_instant_becomes_the_monotonic_one_and_back(time: FakeTime, tmp_path: Path) -> None:
    clock = seasoned(time, tmp_path)
    clock.learn(ping(time, MONDAY_MS + 120))
    for ahead_ms in (-5_000, 0, 1, 10_000, 86_400_000):
        at_ms = MONDAY_MS + ahead_ms
        assert clock.utc_ms(clock.at_ns(at_ms)) == at_ms


def test_the_inverse_holds_through_the_end_of_a_slew() -> None:
    line = Line(mono_ns=0, utc_ms=1e12, rate=40e-6, slew=-SLEW, slew_until_ns=100 * 10**9)
    for mono_ns in (0, 10**9, 99 * 10**9, 101 * 10**9, 10**13):
        assert abs(line.mono_at(line.utc_at(mono_ns)) - mono_ns) < 1000


def test_the_floor_is_kept_every_minute_and_only_by_a_trusted_clock(time: FakeTime, tmp_path: Path) -> None:
    a_clock(time, tmp_path).keep_if_due(at_once=True)
    assert not (tmp_path / "clock").exists()
    clock = seasoned(time, tmp_path)
    kept = (tmp_path / "clock").read_bytes()
    time.pass_ms(30_000)
    clock.keep_if_due()
    assert (tmp_path / "clock").read_bytes() == kept
    time.pass_ms(31_000)
    clock.keep_if_due()
    assert (tmp_path / "clock").read_bytes() != kept


def test_the_clock_reports_how_wrong_it_can_be(time: FakeTime, tmp_path: Path) -> None:
    assert a_clock(time, tmp_path).error_ms is None
    clock = seasoned(time, tmp_path)
    assert clock.error_ms == pytest.approx(1, abs=0.1)
    clock.learn(ping(time, MONDAY_MS + 100))
    assert clock.error_ms == pytest.approx(101, abs=2)
    assert clock.offset_ms == pytest.approx(-100, abs=2)
