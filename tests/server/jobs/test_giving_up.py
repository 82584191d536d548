"""Which failed jobs are tried again, which are given up, and where the error is shown.

Covers: server.jobs.handlers, server.jobs.queue, server.jobs.worker
"""

from __future__ import annotations

import errno
from datetime import timedelta

import pytest
from sqlmodel import col, update

from server.creatives.coupons import CardsNotDrawn, redraw_coupons, undrawn_coupons
from server.creatives.models import CreativeState
from server.creatives.ready import TimelinesNotPlanned
from server.db import Job, enqueue, transaction, utc_now
from server.errors import Conflict, Invalid, LiftcastError
from server.jobs import queue
from server.jobs.work import Work
from server.jobs.worker import HandlerBroke, Worker, WorkerDied, turn
from server.screens.models import Venue
from tests.factories import make_creative, make_offer, make_screen, make_venue
from tests.server.jobs.hands import creative, handling, job_of, rows, upload


def test_an_error_that_may_pass_is_retried_later_and_given_up_in_the_end(
    here: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = upload(here, "picture.png")
    calls: list[int] = []

    def broken(work: Work) -> None:
        calls.append(work.job.attempts)
        raise RuntimeError("a bug")

    with handling(monkeypatch, "stills", broken):
        for _ in range(queue.MOST_ATTEMPTS):
            assert turn(here)
            with transaction(here.engine) as db:
                db.exec(update(Job).values(run_at=utc_now() - timedelta(seconds=1)))
    assert calls == [1, 2, 3]
    assert creative(here, id_).state == CreativeState.FAILED
    assert creative(here, id_).remedy


@pytest.mark.parametrize(("error", "state"), [(Invalid("no"), "failed"), (Conflict("busy"), "waiting")])
def test_a_permanent_error_is_given_up_at_once(
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


def test_a_plan_that_killed_every_worker_is_reported_too(here: Worker) -> None:
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


@pytest.mark.parametrize("kind", ["draw_coupon", "draw"])
def test_an_offer_lists_its_undrawn_cards_until_they_are_drawn(
    here: Worker, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    with transaction(here.engine) as db:
        offer = make_offer(db)
        coupon = make_creative(db, here.store, kind="coupon", offer_id=offer.id)
        enqueue(db, kind, offer.id if kind == "draw_coupon" else coupon.id, now=utc_now())
    give_up(here, monkeypatch, kind)
    drawn = creative(here, coupon.id)
    assert (drawn.state, bool(drawn.trouble), bool(drawn.remedy)) == (CreativeState.READY, True, True)
    assert (drawn.trouble == CardsNotDrawn().message) == (kind == "draw_coupon")
    with transaction(here.engine) as db:
        assert [card.id for card in undrawn_coupons(db, offer.id)] == [coupon.id]
        redraw_coupons(db, offer.id, now=utc_now())
    while turn(here):
        pass
    with transaction(here.engine) as db:
        assert undrawn_coupons(db, offer.id) == []
    assert creative(here, coupon.id).trouble == ""


def test_a_full_disk_is_retried_and_reported_in_the_end(here: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = upload(here, "picture.png")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("server.creatives.render.renditions.save_screen", full)
    turn(here)
    assert job_of(here, "stills").state == "waiting"
    with transaction(here.engine) as db:
        db.exec(update(Job).values(run_at=utc_now(), attempts=queue.MOST_ATTEMPTS - 1))
    turn(here)
    assert creative(here, id_).trouble == "The server's disk is full."


def test_a_job_that_killed_every_worker_fails_its_creative(here: Worker) -> None:
    id_ = upload(here, "picture.png")
    with transaction(here.engine) as db:
        gone = {"state": "running", "leased_by": "dead", "leased_until": utc_now() - timedelta(seconds=1)}
        db.exec(update(Job).values(attempts=queue.MOST_ATTEMPTS, **gone))
    here.looked_at = float("-inf")
    turn(here)
    assert creative(here, id_).state == CreativeState.FAILED
    assert creative(here, id_).remedy
