"""For those who watch the server: `/healthz` (alive), `/readyz` (can serve), `/metrics` (Prometheus)."""

from __future__ import annotations

import time
from collections.abc import Iterator

from flask import Blueprint, Response, g, jsonify, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from sqlmodel import Session, col, func, select

from server.context import reading, services
from server.db import Job, OutboxRow, utc_now
from server.http.metrics import REGISTRY, REQUESTS, SECONDS
from server.runtime.disk import disk_space_of
from server.screens.health import ONLINE_WITHIN
from server.screens.models import Player, Screen

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def alive() -> ResponseReturnValue:
    return jsonify(alive=True)


@bp.get("/readyz")
def ready() -> ResponseReturnValue:
    """Ready is a database and a media folder that take a write; `troubles` name the part that does not.

    `degraded` names what is away and replaced meanwhile: the server goes on without it.
    """
    troubles = services().readiness.troubles(services().engine, services().store)
    degraded = [trouble for trouble in (_redis_trouble(),) if trouble]
    return jsonify(ready=not troubles, troubles=troubles, degraded=degraded), 503 if troubles else 200


@bp.get("/metrics")
def metrics() -> ResponseReturnValue:
    with reading() as db:
        house_now = CollectorRegistry()
        house_now.register(_Counted(list(_count(db))))
        body = generate_latest(REGISTRY) + generate_latest(house_now)
    return Response(body, content_type=CONTENT_TYPE_LATEST)


@bp.before_app_request
def note_start() -> None:
    g.began_s = time.perf_counter()


@bp.after_app_request
def note_end(response: Response) -> Response:
    """By endpoint and never by path: a path holds ids, and may hold a token."""
    endpoint = request.endpoint or "none"
    REQUESTS.labels(endpoint, response.status_code).inc()
    if "began_s" in g:
        SECONDS.labels(endpoint).observe(time.perf_counter() - g.began_s)
    return response


def _redis_trouble() -> str:
    link = services().redis
    if link is None or link.is_up:
        return ""
    return (
        "Redis does not answer: each web process counts tries by itself, and hints between them wait until it is back."
        " See LIFTCAST_REDIS_URL."
    )


class _Counted:
    """A collector of what was just counted in the database."""

    def __init__(self, families: list[Metric]) -> None:
        self.families = families

    def collect(self) -> list[Metric]:
        return self.families


def _count(db: Session) -> Iterator[Metric]:
    online = col(Player.seen_at) >= utc_now() - ONLINE_WITHIN
    on_screens = col(Player.screen_id).is_not(None)
    screens = db.exec(select(func.count()).select_from(Screen).where(col(Screen.retired_at).is_(None))).one()
    yield _gauge("liftcast_screens", "Screens in use.", screens)
    yield _gauge("liftcast_screens_enrolled", "Screens with a player.", _players(db, on_screens))
    yield _gauge("liftcast_screens_online", "Screens whose player was seen lately.", _players(db, on_screens, online))
    if (link := services().redis) is not None:
        yield _gauge("liftcast_redis_up", "Whether Redis answers.", int(link.is_up))
    yield _gauge(
        "liftcast_outbox_waiting",
        "Pushes that wait to be sent.",
        db.exec(select(func.count()).select_from(OutboxRow)).one(),
    )
    space = disk_space_of(services().settings.data_dir)
    yield _gauge("liftcast_disk_free_bytes", "Free bytes on the disk of the data folder.", space.free)
    yield _gauge("liftcast_disk_bytes", "Size of the disk of the data folder, in bytes.", space.total)
    jobs = GaugeMetricFamily("liftcast_jobs", "Jobs by kind and state.", labels=["kind", "state"])
    for kind, state, number in db.exec(select(Job.kind, Job.state, func.count()).group_by(Job.kind, Job.state)):
        jobs.add_metric([kind, state], number)
    yield jobs


def _players(db: Session, *conditions: object) -> int:
    return db.exec(select(func.count()).select_from(Player).where(*conditions)).one()  # type: ignore[arg-type]


def _gauge(name: str, description: str, value: int) -> Metric:
    return GaugeMetricFamily(name, description, value=value)
