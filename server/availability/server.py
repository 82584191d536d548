"""The availability process (`liftcast-server desk`): answers queries of the web on loopback from allotted snapshots.

It writes nothing, so it may be killed at any moment; a restarted process reads everything again. A second process waits
until the port is free.
"""

from __future__ import annotations

import hmac
import logging
import time
from contextlib import nullcontext
from datetime import datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread

from pydantic import ValidationError
from sqlalchemy import Engine

from media.wire.errors import ErrorAnswer, ErrorBody
from server import tables  # noqa: F401  a row's foreign keys are looked up among all tables
from server.availability.draft_booking import booking_of_form
from server.availability.flight import Flight, answer_flight
from server.availability.snapshot_cache import SnapshotCache
from server.campaigns.availability_messages import HOST, QUERY_PATH, AvailabilityAnswer, AvailabilityQuery, shared_key
from server.db import make_engine, new_id, reading, utc_now
from server.db.errors import DATABASE_ERRORS
from server.errors import LiftcastError
from server.runtime.watchdog import ping_watchdog
from server.settings import Settings

logger = logging.getLogger(__name__)

LOOK_S = 0.25
AWAY_S = 1.0
LARGEST_QUERY = 1 << 20


class AvailabilityService:
    """Answers from memory. Days are allotted for one query at a time: two would only share the processor."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self.engine, self.settings = engine, settings
        self.snapshots = SnapshotCache(engine, settings)
        self.turn = Lock()

    def answer(self, query: AvailabilityQuery, *, now: datetime) -> AvailabilityAnswer:
        with reading(self.engine) as db:
            id_ = query.instead_of or new_id()
            booking = booking_of_form(db, query.form, id_, settings=self.settings, now=now)
        snapshot = self.snapshots.snapshot(newest=query.newest, now=now)
        # A query that accepts a slightly older state does not wait while days are allotted for another query.
        with self.turn if query.newest else nullcontext():
            return answer_flight(
                Flight(
                    booking=booking,
                    first=snapshot.first,
                    plan_on=snapshot.plan_on,
                    window_ends=snapshot.last,
                    changes=snapshot.changes,
                    revision=snapshot.revision,
                    given=snapshot.given.get(id_, 0),
                    up=snapshot.up_time_of(booking),
                )
            )


def run_availability(settings: Settings, *, stop: Event) -> None:
    """Answer queries until `stop` is set."""
    engine = make_engine(settings.database_url)
    service = AvailabilityService(engine, settings)
    Thread(target=ping_watchdog, args=(time.sleep,), name="watchdog", daemon=True).start()
    Thread(target=_refresh, args=(service.snapshots, stop), name="snapshots", daemon=True).start()
    server = _bound(service, stop)
    if server is None:
        return
    Thread(target=server.serve_forever, name="answers", daemon=True).start()
    logger.info("booking desk listening on http://%s:%d", HOST, server.server_port)
    stop.wait()
    server.shutdown()
    engine.dispose()
    logger.info("booking desk closed")


def _bound(service: AvailabilityService, stop: Event) -> ThreadingHTTPServer | None:
    """A server on the port, as soon as it is free; None if `stop` is set first."""
    logged = False
    while not stop.is_set():
        try:
            return make_server(service, port=service.settings.planner_port)
        except OSError as error:
            if not logged:
                logger.warning("port %d is taken, waiting for it why=%s", service.settings.planner_port, error)
            logged = True
            stop.wait(AWAY_S)
    return None


def _refresh(snapshots: SnapshotCache, stop: Event) -> None:
    while not stop.is_set():
        try:
            if snapshots.refresh(now=utc_now()):
                logger.info("snapshot allotted revision=%d", snapshots.ready.revision if snapshots.ready else 0)
        except DATABASE_ERRORS as error:
            logger.warning("database away or unwilling, tried again why=%s", error)
            stop.wait(AWAY_S)
        except Exception:
            logger.exception("snapshots not refreshed, tried again")
            stop.wait(AWAY_S)
        stop.wait(LOOK_S)


# --- over HTTP


class AvailabilityServer(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    service: AvailabilityService


def make_server(service: AvailabilityService, *, port: int) -> AvailabilityServer:
    server = AvailabilityServer((HOST, port), QueryHandler)
    server.service = service
    return server


class QueryHandler(BaseHTTPRequestHandler):
    """Answers one query, or refuses it with the reason. A request without the server's key is refused."""

    server: AvailabilityServer
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_POST(self) -> None:
        key = f"Bearer {shared_key(self.server.service.settings.secret_key)}".encode()
        given = self.headers.get("Authorization", "").encode(errors="replace")
        length = int(self.headers.get("Content-Length") or 0)
        if not hmac.compare_digest(given, key):
            self._refuse(HTTPStatus.UNAUTHORIZED, "not_known", "This is not the key of this server.")
        elif self.path != QUERY_PATH or not 0 < length <= LARGEST_QUERY:
            self._refuse(HTTPStatus.NOT_FOUND, "missing", "There is nothing here.")
        else:
            self._answer(self.rfile.read(length))

    def _answer(self, raw: bytes) -> None:
        began = time.monotonic()
        try:
            answer = self.server.service.answer(AvailabilityQuery.model_validate_json(raw), now=utc_now())
        except LiftcastError as error:
            self._refuse(error.status, error.code, error.message, error.remedy)
        except ValidationError as error:
            self._refuse(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", str(error.errors()[0]["msg"]))
        except Exception:
            logger.exception("query not answered")
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, *_broke())
        else:
            took_ms = (time.monotonic() - began) * 1000
            logger.info("availability answered screens=%d fits=%s ms=%.0f", answer.screens, answer.fits, took_ms)
            self._send(HTTPStatus.OK, answer.model_dump_json())

    def _refuse(self, status: int, code: str, message: str, remedy: str = "") -> None:
        self.close_connection = True
        self._send(status, ErrorAnswer(error=ErrorBody(code=code, message=message, remedy=remedy)).model_dump_json())

    def _send(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Empty: the handler logs its answers itself."""


def _broke() -> tuple[str, str, str]:
    error = LiftcastError()
    return error.code, error.message, error.remedy
