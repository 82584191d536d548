"""While one writer is stuck, readers are answered as ever, and writers get an answer to retry later.

Covers: server.db.errors, server.db.write_queue
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import func, select

from server.coupons.models import Claim, Offer
from server.db import make_engine, transaction
from server.db.write_queue import queue_of
from server.screens.models import Screen
from tests.factories import make_offer, make_screen
from tests.rig.servers.held_lock import held_lock
from tests.rig.servers.ports import free_port

CLAIMS, READS = 40, 20  # together more than there are connections
PATIENCE_S = 0.4


@pytest.fixture
def hasty(app: Flask, database_url: str) -> Iterator[Flask]:
    """The pages, with writers that give up soon."""
    engine = make_engine(database_url, patience_s=PATIENCE_S)
    services = app.extensions["liftcast"]
    app.extensions["liftcast"] = replace(services, engine=engine)
    yield app
    engine.dispose()


@pytest.fixture
def screen(engine: Engine) -> Screen:
    with transaction(engine) as db:
        return make_screen(db, code="BCDFGH")


@pytest.fixture
def offer(engine: Engine) -> Offer:
    with transaction(engine) as db:
        return make_offer(db, presence=False, stock=100)


def claim(phone: FlaskClient, offer: Offer) -> Any:
    """Each tap of this phone carries the same key."""
    return phone.post(f"/api/v1/offers/{offer.id}/claims", json={}, headers={"Idempotency-Key": "one-wish"})


def read_stage(app: Flask) -> int:
    return app.test_client().get("/api/v1/screens/BCDFGH/stage").status_code


def test_a_stuck_writer_takes_no_reader_down_and_doubles_nothing(
    hasty: Flask, screen: Screen, offer: Offer, database_url: str, engine: Engine
) -> None:
    phones = [hasty.test_client() for _ in range(CLAIMS)]
    with ThreadPoolExecutor(CLAIMS + READS) as pool, held_lock(database_url, "offer", offer.id):
        claims = [pool.submit(claim, phone, offer) for phone in phones]
        assert {stage.result() for stage in [pool.submit(read_stage, hasty) for _ in range(READS)]} == {200}
        refused = [waiting.result() for waiting in claims]
    assert {(answer.status_code, answer.headers.get("Retry-After")) for answer in refused} == {(503, "5")}
    assert {answer.json["error"]["code"] for answer in refused} == {"database_busy"}
    assert [claim(phones[0], offer).status_code for _ in range(2)] == [201, 201]
    with transaction(engine) as db:
        assert db.exec(select(func.count()).select_from(Claim)).one() == 1
        assert db.get_one(Offer, offer.id).stock_left == 99


def test_claims_that_wait_for_a_locked_row_leave_turns_to_writes_elsewhere(
    hasty: Flask, offer: Offer, database_url: str
) -> None:
    if not database_url.startswith("postgresql"):
        return  # SQLite has one lock for all rows
    phones, other_engine = [hasty.test_client() for _ in range(CLAIMS)], hasty.extensions["liftcast"].engine
    queue, tried = queue_of(other_engine), 0
    with ThreadPoolExecutor(CLAIMS) as pool, held_lock(database_url, "offer", offer.id):
        claims = [pool.submit(claim, phone, offer) for phone in phones]
        while not all(waiting.done() for waiting in claims):
            if queue.waiting:
                assert queue.slots.acquire(blocking=False), "the claims that wait have every turn"
                queue.slots.release()
                with transaction(other_engine) as db:
                    make_screen(db)
                tried += 1
    assert tried
    assert {waiting.result().status_code for waiting in claims} == {503}


@pytest.fixture
def away(app: Flask) -> Iterator[Flask]:
    """The pages, without the database."""
    engine = make_engine(f"postgresql+psycopg://liftcast@127.0.0.1:{free_port()}/liftcast")
    services = app.extensions["liftcast"]
    app.extensions["liftcast"] = replace(services, engine=engine)
    yield app
    engine.dispose()


@pytest.mark.parametrize("path", ["/api/v1/screens/BCDFGH/stage", "/s/BCDFGH", "/console/screens"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_database_that_is_away_is_named_and_waited_for(away: Flask, path: str, language: str) -> None:
    client = away.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = "someone:0"
    answer = client.get(path, headers={"Accept": "text/html", "Accept-Language": language})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert ("数据库没有应答" in answer.text) == (language == "zh" and not path.startswith("/api/"))
