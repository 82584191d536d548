"""Jobs from the queue to their end: done, handed back, lost to another worker, or given up.

Covers: server.jobs.handlers
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from sqlmodel import col, update

from server.campaigns.models import Campaign, CampaignState
from server.creatives.archive import archive_creative
from server.creatives.kinds import RENDITION_JOBS
from server.creatives.models import Creative, CreativeState, Rendition
from server.creatives.notices import type_notice
from server.creatives.render.renditions import Bench, Piece
from server.db import Job, JobKind, enqueue, transaction, utc_now
from server.jobs.handlers import HANDLERS
from server.jobs.work import Work
from server.jobs.worker import NoKindLeft, NoSuchKind, Worker, kinds_of, lanes_of, run_worker, turn
from server.settings import Settings
from tests.factories import make_campaign, make_creative, make_offer, make_screen, make_venue
from tests.rig.files.samples import sample
from tests.rig.servers.processes import Process, eventually
from tests.server.jobs.hands import creative, handling, job_of, rows, upload

LEASE_S = 1.5
RUN = """
import sys, threading
from server.jobs.worker import run_worker
from server.settings import read_settings
run_worker(read_settings(), only={"renditions"}, stop=threading.Event(), lease_s=float(sys.argv[1]))
"""


# --- what comes of a job


def test_an_upload_becomes_ready(here: Worker) -> None:
    id_ = upload(here, "rotated.jpg")
    assert turn(here)
    ready = creative(here, id_)
    assert (ready.state, ready.progress, ready.length_ms) == (CreativeState.READY, 1.0, 10_000)
    assert {row.role.value for row in rows(here, Rendition)} == {"screen", "image", "thumb"}
    assert all(here.store.verify(row.digest) for row in rows(here, Rendition))
    assert job_of(here, "stills").state == "done"
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


def test_the_job_of_a_creative_that_is_archived_meanwhile_ends(here: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = upload(here, "film.mp4")

    def encode(piece: Piece, bench: Bench) -> Any:
        with transaction(here.engine) as db:
            archive_creative(db, id_, now=utc_now())
        bench.on_progress(0.5)
        pytest.fail("the film was encoded to its end")

    monkeypatch.setattr("server.jobs.handlers.make_renditions", encode)
    assert turn(here)
    assert job_of(here, "renditions").state == "done"
    assert (creative(here, id_).state, creative(here, id_).trouble) == (CreativeState.ARCHIVED, "")
    assert list(here.settings.work_dir.iterdir()) == []


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


# --- leases


def test_a_worker_that_lost_its_lease_writes_nothing(here: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = upload(here, "picture.png")
    made = HANDLERS["stills"].run

    def slow(work: Work) -> Any:
        ending = made(work)
        with transaction(here.engine) as db:
            db.exec(update(Job).values(leased_by="another", attempts=2))
        return ending

    with handling(monkeypatch, "stills", slow):
        turn(here)
    assert creative(here, id_).state == CreativeState.PROCESSING
    assert rows(here, Rendition) == []


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


def test_an_unknown_kind_is_refused(here: Worker) -> None:
    with pytest.raises(NoSuchKind):
        kinds_of({"transcode"}, ())
    assert "plan" not in kinds_of((), {"plan"})


@pytest.mark.parametrize(("only", "spared"), [({"plan"}, {"plan"}), ((), set(HANDLERS))])
def test_a_worker_that_is_left_no_kind_of_job_is_refused(only: Collection[str], spared: Collection[str]) -> None:
    with pytest.raises(NoKindLeft):
        kinds_of(only, spared)


# --- the loop


@dataclass
class Loop:
    """`run_worker` in a thread."""

    settings: Settings
    only: frozenset[str] = frozenset({"draw_coupon"})
    stop: Event = field(default_factory=Event)

    def __enter__(self) -> Loop:
        options = {"only": self.only, "stop": self.stop}
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


def test_cards_and_pictures_do_not_wait_behind_a_film(here: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    film_may_end, done = Event(), []

    def work_of(kind: str) -> Any:
        def run(work: Work) -> None:
            if kind == "renditions":
                film_may_end.wait(30)
            done.append((kind, work.job.subject))

        return run

    with transaction(here.engine) as db:
        for nth, kind in enumerate(("renditions", "renditions", "stills", "draw", "stills")):
            enqueue(db, kind, f"{nth}", now=utc_now())
    with ExitStack() as stack:
        for kind in ("renditions", "stills", "draw"):
            stack.enter_context(handling(monkeypatch, kind, work_of(kind)))
        stack.enter_context(Loop(here.settings, only=frozenset({"renditions", "stills", "draw"})))
        stack.callback(film_may_end.set)
        eventually(lambda: len(done) == 3, within_s=20, what="all but the films")
        assert sorted(done) == [("draw", "3"), ("stills", "2"), ("stills", "4")]


def test_a_lane_that_breaks_ends_its_process(here: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(worker: Worker) -> bool:
        if "draw" in worker.kinds:
            raise RuntimeError("a fault of ours")
        return False

    monkeypatch.setattr("server.jobs.worker.turn", broken)
    with pytest.raises(RuntimeError, match="a fault of ours"):
        run_worker(here.settings, only={"stills", "draw"}, stop=Event())


def test_every_kind_of_job_is_in_one_lane() -> None:
    lanes = lanes_of(frozenset(HANDLERS))
    assert sorted(kind for lane in lanes for kind in lane) == sorted(HANDLERS)
    assert {*RENDITION_JOBS, "off_air", "certificate"} == {kind for lane in lanes if len(lane) == 1 for kind in lane}


def test_every_kind_of_job_has_a_handler() -> None:
    assert set(HANDLERS) == set(JobKind)


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
    lists = [path.read_text().split() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    return [int(child) for children in lists for child in children]


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
