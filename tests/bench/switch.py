"""How exactly does the screen change, and does it ever go black? `python -m tests.bench.switch --json`

60 switches of films (H.264, some of them over before their time) and stills (JPEG, PNG, WebP), each requested of the
real display 1.2 s ahead, on a real Xvfb. Every item carries a number in its pixels; ffmpeg's x11grab reads the
whole screen 60 times a second (tests/rig/players/xgrab.py says how its stamps are mapped to CLOCK_MONOTONIC).

A grab only shows that the change lies between the grab before and itself, so the middle of the two is taken as
its instant: `switch_error_ms_p95` is the 95th percentile of |middle − instant|, true to ± 8.3 ms. Beside it
`first_grab_ms_p95` is until the first grab that shows it, which cannot be better than one grab's spacing.
A grab counts as black when more than 1 % of it is; nothing in the media is that dark.
The control shows some items 50 ms late on purpose: the rig must report that.
Peer: the common way, one media player with a `play()` at the instant, in the same run and the same rig.
Memory: what the daemon's side (this process) and the child hold of their own (anonymous and shared with X; pages of
libraries are left out, their share changes with other programs), before and after 500 quick switches, each the
median over one round of all items.
"""

import gc
import os
import select
import statistics
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from player.display.api import Showing
from player.display.vlc_display import VlcDisplay
from player.display.xserver import OwnServer
from tests.bench.cold_player import ColdPlayer
from tests.bench.marker import SIZE, Marked, Reading, change_for, changes, draw_film, draw_still, read_marker
from tests.bench.result import percentile, report
from tests.rig.players.xgrab import Grab, Grabber

PERIOD_NS = 2_000_000_000
AHEAD_NS = 1_200_000_000
NEAR_NS = 900_000_000
CONTROL_MS = 50
CONTROL_SWITCHES = 8
WARM_SWITCHES = 60


@dataclass(frozen=True)
class Planned:
    """That number was to become visible at that instant."""

    number: int
    at_ns: int


@dataclass(frozen=True)
class Outcome:
    """A row of switches as seen on the screen."""

    planned: int
    errors_ms: list[float]
    first_grabs_ms: list[float]
    black_frames: int
    grabs: int

    def measures(self) -> dict[str, float | None]:
        sizes = [abs(error) for error in self.errors_ms]
        return {
            "black_frames": self.black_frames,
            "switch_error_ms_p95": _rounded(sizes, 0.95),
            "switch_error_ms_p50": _rounded(sizes, 0.5),
            "switch_error_ms_max": _rounded(sizes, 1.0),
            "first_grab_ms_p95": _rounded(self.first_grabs_ms, 0.95),
            "switches": self.planned,
            "missed_switches": self.planned - len(self.errors_ms),
            "grabs": self.grabs,
        }


def _rounded(values: Sequence[float], share: float) -> float | None:
    """None if nothing was seen: JSON knows no infinity."""
    return round(percentile(values, share), 2) if values else None


def plan(media: Sequence[Marked], *, begin_ns: int) -> list[Planned]:
    """Every two seconds, less than a grab more or less, so that instants fall anywhere between two grabs. Pure."""
    return [
        Planned(marked.number, begin_ns + index * PERIOD_NS + index * 7 % 17 * 1_000_000)
        for index, marked in enumerate(media)
    ]


def judge(planned: Sequence[Planned], grabs: Sequence[Grab[Reading]]) -> Outcome:
    """Hold what was seen against what was planned. Pure."""
    seen = changes(grabs)
    first_ns, last_ns = planned[0].at_ns, planned[-1].at_ns + PERIOD_NS // 2
    found = [(p, change_for(p.number, p.at_ns, among=seen, within_ns=NEAR_NS)) for p in planned]
    within = [grab for grab in grabs if first_ns + NEAR_NS // 10 <= grab.at_ns <= last_ns]
    return Outcome(
        planned=len(planned),
        errors_ms=[(change.middle_ns - p.at_ns) / 1e6 for p, change in found if change],
        first_grabs_ms=[(change.by_ns - p.at_ns) / 1e6 for p, change in found if change],
        black_frames=sum(grab.seen.black for grab in within),
        grabs=len(within),
    )


def run_switches(
    display: VlcDisplay, server: OwnServer, media: Sequence[Marked], *, late_ms: int = 0
) -> tuple[Outcome, float]:
    """Show one after the other at its instant, and look; also how far the clocks slipped."""

    def show(index: int, marked: Marked, at_ns: int) -> None:
        prepare_and_await(display, marked, name=f"switch{index}")
        display.show(f"switch{index}", at_ns + late_ms * 1_000_000)

    return _watched(server, media, show, ahead_ns=AHEAD_NS)


def run_cold(server: OwnServer, media: Sequence[Marked]) -> Outcome:
    """The common way: one player, with a `play()` at its time."""
    player = ColdPlayer(server.name(), SIZE)

    def play(_index: int, marked: Marked, at_ns: int) -> None:
        sleep_until(at_ns)
        player.play(marked.path)

    outcome, _ = _watched(server, media, play, ahead_ns=100_000_000)
    player.close()
    return outcome


def _watched(
    server: OwnServer, media: Sequence[Marked], show: Callable[[int, Marked, int], None], *, ahead_ns: int
) -> tuple[Outcome, float]:
    grabber = Grabber(server.name(), SIZE, see=read_marker)
    grabber.await_frames(30)
    planned = plan(media, begin_ns=time.monotonic_ns() + PERIOD_NS)
    for index, (marked, due) in enumerate(zip(media, planned, strict=True)):
        sleep_until(due.at_ns - ahead_ns)
        show(index, marked, due.at_ns)
    sleep_until(planned[-1].at_ns + PERIOD_NS)
    return judge(planned, grabber.close()), grabber.clock_slip_ms


def memory_growth(
    display: VlcDisplay, server: OwnServer, media: Sequence[Marked], *, switches: int
) -> dict[str, float]:
    """The growth of the processes' memory from the first quick switches to the end of so many."""
    show_quickly(display, islice(cycle(media), WARM_SWITCHES), name="warm")
    before = _held_in_one_round(display, server, media, name="before")
    began = time.monotonic()
    show_quickly(display, islice(cycle(media), switches), name="quick")
    spent_s = time.monotonic() - began
    after = _held_in_one_round(display, server, media, name="after")
    growth = {name: round(after[name] - before[name], 2) for name in before}
    return {
        "memory_growth_mb": round(growth["parent"] + growth["child"], 2),
        "parent_growth_mb": growth["parent"],
        "child_growth_mb": growth["child"],
        "x_server_growth_mb": growth["x_server"],
        "parent_mb": round(after["parent"], 1),
        "child_mb": round(after["child"], 1),
        "memory_switches": switches,
        "quick_switches_per_s": round(switches / spent_s, 2),
    }


def _held_in_one_round(
    display: VlcDisplay, server: OwnServer, media: Sequence[Marked], *, name: str
) -> dict[str, float]:
    """The median over every item of the round: a single look sees what one film or picture needs just then."""
    looks = []
    for index, marked in enumerate(media):
        show_quickly(display, iter([marked]), name=f"{name}{index}-")
        looks.append(_held_mb(display, server))
    return {process: statistics.median(look[process] for look in looks) for process in looks[0]}


def show_quickly(display: VlcDisplay, media: Iterator[Marked], *, name: str) -> None:
    for index, marked in enumerate(media):
        prepare_and_await(display, marked, name=f"{name}{index}")
        display.show(f"{name}{index}", time.monotonic_ns())
        await_event(display, f"{name}{index}", "shown")


def prepare_and_await(display: VlcDisplay, marked: Marked, *, name: str) -> None:
    length_ms = PERIOD_NS // 1_000_000
    display.prepare(Showing(name, marked.path, marked.mime, length_ms))
    await_event(display, name, "ready")


def await_event(display: VlcDisplay, showing: str, kind: str, *, within_s: float = 20.0) -> None:
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        for event in display.events():
            if event.kind in ("failed", "died"):
                raise SystemExit(f"the display said {event}")
            if (event.kind, event.showing) == (kind, showing):
                return
        select.select([display.wake_fd], [], [], 0.5)
    raise SystemExit(f"no {kind} for {showing} within {within_s} s")


def draw_media(folder: Path) -> list[Marked]:
    """Films and stills in turn; every fourth film is over before the next item is due."""
    kinds = [("image/jpeg", "jpg"), ("image/png", "png"), ("image/webp", "webp")]
    media = []
    for number in range(1, 13):
        if number % 3 == 0:
            mime, ending = kinds[number // 3 % 3]
            media.append(draw_still(number, folder / f"{number}.{ending}", mime=mime))
        else:
            seconds = 1.2 if number % 4 == 1 else 6
            media.append(draw_film(number, folder / f"{number}.mp4", seconds=seconds))
    return media


def sleep_until(at_ns: int) -> None:
    time.sleep(max(0.0, (at_ns - time.monotonic_ns()) / 1e9))


def _held_mb(display: VlcDisplay, server: OwnServer) -> dict[str, float]:
    gc.collect()
    return {
        "parent": _own_mb(os.getpid()),
        "child": _own_mb(display.child_pid or 0),
        "x_server": _own_mb(server.pid or 0),
    }


def _own_mb(pid: int) -> float:
    memory = dict(line.split(":") for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    return sum(int(memory[kind].split()[0]) for kind in ("Pss_Anon", "Pss_Shmem")) / 1024


@contextmanager
def _display() -> Iterator[tuple[VlcDisplay, OwnServer]]:
    server = OwnServer(SIZE)
    display = VlcDisplay(server)
    try:
        yield display, server
    finally:
        display.close()


def main() -> None:
    options = _parse()
    with tempfile.TemporaryDirectory(prefix="switch-") as folder:
        media = draw_media(Path(folder))
        _progress(f"{options.switches} switches", options)
        with _display() as (display, server):
            outcome, slip_ms = run_switches(display, server, list(islice(cycle(media), options.switches)))
            _progress("control", options)
            control, _ = run_switches(display, server, media[:CONTROL_SWITCHES], late_ms=CONTROL_MS)
        _progress("peer", options)
        for_vlc = [marked for marked in media if marked.mime != "image/webp"]  # VLC 3 opens no WebP
        with _own_server() as server:
            cold = run_cold(server, list(islice(cycle(for_vlc), options.peer_switches)))
        _progress(f"{options.memory_switches} quick switches", options)
        with _display() as (display, server):
            memory = memory_growth(display, server, media, switches=options.memory_switches)
    shift_ms = statistics.median(control.errors_ms)
    report("switch", {
        **outcome.measures(), **memory, "control_ms": CONTROL_MS, "control_seen_ms": round(shift_ms, 2),
        "clock_slip_ms": round(slip_ms, 3),
    }, {"cold_play": cold.measures()})  # fmt: skip


@contextmanager
def _own_server() -> Iterator[OwnServer]:
    server = OwnServer(SIZE)
    try:
        yield server
    finally:
        server.close()


def _progress(what: str, options: Namespace) -> None:
    if not options.json:
        print(what, file=sys.stderr, flush=True)


def _parse() -> Namespace:
    parser = ArgumentParser(prog="tests.bench.switch", description="How exactly the screen changes.")
    parser.add_argument("--json", action="store_true", help="nothing but the result line")
    parser.add_argument("--switches", type=int, default=60)
    parser.add_argument("--peer-switches", type=int, default=20)
    parser.add_argument("--memory-switches", type=int, default=500)
    return parser.parse_args()


if __name__ == "__main__":
    main()
