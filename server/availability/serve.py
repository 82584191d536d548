"""The booking desk's process: answers the web on loopback, one question at a time, and keeps its snapshots warm.

It writes nothing, so it may be killed at any moment; started late or again, it reads everything anew. A second one
waits until the port is free.
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
from server.availability.flight import Flight, answer_flight
from server.availability.question import booking_of_form
from server.availability.snapshot_cache import SnapshotCache
from server.campaigns.availability_messages import ASKED_AT, HOST, Answer, Ask, desk_key
from server.db import make_engine, new_id, reading, utc_now
from server.db.errors import DATABASE_ERRORS
from server.errors import LiftcastError
from server.runtime.watchdog import ping_watchdog
from server.settings import Settings

logger = logging.getLogger(__name__)

LOOK_S = 0.25
AWAY_S = 1.0
LARGEST_ASK = 1 << 20


class Desk:
    """Answers from memory. Days are allotted for one question at a time: two would only share the processor."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self.engine, self.settings = engine, settings
        self.snapshots = SnapshotCache(engine, settings)
        self.turn = Lock()

    def answer(self, ask: Ask, *, now: datetime) -> Answer:
        with reading(self.engine) as db:
            id_ = ask.instead_of or new_id()
            booking = booking_of_form(db, ask.form, id_, settings=self.settings, now=now)
        snapshot = self.snapshots.snapshot(newest=ask.newest, now=now)
        # Who asks what was known a moment ago need not wait for days that are allotted for another.
        with self.turn if ask.newest else nullcontext():
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


def run_desk(settings: Settings, *, stop: Event) -> None:
    """Answer until `stop` is set."""
    engine = make_engine(settings.database_url)
    desk = Desk(engine, settings)
    Thread(target=ping_watchdog, args=(time.sleep,), name="watchdog", daemon=True).start()
    Thread(target=_keep_warm, args=(desk.snapshots, stop), name="snapshots", daemon=True).start()
    server = _bound(desk, stop)
    if server is None:
        return
    Thread(target=server.serve_forever, name="answers", daemon=True).start()
    logger.info("booking desk listening on http://%s:%d", HOST, server.server_port)
    stop.wait()
    server.shutdown()
    engine.dispose()
    logger.info("booking desk closed")


def _bound(desk: Desk, stop: Event) -> ThreadingHTTPServer | None:
    told = False
    while not stop.is_set():
        try:
            return serve_desk(desk, port=desk.settings.planner_port)
        except OSError as error:
            if not told:
                logger.warning("port %d is taken, waiting for it why=%s", desk.settings.planner_port, error)
            told = True
            stop.wait(AWAY_S)
    return None


def _keep_warm(snapshots: SnapshotCache, stop: Event) -> None:
    while not stop.is_set():
        try:
            if snapshots.keep_warm(now=utc_now()):
                logger.info("network remembered revision=%d", snapshots.warm.revision if snapshots.warm else 0)
        except DATABASE_ERRORS as error:
            logger.warning("database away or unwilling, tried again why=%s", error)
            stop.wait(AWAY_S)
        except Exception:
            logger.exception("snapshots not refreshed, tried again")
            stop.wait(AWAY_S)
        stop.wait(LOOK_S)


# --- over HTTP


class DeskServer(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    desk: Desk


def serve_desk(desk: Desk, *, port: int) -> DeskServer:
    server = DeskServer((HOST, port), Asked)
    server.desk = desk
    return server


class Asked(BaseHTTPRequestHandler):
    """One question: who knows the key gets an answer, or why there is none."""

    server: DeskServer
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_POST(self) -> None:
        key = f"Bearer {desk_key(self.server.desk.settings.secret_key)}".encode()
        given = self.headers.get("Authorization", "").encode(errors="replace")
        length = int(self.headers.get("Content-Length") or 0)
        if not hmac.compare_digest(given, key):
            self._refuse(HTTPStatus.UNAUTHORIZED, "not_known", "This is not the key of this server.")
        elif self.path != ASKED_AT or not 0 < length <= LARGEST_ASK:
            self._refuse(HTTPStatus.NOT_FOUND, "missing", "There is nothing here.")
        else:
            self._answer(self.rfile.read(length))

    def _answer(self, raw: bytes) -> None:
        began = time.monotonic()
        try:
            answer = self.server.desk.answer(Ask.model_validate_json(raw), now=utc_now())
        except LiftcastError as error:
            self._refuse(error.status, error.code, error.message, error.remedy)
        except ValidationError as error:
            self._refuse(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", str(error.errors()[0]["msg"]))
        except Exception:
            logger.exception("question not answered")
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, *_broke())
        else:
            took_ms = (time.monotonic() - began) * 1000
            logger.info("room told screens=%d fits=%s ms=%.0f", answer.screens, answer.fits, took_ms)
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
        """Answers are logged where they are made."""


def _broke() -> tuple[str, str, str]:
    error = LiftcastError()
    return error.code, error.message, error.remedy
