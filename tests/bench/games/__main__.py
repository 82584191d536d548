"""Runs the bench and prints its result: `python -m tests.bench.games --json [--races 2] [--phones 300]`"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import socketio

from media.games.phases import Phases
from media.games.race import LANES, lane_of
from tests.bench.games.frames import frame_ms_p95, paste_ms_p95, whole_frame_ms_p95
from tests.bench.games.phones import WatchedPhone, play, two_phones
from tests.bench.games.referee import referee_us_per_input
from tests.bench.games.seen import Seen, Track, delays_ms, read_screen, taps_of_lane
from tests.bench.games.stand import LENGTH_MS, Stand, open_stand
from tests.bench.result import percentile, report
from tests.rig.phones.browser import chromium
from tests.rig.players.xgrab import Grab, Grabber, wall_minus_monotonic_ns

Measures = dict[str, float | int | None]

END_MS = 1000  # taps so near the end are not measured: their frame may be the podium's
PINGS, PING_S = 200, 0.05


def main() -> None:
    options = _parse()
    measures: Measures = {"frame_ms_p95": _ms(frame_ms_p95())}
    peers: Measures = {
        "paste_ms_p95": _ms(paste_ms_p95()),
        "whole_frame_ms_p95": _ms(whole_frame_ms_p95()),
        "referee_us_per_input": round(referee_us_per_input(), 1),
    }
    with tempfile.TemporaryDirectory(prefix="games-") as folder, open_stand(Path(folder)) as stand:
        peers["echo_ms_p95"] = _ms(percentile(list(_echoes(stand, time.time() + PINGS * PING_S)), 0.95))
        with chromium() as browser, two_phones(browser, stand) as phones:
            _progress("a race that nobody plays", options)
            measures |= measure_idle(stand, phones)
            _progress(f"{measures}, {peers}\ntwo phones", options)
            measures |= measure_two_phones(stand, phones, races=options.races)
        _progress(f"{measures}\n{options.phones} phones", options)
        of_crowd, echo_ms = measure_crowd(stand, options.phones)
        measures |= of_crowd
        peers["crowd_echo_ms_p95"] = echo_ms
        measures["prizes_over_stock"] = stand.claims_over_stock()
    report("games", measures, peers)


def measure_idle(stand: Stand, phones: Sequence[WatchedPhone]) -> Measures:
    phases = stand.next_race()
    before = [phone.frames for phone in phones]
    with grabbed(stand, players=2, fps=60) as grabs:
        _wait_until(phones, phases.ends_ms)
    errors = [error for phone in phones for error in phone.start_errors_ms(phases)]
    frames = sum(phone.frames - first for phone, first in zip(phones, before, strict=True))
    return {
        "start_error_ms_p95": _ms(percentile(errors, 0.95)),
        "messages_idle": frames,
        "black_frames": sum(grab.seen.is_black for grab in grabs),
    }


def measure_two_phones(stand: Stand, phones: Sequence[WatchedPhone], *, races: int) -> Measures:
    delays: list[float] = []
    black = taps = 0
    for _ in range(races):
        phases = stand.next_race()
        for phone in phones:
            phone.taps_ns.clear()
        with grabbed(stand, players=2, fps=60) as grabs:
            for phone in phones:
                phone.join()
            play(list(phones), (phases.result_ms - END_MS) / 1000)
            _wait_until(phones, phases.ends_ms)
        track = Track.of(stand.lift.x.size, 2)
        until_ns = _monotonic_ns(phases.result_ms)
        for seat, phone in enumerate(phones):
            lane_taps = taps_of_lane([phone.taps_ns])
            delays += delays_ms(lane_taps, _during(grabs, phases), lane_of(seat), track, phases, until_ns)
            taps += len(phone.taps_ns)
        black += sum(grab.seen.is_black for grab in grabs)
    return {
        "board_ms_p95": _ms(percentile(delays, 0.95)),
        "board_ms_p50": _ms(percentile(delays, 0.5)),
        "taps": taps,
        "taps_seen": len(delays),
        "black_frames_played": black,
    }


def measure_crowd(stand: Stand, phones: int) -> tuple[Measures, float]:
    """Its measures, and the echo beside it."""
    phases = stand.next_race()
    race = {"url": stand.lift.url, "code": stand.code, "presence": stand.presence(), "spot": phases.starts_ms}
    command = [
        sys.executable,
        "-m",
        "tests.bench.games.crowd",
        json.dumps(race | {"length_ms": LENGTH_MS, "phones": phones}),
    ]
    with grabbed(stand, players=LANES, fps=30) as grabs, ThreadPoolExecutor(2) as pool:
        crowd = pool.submit(
            partial(subprocess.run, command, check=True, stdout=subprocess.PIPE, text=True, timeout=180)
        )
        time.sleep(max(0, phases.play_ms / 1000 + 1 - time.time()))
        first = (time.time(), stand.inputs_taken(), stand.web_cpu_s())
        echoes = list(_echoes(stand, phases.result_ms / 1000 - 1))
        last = (time.time(), stand.inputs_taken(), stand.web_cpu_s())
        found = json.loads(crowd.result().stdout)
        time.sleep(max(0, phases.ends_ms / 1000 - time.time()))
    spent_s, taken, cpu_s = (after - before for before, after in zip(first, last, strict=True))
    lanes: dict[int, list[list[int]]] = defaultdict(list)
    for seat, taps_ns in found["seats"].items():
        lanes[lane_of(int(seat))].append(taps_ns)
    track, until_ns = Track.of(stand.lift.x.size, LANES), _monotonic_ns(phases.result_ms - END_MS)
    delays = [
        delay
        for lane, taps_ns in lanes.items()
        for delay in delays_ms(taps_of_lane(taps_ns), _during(grabs, phases), lane, track, phases, until_ns)
    ]
    return {
        "phones_300_board_ms_p95": _ms(percentile(delays, 0.95)) if delays else None,
        "phones_300_board_ms_p50": _ms(percentile(delays, 0.5)) if delays else None,
        "phones": phones,
        "pixels_seen": len(delays),
        "joined_late_s": round(found["late_s"], 2),
        "inputs_offered_per_s": round(found["sent"] / found["played_s"], 1),
        "inputs_processed_per_s": round(taken / spent_s, 1),
        "states_received_per_s_and_phone": round(found["states"] / phones / found["played_s"], 1),
        "server_us_per_input": round(1e6 * cpu_s / taken, 1) if taken else None,
        "server_cores": round(cpu_s / spent_s, 2),
    }, _ms(percentile(echoes, 0.95))


@contextmanager
def grabbed(stand: Stand, *, players: int, fps: int) -> Iterator[list[Grab[Seen]]]:
    """Filled when the block is left."""
    track = Track.of(stand.lift.x.size, players)
    see: Callable[..., Seen] = partial(read_screen, track=track)
    grabber = Grabber(stand.lift.x.name, stand.lift.x.size, see=see, fps=fps)
    grabber.await_frames(5)
    grabs: list[Grab[Seen]] = []
    try:
        yield grabs
    finally:
        grabs += grabber.close()


def _during(grabs: Sequence[Grab[Seen]], phases: Phases) -> list[Grab[Seen]]:
    """While the runners are on the screen. A grab in which no lane has a runner is of another view."""
    from_ns, until_ns = _monotonic_ns(phases.play_ms + 300), _monotonic_ns(phases.result_ms)
    return [grab for grab in grabs if from_ns <= grab.at_ns < until_ns]


def _monotonic_ns(utc_ms: int) -> int:
    return utc_ms * 1_000_000 - wall_minus_monotonic_ns()


def _wait_until(phones: Sequence[WatchedPhone], utc_ms: int) -> None:
    """Playwright hands on what the sockets carry only while one of its calls runs."""
    while (left_ms := utc_ms - time.time() * 1000) > 0:
        phones[0].page.wait_for_timeout(min(left_ms, 500))


def _echoes(stand: Stand, until_s: float) -> Iterator[float]:
    """The socket's clock pings through nginx, one after another, in ms."""
    phone = socketio.Client()
    phone.connect(
        f"{stand.lift.url}?screen={stand.code}",
        namespaces=["/phone"],
        auth={"screen": stand.code},
        transports=["websocket"],
    )
    while time.time() < until_s:
        began = time.perf_counter()
        phone.call("clock", {"t0": 0}, namespace="/phone", timeout=30)
        yield (time.perf_counter() - began) * 1000
        time.sleep(PING_S)
    phone.disconnect()


def _ms(value: float) -> float:
    return round(value, 2)


def _progress(what: str, options: Namespace) -> None:
    if not options.json:
        print(what, file=sys.stderr, flush=True)


def _parse() -> Namespace:
    parser = ArgumentParser(prog="tests.bench.games", description="How soon a tap shows, and what a lobby costs.")
    parser.add_argument("--json", action="store_true", help="nothing but the result line")
    parser.add_argument("--races", type=int, default=3, help="races of two phones")
    parser.add_argument("--phones", type=int, default=300)
    return parser.parse_args()


if __name__ == "__main__":
    main()
