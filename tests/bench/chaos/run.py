"""One stack from start to end: fill it, load it, break it, watch it, count."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import gevent
from sqlalchemy import Engine
from sqlmodel import and_, col, func, or_, select

from server.db import Job, reading, utc_now
from tests.bench.chaos.backups import BadBackup
from tests.bench.chaos.clients.http import Visitor
from tests.bench.chaos.faults import Fault, NoJob
from tests.bench.chaos.growth import mb_per_hour
from tests.bench.chaos.ledger import compare, read_stored
from tests.bench.chaos.load import Load, Pace
from tests.bench.chaos.stack import Stack, running_stack
from tests.bench.chaos.tries import Record, Window, excused_answers, usual_limits, wrong_answers
from tests.bench.chaos.world import make_world
from tests.bench.result import percentile
from tests.rig.servers.disks import MayNotMount, enlarge
from tests.rig.servers.processes import Process, eventually

STEADY_WITHIN_S = 300
USUAL_S = 20.0  # in which is seen how long each kind of request usually takes
RECOVERED_WITHIN_S = 90
SAMPLE_S = 1.0
WARM_UP_SHARE = 1 / 3
WARM_UP_MOST_S = 1200
LASTING_DISK_KB = 8 << 20  # an hour of uploads does not fit the disk that the faults fill
OVERDUE = timedelta(seconds=15)
FAR_AHEAD = timedelta(hours=1)
JOBS_DONE_WITHIN_S = 20


class Size(NamedTuple):
    """How much, and how long: `memory_s` is the quiet phase at the end in which the growth is measured."""

    boxes: int
    phones: int
    claims_per_s: float
    memory_s: float


@dataclass
class Outcome:
    """The results of one stack. `broken`: findings of a fault's own check, and requests that never worked again."""

    windows: list[Window] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


def run(kind: str, folder: Path, faults: Sequence[Fault], size: Size) -> dict[str, Any]:
    """The measures of one stack."""
    outcome = Outcome()
    with running_stack(kind, folder) as stack:
        alone_s = restart_alone_s(stack)
        world = make_world(stack.house, boxes=size.boxes)
        load = Load(world, stack.web, stack.media, stack.uplink.address, size.phones, Pace.of(size.claims_per_s))
        load.start()
        wait_until_steady(load)
        for fault in faults:
            break_and_watch(fault, stack, load, outcome)
        growth = measure_growth(stack, size.memory_s) if size.memory_s else {}
        load.drain()
        return {**figures(stack, load, outcome), **growth, "restart_alone_s": alone_s}


def restart_alone_s(stack: Stack) -> float:
    """How long a web process takes from its end until it answers again, with nobody there: no fault recovers faster."""
    visitor, began = Visitor(Record(time.monotonic)), time.monotonic()
    stack.supervisor.kill(stack.webs[0])
    own = ("127.0.0.1", stack.house.settings.port)
    eventually(lambda: visitor.get("alive", own, "/healthz").status == 200, within_s=60, what="the web process")
    return round(time.monotonic() - began, 1)


def wait_until_steady(load: Load) -> None:
    """Every kind of request has succeeded under the whole load, before anything is broken; how long each takes."""
    began = time.monotonic()
    if not load.wait_until_steady(since=began, within_s=STEADY_WITHIN_S):
        raise TimeoutError(f"no steady load: {describe(load, began)}")
    steady = time.monotonic()
    gevent.sleep(USUAL_S)
    load.record.limits = usual_limits(load.record.since(steady))
    _progress(f"steady after {steady - began:.0f} s")


def break_and_watch(fault: Fault, stack: Stack, load: Load, outcome: Outcome) -> None:
    """One fault, from its beginning until everything works again."""
    began = time.monotonic()
    try:
        fault.cause(stack, load)
    except (BadBackup, MayNotMount, NoJob) as error:
        outcome.broken.append(f"{fault.name}: {error}")
    outcome.broken += [f"{fault.name}: {complaint}" for complaint in stack.supervisor.complaints]
    stack.supervisor.complaints.clear()
    ended = time.monotonic()
    recovered = load.wait_until_good(since=ended, within_s=RECOVERED_WITHIN_S)
    if recovered is None:
        outcome.broken.append(f"{fault.name}: not recovered, {describe(load, ended)}")
        recovered = time.monotonic()
    window = Window(fault.name, began, ended, recovered, fault.refusable)
    outcome.windows.append(window)
    wrong = wrong_answers(load.record.tries, [window])
    answers = {answer: count for (name, answer), count in wrong.items() if name}
    worst = troubles_after(load.record, ended)
    _progress(f"{stack.kind} {fault.name}: recovered after {window.recovery_s:.1f} s, {worst}, wrong answers {answers}")


def troubles_after(record: Record, ended: float) -> str:
    """By kind, when the last request that failed or was slow was over, in seconds after the fault."""
    last: dict[str, float] = {}
    for request in record.since(ended):  # the newest first
        if request.failed or request.took_s > record.limit(request.kind):
            last.setdefault(request.kind, request.ended - ended)
    return ", ".join(f"{kind} {seconds:.1f} s" for kind, seconds in sorted(last.items())) or "nothing in between"


def describe(load: Load, since: float) -> str:
    """The requests that fail or are still waiting, in a sentence."""
    troubled = {request.kind for request in load.record.tries if request.ended >= since and request.failed}
    return (
        f"no success of {sorted(load.missing_since(since))}, failures of {sorted(troubled)}, "
        f"still waiting for {sorted(load.record.awaited(since))}, "
        f"{load.sockets_connected:.0%} of the sockets connected"
    )


# --- memory


def measure_growth(stack: Stack, seconds: float) -> dict[str, Any]:
    """Of each web process under the whole load, after a warm-up of a third of the time."""
    if stack.disk:
        enlarge(stack.disk, kilobytes=LASTING_DISK_KB)
    began, warm_up_s = time.monotonic(), min(seconds * WARM_UP_SHARE, WARM_UP_MOST_S)
    samples: dict[str, list[tuple[float, float]]] = {name: [] for name in stack.webs}
    while (at := time.monotonic() - began) < seconds:
        for name in stack.webs if at >= warm_up_s else ():
            samples[name].append((at, resident_mb(stack.supervisor.processes[name])))
        gevent.sleep(SAMPLE_S)
    return {
        "web_mb_growth_per_hour": round(max(mb_per_hour(taken) for taken in samples.values()), 1),
        "web_mb": {name: [round(taken[0][1]), round(taken[-1][1])] for name, taken in samples.items()},
        "memory_measured_s": round(seconds - warm_up_s),
    }


def resident_mb(process: Process) -> float:
    pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() / (1 << 20)


# --- figures


def figures(stack: Stack, load: Load, outcome: Outcome) -> dict[str, Any]:
    difference = compare(load.answers, read_stored(stack.house.engine))
    wrong = wrong_answers(load.record.tries, outcome.windows)
    claims_s = [request.ended - request.began for request in load.record.tries if request.kind == "claim"]
    return {
        "lost": difference.lost,
        "doubled": difference.doubled,
        "answers_5xx": _by_fault(wrong),
        "answers_busy": dict(excused_answers(load.record.tries, outcome.windows)),
        "recovery_s": {window.fault: round(window.recovery_s, 1) for window in outcome.windows},
        "stuck_jobs": count_stuck_jobs(stack.house.engine),
        "failed_jobs": failed_jobs(stack.house.engine),
        "broken": outcome.broken,
        "requests": len(load.record.tries),
        "unanswered": sum(request.status == 0 for request in load.record.tries),
        "limited": sum(request.status == 429 for request in load.record.tries),
        "plays": len(load.answers.plays),
        "plays_refused": sum(len(box.refused) for box in load.boxes),
        "claims": len(load.answers.claims),
        "claims_refused": len(load.answers.refused_claims),
        "redemptions": len(load.answers.redemptions),
        "claim_s_p95": round(percentile(claims_s, 0.95), 2),
    }


def _by_fault(wrong: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    by_fault: dict[str, dict[str, int]] = {}
    for (fault, answer), count in wrong.items():
        by_fault.setdefault(fault or "between", {})[answer] = count
    return by_fault


def count_stuck_jobs(engine: Engine) -> int:
    """Of those that are due and nobody takes, that nobody is at, or that wait for a day far ahead."""
    deadline = time.monotonic() + JOBS_DONE_WITHIN_S
    while (stuck := _stuck_now(engine)) and time.monotonic() < deadline:
        gevent.sleep(0.5)
    return stuck


def _stuck_now(engine: Engine) -> int:
    now = utc_now()
    waiting, running = col(Job.state) == "waiting", col(Job.state) == "running"
    overdue = and_(waiting, or_(col(Job.run_at) < now - OVERDUE, col(Job.run_at) > now + FAR_AHEAD))
    left = and_(running, col(Job.leased_until) < now)
    with reading(engine) as db:
        return db.exec(select(func.count()).select_from(Job).where(or_(overdue, left))).one()


def failed_jobs(engine: Engine) -> list[str]:
    """The jobs that were given up, and why."""
    with reading(engine) as db:
        return [f"{kind}: {error}" for kind, error in db.exec(select(Job.kind, Job.error).where(Job.state == "failed"))]


def _progress(message: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {message}", file=sys.stderr, flush=True)
