"""The allotment's job and the booking desk on a network in a real database: from nothing, then after one new booking.

    python -m tests.bench.allot --json [--screens 100000] [--campaigns 3000] [--database sqlite|postgresql]
                                       [--days-ahead 14] [--history 4000000]

The network is `plan_world`'s shape `even`: screens in venues, its traits as tags, two weeks behind it of what was
planned and played (`--history`: rows of each of those tables at the most; where all that plays were more, each screen
has some of its campaigns; `--days-ahead`: fewer than any server has, to look at less). Worker and desk each run in a
process of their own, so that each one's memory is its own. A round is what a worker does with one job; seconds of its
parts are those inside of it.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import resource
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Event
from types import ModuleType
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, delete, func, select, update

from media.store import MediaStore
from server import tables  # noqa: F401  a row's foreign keys are looked up among all tables
from server.allotment import allot, plan_cache
from server.availability.server import AvailabilityService
from server.campaigns.availability_messages import AvailabilityQuery
from server.campaigns.forms import BookingForm
from server.campaigns.models import Advertiser, Campaign, CampaignCreative, CampaignState, Target
from server.creatives.models import Creative
from server.db import Job, make_engine, new_id, reading, transaction, utc_now
from server.jobs import handlers, queue
from server.jobs.work import Work
from server.jobs.worker import Worker, do
from server.planner.compile_ahead import compile_all
from server.screens.replan import bump_revision, queue_allotment
from server.settings import Settings
from server.upkeep.migrate import upgrade
from tests.bench.database import database_url
from tests.bench.planning.allot_world import DAYS_TO_COME, CreatedNetwork, create_network, id_of, local_today, tag_of
from tests.bench.result import report

CAMPAIGNS = {100_000: 3_000}
SLOT_S = 15
# The functions that are timed, by the names under which the job calls them.
PARTS: tuple[tuple[str, ModuleType, str], ...] = (
    ("settle", handlers, "settle"),
    ("tallies", handlers, "tallies"),
    ("up_times", handlers, "up_times"),
    ("read_network", allot, "read_network"),
    ("ask", allot, "day_input_of"),
    ("read_held", allot, "allotted_on"),
    ("plan", plan_cache, "plan_network"),
    ("rows", allot, "allotted_places"),
    ("changes", allot, "changed_rows"),
    ("write", allot, "write_day"),
    ("forecast", handlers, "forecasts_of_window"),
)


@dataclass(frozen=True)
class Bench:
    """The input of both processes."""

    settings: Settings
    network: CreatedNetwork
    screens: int
    campaigns: int


@dataclass
class Clock:
    """Seconds of each part, and the time at which each day of the window was ready."""

    began: float = field(default_factory=time.perf_counter)
    cpu: float = field(default_factory=time.process_time)
    parts: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    days: list[float] = field(default_factory=list)

    def since(self) -> float:
        return round(time.perf_counter() - self.began, 2)


def main() -> None:
    arguments = _arguments()
    campaigns = arguments.campaigns or CAMPAIGNS.get(arguments.screens, max(30, arguments.screens // 10))
    with (
        tempfile.TemporaryDirectory(prefix="bench-allot-") as folder,
        database_url(arguments.database, Path(folder)) as url,
    ):
        settings = Settings(
            data_dir=Path(folder),
            database_url=url,
            secret_key="k" * 64,
            slot_ms=1000 * SLOT_S,
            apart_creative_s=15,
            apart_advertiser_s=45,
            apart_category_s=15,
        ).model_copy(update={"days_ahead": arguments.days_ahead})
        began = time.perf_counter()
        bench = Bench(
            settings, _created(settings, arguments.screens, campaigns, arguments.history), arguments.screens, campaigns
        )
        created_s = time.perf_counter() - began
        worker = _in_a_process(measure_worker, bench)
        if not arguments.json:
            print(worker, flush=True)
        desk = _in_a_process(measure_desk, bench)
    measures = {
        "database": arguments.database,
        "screens": arguments.screens,
        "campaigns": campaigns,
        "slot_s": SLOT_S,
        "days_ahead": arguments.days_ahead,
        "history_rows": bench.network.history_rows,
        "history_rows_of_all_that_plays": bench.network.history_rows_meant,
        "laying_seconds": round(created_s, 1),
        "worker": worker,
        "desk": desk,
    }
    report("allot", measures, {})


def _created(settings: Settings, screens: int, campaigns: int, history: int) -> CreatedNetwork:
    engine = make_engine(settings.database_url)
    upgrade(engine)
    network = create_network(
        engine, screens=screens, campaigns=campaigns, slot_s=SLOT_S, most_history=history, now=utc_now()
    )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    engine.dispose()
    return network


def _in_a_process(measure: Callable[[Bench], dict[str, Any]], bench: Bench) -> dict[str, Any]:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measure, (bench,))


# --- the worker


def measure_worker(bench: Bench) -> dict[str, Any]:
    """From nothing, once more with nothing changed, and after one new booking."""
    compile_all()
    engine = make_engine(bench.settings.database_url)
    worker = _worker(bench.settings, engine)
    found = {"idle_mb": _peak_mb()}
    found["from_nothing"] = _round(worker, bench)
    found["nothing_changed"] = _round(worker, bench)
    _book_one_more(engine, bench)
    found["one_booking"] = _round(worker, bench)
    _book_one_more(engine, bench)
    found["one_booking_by_a_new_worker"] = _round(_worker(bench.settings, engine), bench)
    found["peak_mb"] = _peak_mb()
    return found


def _worker(settings: Settings, engine: Engine) -> Worker:
    settings.work_dir.mkdir(parents=True, exist_ok=True)
    store = MediaStore(settings.media_dir)
    return Worker(settings, engine, store, frozenset({"allot"}), Event(), queue.LEASE_S, f"bench-{new_id()[-8:]}")


def _round(worker: Worker, bench: Bench) -> dict[str, Any]:
    """One job, as a worker does it."""
    gc.collect()
    with transaction(worker.engine) as db:
        db.exec(delete(Job).where(col(Job.kind).in_(("allot", "plan"))))
        queue_allotment(db, now=utc_now())
        job = queue.take_job(db, worker=worker.name, now=utc_now(), kinds=worker.kinds)
    assert job is not None
    clock = Clock()
    with _timed(clock):
        handler = handlers.Handler(lambda work: _allot(work, clock), limit=lambda settings: 86_400)
        failed = do(worker, job, handler)
    if failed is not None:
        raise failed
    with reading(worker.engine) as db:
        venues = db.exec(select(func.count()).select_from(Job).where(col(Job.kind) == "plan")).one()
    return {
        "seconds": clock.since(),
        "processor_seconds": round(time.process_time() - clock.cpu, 2),
        "first_days_seconds": clock.days[min(1, len(clock.days) - 1)],
        "venues_queued": venues,
        "seconds_of": {name: round(seconds, 2) for name, seconds in clock.parts.items()},
        "days_at": clock.days,
        "peak_mb": _peak_mb(),
    }


def _allot(work: Work, clock: Clock) -> Any:
    return handlers.allot(work, on_day=lambda day: clock.days.append(clock.since()))


@contextmanager
def _timed(clock: Clock) -> Iterator[None]:
    kept = [(module, name, getattr(module, name)) for _, module, name in PARTS if hasattr(module, name)]
    for part, module, name in PARTS:
        if hasattr(module, name):
            setattr(module, name, _watched(clock, part, getattr(module, name)))
    try:
        yield
    finally:
        for module, name, function in kept:
            setattr(module, name, function)


def _watched(clock: Clock, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def watched(*args: Any, **named: Any) -> Any:
        began = time.perf_counter()
        try:
            found = function(*args, **named)
            return list(found) if isinstance(found, Iterator) else found
        finally:
            clock.parts[part] += time.perf_counter() - began

    return watched


# --- one more booking


def _book_one_more(engine: Engine, bench: Bench) -> None:
    """The median campaign once more, half of it, of an advertiser of its own; as booking writes it."""
    now, new = utc_now(), new_id()
    with transaction(engine) as db:
        form = _one_more(db, bench)
        db.add(Campaign(id=new, state=CampaignState.BOOKED, created_at=now, booked_at=now, **_flight(form)))
        db.flush()
        creative = form.creatives[0].creative_id
        db.add(CampaignCreative(campaign_id=new, creative_id=creative))
        db.add_all(Target(campaign_id=new, kind=target.kind, value=target.value) for target in form.targets)
        bump_revision(db)


def _flight(form: BookingForm) -> dict[str, Any]:
    return form.model_dump(exclude={"creatives", "dayparts", "targets", "exclusions"})


def _one_more(db: Session, bench: Bench, **more: Any) -> BookingForm:
    orders = list(enumerate(bench.network.day.orders))
    number, order = sorted(orders, key=lambda pair: (pair[1].plays or 0, pair[0]))[len(orders) // 2]
    today = local_today(utc_now())
    advertiser = Advertiser(name=f"New {new_id()}", created_at=utc_now())
    db.add(advertiser)
    db.flush()
    plain = {
        "name": "One more",
        "advertiser_id": advertiser.id,
        "creatives": [{"creative_id": id_of("R", number)}],
        "starts_on": today,
        "ends_on": today + timedelta(days=DAYS_TO_COME - 1),
        "targets": [{"kind": "tag", "value": tag_of(trait)} for trait in sorted(order.targets)],
        "goal_kind": "plays",
        "goal": max(1, DAYS_TO_COME * (order.plays or 1) // 2),
    }
    return BookingForm.model_validate({**plain, **more})


# --- the desk


def measure_desk(bench: Bench) -> dict[str, Any]:
    """Warm, then asked: what fits, what is refused, what a hold asks, and what is asked right after a booking."""
    compile_all()
    engine = make_engine(bench.settings.database_url)
    desk = AvailabilityService(engine, bench.settings)
    with transaction(engine) as db:
        db.exec(update(Creative).values(advertiser_id=None))
        fits, refused = _one_more(db, bench), _one_more(db, bench, goal=10**9)
    found: dict[str, Any] = {"idle_mb": _peak_mb()}
    found["warm_seconds"], _ = _seconds(lambda: desk.snapshots.refresh(now=utc_now()))
    found["warm_mb"] = _peak_mb()
    asks = {
        "answer": AvailabilityQuery(form=fits),
        "hold": AvailabilityQuery(form=fits, newest=True),
        "refusal": AvailabilityQuery(form=refused),
        "refusal_to_book": AvailabilityQuery(form=refused, newest=True),
    }
    for name, ask in asks.items():
        found[f"{name}_seconds"], answer = _seconds(lambda ask=ask: desk.answer(ask, now=utc_now()))
        found[f"{name}_again_seconds"], _ = _seconds(lambda ask=ask: desk.answer(ask, now=utc_now()))
        found[f"{name}_fits"] = answer.fits
    _book_one_more(engine, bench)
    found["plain_after_booking_seconds"], _ = _seconds(lambda: desk.answer(asks["answer"], now=utc_now()))
    found["newest_after_booking_seconds"], _ = _seconds(lambda: desk.answer(asks["hold"], now=utc_now()))
    found["warm_after_booking_seconds"], _ = _seconds(lambda: desk.snapshots.refresh(now=utc_now()))
    found["peak_mb"] = _peak_mb()
    return found


def _seconds(function: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    found = function()
    return round(time.perf_counter() - began, 3), found


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--screens", type=int, default=2_000)
    parser.add_argument("--campaigns", type=int)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--days-ahead", type=int, default=14)
    parser.add_argument("--history", type=int, default=4_000_000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
