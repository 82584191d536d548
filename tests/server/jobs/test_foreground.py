"""An operator plans by hand: the same work as a worker's, in turn with the workers.

Covers: server.commands.plan, server.plan_command
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from threading import Event
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine
from sqlmodel import SQLModel, col, select, update

from media.store import MediaStore
from server.allotment.allot import DayAllotted
from server.allotment.models import AllottedDay
from server.campaigns.models import GoalKind
from server.cli import main
from server.db import Job, enqueue, reading, transaction, utc_now
from server.jobs import queue
from server.jobs.foreground import Interrupted, allot_in_foreground, foreground_worker, plan_in_foreground
from server.jobs.handlers import HANDLERS, allot
from server.jobs.worker import do, turn
from server.screens.models import Venue
from server.settings import Settings
from server.timelines.models import PublishedTimeline
from tests.server.jobs.test_allot import rows, worker_of
from tests.server.timelines.world import World, add_screen, add_venue, make_world

Command = Callable[..., Result]


@pytest.fixture
def world(engine: Engine, store: MediaStore, settings: Settings) -> World:
    """With a campaign that runs today, and a second venue."""
    world = make_world(engine, store, settings)
    with transaction(engine) as db:
        add_screen(db, add_venue(db))
    today = utc_now().date()
    world.book(now=utc_now(), starts_on=today - timedelta(days=1), ends_on=today + timedelta(days=30))
    return world


@pytest.fixture
def plan(world: World, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setattr("server.cli.install_logs", lambda _level: None)
    settings = world.settings
    environ = {"LIFTCAST_DATA_DIR": str(settings.data_dir), "LIFTCAST_DATABASE_URL": settings.database_url}
    return lambda *options: CliRunner().invoke(main, ["plan", *options], env=environ)


def everything(world: World) -> dict[str, list[Any]]:
    with reading(world.engine) as db:
        return {
            name: sorted(map(tuple, db.exec(select(table)).all()), key=str)
            for name, table in SQLModel.metadata.tables.items()
        }


def test_the_network_is_allotted_and_every_venue_planned(world: World, plan: Command) -> None:
    result = plan()
    assert result.exit_code == 0, result.output
    assert {row.screen_id for row in rows(world, AllottedDay)} == {
        row.screen_id for row in rows(world, PublishedTimeline)
    }
    assert len(rows(world, PublishedTimeline)) == 2
    assert "15 days allotted in" in result.stdout
    assert "2 venues planned in" in result.stdout
    assert {job.state for job in rows(world, Job) if job.kind in ("allot", "plan")} <= {"done", "waiting"}
    assert not [job for job in rows(world, Job) if job.kind == "plan" and job.state != "done"]


def test_a_dry_run_prints_the_changes_and_writes_nothing(world: World, plan: Command) -> None:
    before = everything(world)
    result = plan("--dry-run", "--json")
    assert result.exit_code == 0, result.output
    summary = json.loads(result.stdout)
    assert summary["dry_run"] is True
    assert [(day["screens"], day["changed"], day["orders"]) for day in summary["days"]] == [(2, 2, 1)] * 15
    assert everything(world) == before
    plan()
    summary = json.loads(plan("--dry-run", "--json").stdout)
    assert {day["changed"] for day in summary["days"]} == {0}


def test_one_day_is_allotted_and_the_others_stay(world: World, plan: Command) -> None:
    on = utc_now().date() + timedelta(days=3)
    assert plan("--on", on.isoformat()).exit_code == 0
    assert {row.on for row in rows(world, AllottedDay)} == {on}
    refused = plan("--on", (on + timedelta(days=30)).isoformat())
    assert refused.exit_code == 1
    assert "This day is not planned." in refused.stderr


def test_one_venue_is_planned_by_its_id_and_the_others_are_left_to_the_workers(world: World, plan: Command) -> None:
    assert plan("--venue", world.venue.id).exit_code == 0
    assert {row.screen_id for row in rows(world, PublishedTimeline)} == {world.screen.id}
    assert [job.state for job in rows(world, Job) if job.kind == "plan" and job.subject != world.venue.id] == [
        "waiting"
    ]
    refused = plan("--venue", "Harbour Tower")  # two venues are called so
    assert "There is no venue of this name or id in use." in refused.stderr


def test_an_order_that_falls_short_is_reported_with_the_reason(world: World, plan: Command) -> None:
    goal = {"goal_kind": GoalKind.PLAYS, "goal": 10_000_000.0}
    today = utc_now().date()
    world.book(now=utc_now(), name="Too much soup", starts_on=today, ends_on=today + timedelta(days=2), **goal)
    result = plan("--dry-run")
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("short: ")]
    assert line.startswith("short: Too much soup: ")
    assert "on 3 days from" in line
    short = json.loads(plan("--dry-run", "--json").stdout)["days"][1]["short"][0]
    assert 0 < short["given"] < short["wanted"]
    assert short["why"] in ("overbooked", "no_room")


def test_a_venue_that_cannot_be_planned_stops_no_other(
    world: World, plan: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(world.engine) as db:
        db.exec(update(Venue).where(col(Venue.id) == world.venue.id).values(name="Broken", hours={"x": [[1]]}))
    result = plan("--json")
    assert result.exit_code == 1
    troubles = {venue["name"]: venue["trouble"] for venue in json.loads(result.stdout)["venues"]}
    assert troubles == {
        "Broken": "The work broke off unexpectedly. Try again; if it stays, tell the person who runs the server.",
        "Harbour Tower": "",
    }
    assert len(rows(world, PublishedTimeline)) == 1


def test_a_hand_and_a_worker_never_both_write(world: World) -> None:
    """The worker is in the middle of its allotment when the hand begins: the hand waits, then does its own."""
    spans: dict[str, list[float]] = {"worker": [], "hand": []}
    begun, waited = Event(), Event()
    worker = worker_of(world, "worker")

    def slowly(name: str) -> Callable[[DayAllotted], None]:
        def on_day(_day: DayAllotted) -> None:
            spans[name].append(time.monotonic())
            begun.set()
            if name == "worker":
                waited.wait(20)

        return on_day

    def work() -> None:
        with transaction(world.engine) as db:
            job = queue.take_job(db, worker="worker", now=utc_now(), kinds={"allot"})
        assert job is not None
        do(worker, job, replace(HANDLERS["allot"], run=partial(allot, on_day=slowly("worker"))))

    thread = threading.Thread(target=work)
    thread.start()
    assert begun.wait(30)
    hand = foreground_worker(world.settings, world.engine, Event())
    allot_in_foreground(hand, on_day=slowly("hand"), on_wait=waited.set)
    thread.join()
    assert len(spans["worker"]) == len(spans["hand"]) == 15
    assert max(spans["worker"]) <= min(spans["hand"])


def test_the_work_of_a_planner_that_died_is_taken_over(world: World) -> None:
    with transaction(world.engine) as db:
        queue.take_job(db, worker="dead", now=utc_now() - timedelta(hours=1), kinds={"allot"}, lease_s=60)
        db.exec(update(Job).where(col(Job.kind) == "allot").values(run_at=utc_now()))
        job = queue.take_job(db, worker="dead", now=utc_now(), kinds={"allot"}, lease_s=60)
        assert job is not None
        db.exec(update(Job).where(col(Job.id) == job.id).values(leased_until=utc_now() - timedelta(seconds=1)))
    allot_in_foreground(foreground_worker(world.settings, world.engine, Event()), on_day=lambda day: None)
    assert [job.state for job in rows(world, Job) if job.kind == "allot"] == ["done"]


def test_a_hand_that_is_stopped_while_it_waits_leaves_nothing_behind(world: World) -> None:
    with transaction(world.engine) as db:
        queue.take_job(db, worker="worker", now=utc_now(), kinds={"allot"})
    stop = Event()
    with pytest.raises(Interrupted):
        allot_in_foreground(
            foreground_worker(world.settings, world.engine, stop), on_day=lambda day: None, on_wait=stop.set
        )
    assert [job.leased_by for job in rows(world, Job) if job.kind == "allot"] == ["worker"]


def test_a_plan_that_a_worker_is_at_is_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker finishes while the hand waits for the second time."""
    turn(worker_of(world))
    with transaction(world.engine) as db:
        enqueue(db, "plan", world.venue.id, now=utc_now())
        db.exec(update(Job).where(col(Job.kind) == "plan").values(run_at=utc_now()))
        job = queue.take_job(db, worker="worker", now=utc_now(), kinds={"plan"})
        assert job is not None
    venues = [venue for venue in rows(world, Venue) if venue.id == job.subject]
    stop = Event()
    versions_while_waiting: list[int] = []

    def wait(_timeout_s: float) -> bool:
        versions_while_waiting.append(len(rows(world, PublishedTimeline)))
        if len(versions_while_waiting) == 2:
            finish(world, job)
        return False

    monkeypatch.setattr(stop, "wait", wait)
    (planned,) = plan_in_foreground(foreground_worker(world.settings, world.engine, stop), venues)
    assert versions_while_waiting == [0, 0]
    assert (planned.screens, planned.trouble) == (1, None)


def finish(world: World, job: Job) -> None:
    with transaction(world.engine) as db:
        assert queue.finish(db, job, now=utc_now())
