"""The job of a process that was killed on this machine is taken over at once; that of another machine waits."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.db import enqueue, shared_now, transaction, utc_now
from server.jobs import owners, queue
from server.jobs.owners import has_ended, owner_name
from server.jobs.worker import Worker, take_from_ended, turn
from tests.factories import make_screen
from tests.rig.servers.processes import Process
from tests.server.jobs.hands import job_of

NAMED = "import time; from server.jobs.owners import owner_name; print(owner_name(), flush=True); time.sleep(600)"


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of an owner whose process was killed; its parent has not collected it yet."""
    with Process("other", [sys.executable, "-c", NAMED], folder=tmp_path_factory.mktemp("logs"), env={}) as process:
        owner = process.wait_for(r"(\S+/\S+)\n", within_s=60)[1]
        assert not has_ended(owner)
        process.popen.send_signal(signal.SIGKILL)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        yield owner


def changed(owner: str, **more: str) -> str:
    """This owner, but of another machine, process or start."""
    parts = dict(zip(("host", "machine", "process", "start", "lane"), owner.split("/"), strict=True))
    return "/".join({**parts, **more}.values())


def lease_to(worker: Worker, owner: str) -> None:
    """A venue is to be planned, and this owner has the job in hand."""
    with transaction(worker.engine) as db:
        enqueue(db, "plan", make_screen(db).venue_id, now=utc_now())
        assert queue.take_job(db, worker=owner, now=shared_now(db), lease_s=600)


def test_the_job_of_a_process_that_was_killed_here_is_done_at_once(here: Worker, killed: str) -> None:
    lease_to(here, killed)
    assert turn(here)
    job = job_of(here, "plan")
    assert (job.state, job.attempts) == ("done", 2)


@pytest.mark.parametrize("whose", ["running", "another machine's", "unknown"])
def test_no_other_job_is_taken_before_its_lease_lapses(here: Worker, killed: str, whose: str) -> None:
    other = {"running": owner_name(), "another machine's": changed(killed, machine="0" * 12), "unknown": "worker"}
    lease_to(here, other[whose])
    assert not turn(here)
    assert job_of(here, "plan").leased_by == other[whose]


def test_a_job_that_its_owner_has_ended_meanwhile_stays_ended(here: Worker, killed: str) -> None:
    lease_to(here, killed)
    with transaction(here.engine) as db:
        assert queue.finish(db, job_of(here, "plan"), now=utc_now())
    take_from_ended(here)
    assert job_of(here, "plan").state == "done"


def test_an_owner_is_this_process_not_another_that_had_its_number() -> None:
    owner = owner_name()
    assert not has_ended(owner)
    assert has_ended(changed(owner, start="1"))
    assert owner != owner_name()  # each lane has its own
    assert len(owner) <= 64


@pytest.mark.parametrize("owner", ["", "dead", "host-12-abc", "////", "a/b/c/d/e", "a/b/-1/d/e", "a/b/²/d/e"])
def test_of_a_name_that_says_no_process_nothing_is_known(owner: str) -> None:
    assert not has_ended(owner)


def test_where_the_boot_is_not_known_nobody_is_thought_to_have_ended(
    killed: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert has_ended(killed)
    monkeypatch.setattr(owners, "BOOT_ID", tmp_path / "hidden")
    owners._machine.cache_clear()
    try:
        assert not has_ended(killed)
        assert not has_ended(changed(owner_name(), process="4194305"))
    finally:
        owners._machine.cache_clear()
