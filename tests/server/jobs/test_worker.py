from __future__ import annotations

import errno
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select, update

from media.store import MediaStore
from server.campaigns.models import Campaign, CampaignState
from server.creatives.accept import accept_upload
from server.creatives.models import Creative, CreativeState, Rendition
from server.creatives.notices import type_notice
from server.creatives.ready import TimelinesNotPlanned
from server.db import Job, enqueue, new_id, reading, transaction, utc_now
from server.errors import Conflict, Invalid, LiftcastError
from server.jobs import queue, worker
from server.jobs.handlers import HANDLERS, Handler
from server.jobs.work import LeaseLost, Work
from server.jobs.worker import HandlerBroke, NoSuchKind, Worker, WorkerDied, kinds_of, run_worker, take, turn
from server.screens.models import Venue
from server.settings import Settings
from tests.factories import make_campaign, make_creative, make_offer, make_screen, make_venue
from tests.rig.processes import Process, eventually
from tests.rig.samples import sample

LEASE_S = 1.5
RUN = """
import sys, threading
from server.jobs.worker import run_worker
from server.settings import read_settings
run_worker(read_settings(), only={"renditions"}, stop=threading.Event(), lease_s=float(sys.argv[1]))
"""


@pytest.fixture
def here(settings: Settings, engine: Engine, store: MediaStore) -> Worker:
    """A worker in this process, turned by hand."""
    settings.work_dir.mkdir(parents=True, exist_ok=True)
    kinds = frozenset(kind for kind, handler in HANDLERS.items() if handler.every_s is None)
    return Worker(settings, engine, store, kinds, Event(), lease_s=60, name="here", looked_at=float("inf"))


def upload(worker: Worker, name: str) -> str:
    draft = Path(shutil.copy(sample(name), worker.settings.work_dir / f"upload-{new_id()}"))
    who = {"advertiser_id": None, "venue_id": None, "by": None}
    with transaction(worker.engine) as db:
        return accept_upload(
            db, worker.store, path=draft, name=name, title="", now=utc_now(), settings=worker.settings, **who
        ).id


def creative(worker: Worker, creative_id: str) -> Creative:
    with reading(worker.engine) as db:
        return db.exec(select(Creative).where(col(Creative.id) == creative_id)).one()


def rows(worker: Worker, kind: type[Any]) -> list[Any]:
    with reading(worker.engine) as db:
        return list(db.exec(select(kind)))


def job_of(worker: Worker, kind: str) -> Job:
    return next(job for job in rows(worker, Job) if job.kind == kind)


@contextmanager
def handling(monkeypatch: pytest.MonkeyPatch, kind: str, run: Any) -> Iterator[None]:
    """Let another body do jobs of this kind."""
    with monkeypatch.context() as patch:
        patch.setitem(worker.HANDLERS, kind, replace(HANDLERS.get(kind, Handler(run)), run=run))
        yield


# --- what comes of a job


def test_an_upload_becomes_ready(here: Worker) -> None:
    id_ = upload(here, "rotated.jpg")
    assert turn(here)
    ready = creative(here, id_)
    assert (ready.state, ready.progress, ready.length_ms) == (CreativeState.READY, 1.0, 10_000)
    assert {row.role.value for row in rows(here, Rendition)} == {"screen", "image", "thumb"}
    assert all(here.store.verify(row.digest) for row in rows(here, Rendition))
    assert job_of(here, "renditions").state == "done"
    assert job_of(here, "creative_ready").state == "waiting"
    assert list(here.settings.work_dir.iterdir()) == []


def test_a_films_length_is_its_own(here: Worker) -> None:
    id_ = upload(here, "film.mp4")
    turn(here)
    assert creative(here, id_).length_ms == 2000


def test_a_file_that_turns_out_bad_fails_at_once_with_a_remedy(here: Worker) -> None:
    id_ = upload(here, "silent.mp4")
    bad = here.store.put_file(sample("cut.mp4"))
    with transaction(here.engine) as db:
        db.exec(update(Creative).values(original_digest=bad))
    turn(here)
    failed = creative(here, id_)
    assert (failed.state, failed.trouble) == (CreativeState.FAILED, "The file is cut off: its end is missing.")
    assert failed.remedy
    assert job_of(here, "renditions").state == "failed"
    assert rows(here, Rendition) == []


def test_a_coupon_that_is_drawn_again_keeps_its_old_card_until_then(here: Worker) -> None:
    with transaction(here.engine) as db:
        offer = make_offer(db)
        coupon = make_creative(db, here.store, kind="coupon", offer_id=offer.id)
        enqueue(db, "draw_coupon", offer.id, now=utc_now())
    old = {row.digest for row in rows(here, Rendition)}
    turn(here)
    assert {row.digest for row in rows(here, Rendition)} == old
    turn(here)
    assert creative(here, coupon.id).state == CreativeState.READY
    assert not old & {row.digest for row in rows(here, Rendition)}


def test_a_typed_notice_does_not_wait_behind_films(here: Worker) -> None:
    upload(here, "film.mp4")
    with transaction(here.engine) as db:
        text = {"text": "今晚停水", "title": "", "length_ms": 8000, "language": "zh"}
        notice = type_notice(db, venue_id=None, by=None, now=utc_now(), **text)
    here.kinds = kinds_of((), {"renditions"})
    here.looked_at = float("inf")
    assert turn(here)
    assert creative(here, notice.id).state == CreativeState.READY


def test_an_archived_creative_stays_archived(here: Worker) -> None:
    id_ = upload(here, "picture.png")
    with transaction(here.engine) as db:
        db.exec(update(Creative).values(state=CreativeState.ARCHIVED))
    turn(here)
    assert creative(here, id_).state == CreativeState.ARCHIVED
    assert rows(here, Rendition) == []


def test_a_venue_whose_days_run_out_is_planned_and_published(here: Worker) -> None:
    with transaction(here.engine) as db:
        screen = make_screen(db, venue=make_venue(db))
        enqueue(db, "keep_days", now=utc_now())
    here.kinds |= {"keep_days"}
    assert turn(here)
    assert job_of(here, "plan").subject == screen.venue_id
    assert turn(here)
    assert job_of(here, "plan").state == "done"


def test_a_campaign_is_ended_when_its_flight_is_over(here: Worker) -> None:
    long_gone = utc_now().date() - timedelta(days=2)
    with transaction(here.engine) as db:
        campaign = make_campaign(db, starts_on=long_gone, ends_on=long_gone)
        enqueue(db, "end_campaigns", now=utc_now())
    here.kinds |= {"end_campaigns"}
    assert turn(here)
    assert [(row.id, row.state) for row in rows(here, Campaign)] == [(campaign.id, CampaignState.ENDED)]
    assert job_of(here, "end_campaigns").state == "done"


# --- failures


def test_what_trying_again_may_mend_is_tried_later_and_given_up_in_the_end(
    here: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = upload(here, "picture.png")
    calls: list[int] = []

    def broken(work: Work) -> None:
        calls.append(work.job.attempts)
        raise RuntimeError("a bug")

    with handling(monkeypatch, "renditions", broken):
        for _ in range(queue.MOST_ATTEMPTS):
            assert turn(here)
            with transaction(here.engine) as db:
                db.exec(update(Job).values(run_at=utc_now() - timedelta(seconds=1)))
    assert calls == [1, 2, 3]
    assert creative(here, id_).state == CreativeState.FAILED
    assert creative(here, id_).remedy


@pytest.mark.parametrize(("error", "state"), [(Invalid("no"), "failed"), (Conflict("busy"), "waiting")])
def test_what_nothing_can_mend_is_given_up_at_once(
    here: Worker, monkeypatch: pytest.MonkeyPatch, error: LiftcastError, state: str
) -> None:
    def refuse(_: Work) -> None:
        raise error

    with transaction(here.engine) as db:
        enqueue(db, "plan", "venue", now=utc_now())
    with handling(monkeypatch, "plan", refuse):
        turn(here)
    assert job_of(here, "plan").state == state


def give_up(here: Worker, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """A job of this kind that is due breaks on its last attempt."""

    def broken(_: Work) -> None:
        raise RuntimeError("a bug")

    with transaction(here.engine) as db:
        due = {"run_at": utc_now() - timedelta(seconds=1), "attempts": queue.MOST_ATTEMPTS - 1}
        db.exec(update(Job).where(col(Job.kind) == kind, col(Job.state) == "waiting").values(**due))
    with handling(monkeypatch, kind, broken):
        assert turn(here)


def test_a_venue_that_cannot_be_planned_says_why_until_it_is(here: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction(here.engine) as db:
        venue_id = make_screen(db).venue_id
        enqueue(db, "plan", venue_id, now=utc_now())
    give_up(here, monkeypatch, "plan")
    venue = rows(here, Venue)[0]
    assert venue.plan_failed_at is not None
    assert (venue.plan_trouble, venue.plan_remedy) == (HandlerBroke().message, HandlerBroke().remedy)
    again = next(job for job in rows(here, Job) if job.state == "waiting")
    assert (again.kind, again.subject, again.attempts) == ("plan", venue_id, 0)
    assert timedelta(minutes=4) < again.run_at - utc_now() <= timedelta(minutes=5)
    with transaction(here.engine) as db:
        db.exec(update(Job).values(run_at=utc_now()))
    assert turn(here)
    venue = rows(here, Venue)[0]
    assert (venue.plan_failed_at, venue.plan_trouble, venue.plan_remedy) == (None, "", "")


def test_a_plan_that_killed_every_worker_is_told_too(here: Worker) -> None:
    with transaction(here.engine) as db:
        enqueue(db, "plan", make_screen(db).venue_id, now=utc_now())
        gone = {"state": "running", "leased_by": "dead", "leased_until": utc_now() - timedelta(seconds=1)}
        db.exec(update(Job).values(attempts=queue.MOST_ATTEMPTS, **gone))
    here.looked_at = float("-inf")
    turn(here)
    assert rows(here, Venue)[0].plan_trouble == WorkerDied().message


def test_a_retired_venue_is_not_planned_again(here: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction(here.engine) as db:
        enqueue(db, "plan", make_venue(db, retired_at=utc_now()).id, now=utc_now())
    give_up(here, monkeypatch, "plan")
    assert [job.state for job in rows(here, Job)] == ["failed"]


def test_a_creative_that_no_timeline_could_be_planned_with_says_so_until_it_is(
    here: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(here.engine) as db:
        ready = make_creative(db)
        enqueue(db, "creative_ready", ready.id, now=utc_now())
    give_up(here, monkeypatch, "creative_ready")
    assert creative(here, ready.id).state == CreativeState.READY
    assert creative(here, ready.id).trouble == TimelinesNotPlanned().message
    again = next(job for job in rows(here, Job) if job.state == "waiting")
    assert (again.kind, again.subject) == ("creative_ready", ready.id)
    with transaction(here.engine) as db:
        db.exec(update(Job).values(run_at=utc_now()))
    assert turn(here)
    assert (creative(here, ready.id).trouble, creative(here, ready.id).remedy) == ("", "")


def test_a_new_plan_leaves_alone_what_else_is_wrong_with_a_creative(here: Worker) -> None:
    with transaction(here.engine) as db:
        redrawn = make_creative(db, trouble="The server's disk is full.")
        enqueue(db, "creative_ready", redrawn.id, now=utc_now())
    assert turn(here)
    assert creative(here, redrawn.id).trouble == "The server's disk is full."


def test_a_full_disk_is_tried_again_and_told_in_the_end(here: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = upload(here, "picture.png")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("server.creatives.renditions.save_screen", full)
    turn(here)
    assert job_of(here, "renditions").state == "waiting"
    with transaction(here.engine) as db:
        db.exec(update(Job).values(run_at=utc_now(), attempts=queue.MOST_ATTEMPTS - 1))
    turn(here)
    assert creative(here, id_).trouble == "The server's disk is full."


def test_a_worker_that_lost_its_lease_writes_nothing(here: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = upload(here, "picture.png")
    made = HANDLERS["renditions"].run

    def slow(work: Work) -> Any:
        ending = made(work)
        with transaction(here.engine) as db:
            db.exec(update(Job).values(leased_by="another", attempts=2))
        return ending

    with handling(monkeypatch, "renditions", slow):
        turn(here)
    assert creative(here, id_).state == CreativeState.PROCESSING
    assert rows(here, Rendition) == []


def test_a_long_handler_is_told_that_it_lost_its_lease(here: Worker) -> None:
    with transaction(here.engine) as db:
        enqueue(db, "plan", "venue", now=utc_now())
    job = take(here)
    assert job is not None
    work = Work(here.settings, here.engine, here.store, job, here.stop)
    work.progress(0.5)
    assert job_of(here, "plan").progress == 0.5
    work.lost.set()
    with pytest.raises(LeaseLost):
        work.progress(0.6)


def test_a_worker_that_is_stopped_hands_its_job_back(here: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    def long(work: Work) -> None:
        here.stop.set()
        work.progress(0.5)

    with transaction(here.engine) as db:
        enqueue(db, "plan", "venue", now=utc_now())
    with handling(monkeypatch, "plan", long):
        turn(here)
    job = job_of(here, "plan")
    assert (job.state, job.attempts, job.leased_by) == ("waiting", 0, None)


def test_a_job_that_killed_every_worker_fails_its_creative(here: Worker) -> None:
    id_ = upload(here, "picture.png")
    with transaction(here.engine) as db:
        gone = {"state": "running", "leased_by": "dead", "leased_until": utc_now() - timedelta(seconds=1)}
        db.exec(update(Job).values(attempts=queue.MOST_ATTEMPTS, **gone))
    here.looked_at = float("-inf")
    turn(here)
    assert creative(here, id_).state == CreativeState.FAILED
    assert creative(here, id_).remedy


def test_an_unknown_kind_is_told(here: Worker) -> None:
    with pytest.raises(NoSuchKind):
        kinds_of({"transcode"}, ())
    assert "plan" not in kinds_of((), {"plan"})


# --- the loop


@dataclass
class Loop:
    """`run_worker` in a thread."""

    settings: Settings
    stop: Event = field(default_factory=Event)

    def __enter__(self) -> Loop:
        options = {"only": {"draw_coupon"}, "stop": self.stop}
        self.thread = Thread(target=run_worker, args=(self.settings,), kwargs=options)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join(10)
        assert not self.thread.is_alive()


def test_queued_work_is_begun_within_a_moment(here: Worker) -> None:
    with Loop(here.settings):
        time.sleep(0.3)  # let it come to rest: what is measured is how it wakes
        took_s = [_until_done(here, f"offer{nth}") for nth in range(5)]
    assert min(took_s) < 0.5


def _until_done(here: Worker, subject: str) -> float:
    began = time.monotonic()
    with transaction(here.engine) as db:
        enqueue(db, "draw_coupon", subject, now=utc_now())

    def done() -> bool:
        return any(job.subject == subject and job.state == "done" for job in rows(here, Job))

    eventually(done, within_s=10, what="the job to be done", every_s=0.01)
    return time.monotonic() - began


# --- a worker killed half-way


def test_a_worker_killed_half_way_is_succeeded_by_another(here: Worker, tmp_path: Path) -> None:
    id_ = upload(here, "long.mp4")
    env = {"LIFTCAST_DATA_DIR": str(here.settings.data_dir), "LIFTCAST_DATABASE_URL": here.settings.database_url}
    command = [sys.executable, "-c", RUN, str(LEASE_S)]
    with Process("first", command, folder=tmp_path / "logs", env=env) as first:
        eventually(lambda: creative(here, id_).progress > 0, within_s=60, what="the first worker to get going")
        encoder = eventually(lambda: _children_of(first.pid), within_s=10, what="its ffmpeg")[0]
        first.kill(signal.SIGKILL)
        eventually(lambda: not _runs(encoder), within_s=10, what="its ffmpeg to go with it")
    assert creative(here, id_).state == CreativeState.PROCESSING
    _replace_original(here, id_)
    eventually(lambda: creative(here, id_).state != CreativeState.PROCESSING or turn(here), within_s=60, what="the end")
    eventually(lambda: creative(here, id_).state == CreativeState.READY, within_s=5, what="the creative to be ready")
    assert job_of(here, "renditions").attempts == 2
    assert [path.name for path in here.settings.work_dir.iterdir()] == []


def _replace_original(here: Worker, creative_id: str) -> None:
    """The second worker need not spend as long on it."""
    short = here.store.put_file(sample("silent.mp4"))
    with transaction(here.engine) as db:
        db.exec(update(Creative).where(col(Creative.id) == creative_id).values(original_digest=short))


def _children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
