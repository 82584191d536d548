"""The main thread's loop over parts that take notes. It sleeps in `select`, from which an event wakes it."""

from __future__ import annotations

import select
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from player.main_loop import MainLoop, WakeUp
from tests.player.fake_display import FakeDisplay

FAR_NS = 10**15


class Parts:
    """Showing loop, store, card, clock and watchdog at once; `turns` are what each turn does."""

    def __init__(self) -> None:
        self.wake_up = WakeUp()
        self.display = FakeDisplay()
        self.override: str | None = None
        self.trouble = ("", "")
        self.timeline, self.picture = object(), object()
        self.every_ns: int | None = None
        self.due_ns = FAR_NS
        self.taken: list[object] = []
        self.followed: list[tuple[object, object]] = []
        self.down: list[int] = []
        self.deviations = 0
        self.turns: list[Callable[[], object]] = []
        this: Any = self
        self.loop = MainLoop(
            wake_up=self.wake_up, display=self.display, clock=this, watchdog=this, showing=this, store=this, card=this,
            boards=this, on_deviation=self._deviated,
        )  # fmt: skip

    def take(self, timeline: object) -> None:
        self.taken.append(timeline)

    def put_card(self, picture: object) -> None:
        self.taken.append(picture)

    def turn(self) -> int:
        (self.turns.pop(0) if self.turns else self.loop.stop)()
        return self.due_ns

    @property
    def games(self) -> tuple[object, object]:
        return "coming", "on"

    def follow(self, coming: object, on: object) -> None:
        self.followed.append((coming, on))

    def now_ns(self) -> int:
        return 0

    def down_for_ns(self) -> int:
        return 7

    def alive(self, *, display_down_ns: int) -> None:
        self.down.append(display_down_ns)

    def _deviated(self) -> None:
        self.deviations += 1


@pytest.fixture
def parts() -> Iterator[Parts]:
    parts = Parts()
    yield parts
    parts.display.close()


def test_each_turn_takes_the_timeline_and_the_card_and_pings_the_watchdog(parts: Parts) -> None:
    parts.loop.run()
    assert parts.taken == [parts.timeline, parts.picture]
    assert parts.followed == [("coming", "on")]
    assert parts.down == [7]


@pytest.mark.parametrize("cause", [lambda parts: parts.wake_up.set(), lambda parts: parts.display.die()])
def test_another_thread_and_the_display_wake_it(parts: Parts, cause: Callable[[Parts], object]) -> None:
    parts.turns = [lambda: cause(parts)]
    parts.loop.run()
    assert len(parts.down) == 2


@pytest.mark.parametrize("due_ns", [-FAR_NS, 0])
def test_what_is_due_or_overdue_is_not_slept_over(parts: Parts, due_ns: int) -> None:
    parts.due_ns, parts.turns = due_ns, [lambda: None]
    parts.loop.run()
    assert len(parts.down) == 2


def test_it_turns_as_often_as_the_watchdog_must_be_pinged(parts: Parts) -> None:
    parts.every_ns = 1
    parts.turns = [lambda: None, lambda: None]
    parts.loop.run()
    assert len(parts.down) == 3


def test_a_wake_up_counts_once(parts: Parts) -> None:
    parts.wake_up.set()
    parts.wake_up.set()
    parts.wake_up.clear()
    assert select.select([parts.wake_up.fd], [], [], 0)[0] == []


def test_a_deviation_is_reported_when_it_begins_changes_and_ends(parts: Parts) -> None:
    def show(override: str | None, *trouble: str) -> Callable[[], None]:
        def change() -> None:
            parts.override, parts.trouble = override, trouble or ("", "")  # type: ignore[assignment]
            parts.wake_up.set()

        return change

    parts.turns = [show("a"), show("a"), show("b"), show("b", "process", "it died"), show(None)]
    parts.loop.run()
    assert parts.deviations == 4


def test_an_x_server_that_is_away_is_no_reason_to_start_the_daemon_anew(parts: Parts) -> None:
    parts.trouble = ("x_server", "it hangs")
    parts.loop.run()
    assert parts.down == [0]
