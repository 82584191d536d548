"""The faults, one function each: it returns when the fault is over, and everything should soon work again."""

from __future__ import annotations

import contextlib
import errno
import signal
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import gevent
import psycopg
from sqlmodel import col, select

from server.creatives.uploads.tickets import issue_ticket
from server.db import Job, reading, transaction
from server.upkeep.migrate import prepare_database
from tests.bench.chaos.backups import check_backup
from tests.bench.chaos.clients.http import Address
from tests.bench.chaos.load import Load
from tests.bench.chaos.stack import Stack
from tests.factories import make_access
from tests.rig.phones.half_sent import half_sent
from tests.rig.servers.disks import MayNotMount

FROZEN_S = 8
AWAY_S = 8
LOCKED_S = 40
FULL_S = 12
HALF_OPEN_S = 12
AHEAD_S = 12
AT_WORK_WITHIN_S = 30
HALF_OPEN_WEB, HALF_OPEN_MEDIA, STALLED_UPLOADS = 100, 80, 40
HOSTILE = "127.0.100.1"

WORKERS_KINDS = ("renditions", "stills", "draw")
WRITES = frozenset({"claim", "redeem", "plays", "status", "notice", "upload", "ticket", "sign_in"})
READS = frozenset({"stage", "console", "timeline", "creative", "media"})
ALL = WRITES | READS | {"socket"}
FILES = frozenset({"upload", "media"})


class NoJob(AssertionError):
    """No process was at work on a job that could be broken."""


Cause = Callable[[Stack, Load], None]


@dataclass(frozen=True)
class Fault:
    """`refusable`: the kinds of requests that the fault makes impossible. `stacks`: where it can happen."""

    name: str
    cause: Cause
    refusable: frozenset[str] = frozenset()
    stacks: tuple[str, ...] = ("sqlite", "postgres")


# --- processes


def kill(name: str, stack: Stack, _load: Load) -> None:
    stack.supervisor.kill(name)


def kill_at_work(name: str, stack: Stack, _load: Load) -> None:
    """In the middle of one of its jobs."""
    wait_for_job(stack, by_worker=name == "worker")
    stack.supervisor.kill(name)


def freeze(name: str, stack: Stack, _load: Load) -> None:
    with stack.supervisor.frozen(name):
        gevent.sleep(FROZEN_S)


def restart_all(stack: Stack, _load: Load) -> None:
    """As an upgrade does: all ended, the database migrated, all started."""
    with stack.supervisor.held_down(stack.server_parts):
        prepare_database(stack.house.settings)


def clock_ahead(stack: Stack, _load: Load) -> None:
    """The last web process has a clock that is a day ahead."""
    name = stack.webs[-1]
    port = int(stack.supervisor.starts[name].keywords.get("port", stack.house.settings.port))  # type: ignore[attr-defined]
    with stack.supervisor.replaced(name, partial(stack.start_web_ahead, name, port)):
        gevent.sleep(AHEAD_S)


def wait_for_job(stack: Stack, *, by_worker: bool) -> None:
    deadline = time.monotonic() + AT_WORK_WITHIN_S
    kind = col(Job.kind).in_(WORKERS_KINDS) if by_worker else col(Job.kind) == "plan"
    running = select(Job.id).where(col(Job.state) == "running", kind)
    while time.monotonic() < deadline:
        with reading(stack.house.engine) as db:
            if db.exec(running).first() is not None:
                return
        gevent.sleep(0.005)
    raise NoJob


# --- database and disk


def lock_sqlite(stack: Stack, _load: Load) -> None:
    path = stack.house.settings.database_url.removeprefix("sqlite:///")
    with contextlib.closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        _begin_at_once(connection)
        gevent.sleep(LOCKED_S)
        connection.execute("ROLLBACK")


def _begin_at_once(connection: sqlite3.Connection) -> None:
    while True:
        with contextlib.suppress(sqlite3.OperationalError):
            connection.execute("BEGIN IMMEDIATE")
            return
        gevent.sleep(0.001)


def lock_rows(stack: Stack, _load: Load) -> None:
    """Every offer, which each claim takes a piece of."""
    with psycopg.connect(_plain_url(stack)) as connection:
        connection.execute("SELECT id FROM offer FOR UPDATE")
        gevent.sleep(LOCKED_S)
        connection.rollback()


def use_up_connections(stack: Stack, _load: Load) -> None:
    with ExitStack() as held:
        with contextlib.suppress(psycopg.OperationalError):
            while True:
                held.enter_context(psycopg.connect(_plain_url(stack)))
        gevent.sleep(AWAY_S)


def stop_postgres(mode: str, away_s: float, stack: Stack, _load: Load) -> None:
    assert stack.postgres is not None
    stack.postgres.stop(mode)
    gevent.sleep(away_s)
    stack.postgres.start()


def fill_disk(stack: Stack, _load: Load) -> None:
    if stack.disk is None:
        raise MayNotMount(MayNotMount.__doc__)
    filler = stack.disk / "filler"
    try:
        _write_until_full(filler)
        for _ in range(FULL_S):  # what is freed meanwhile is filled again
            gevent.sleep(1)
            _write_until_full(filler)
    finally:
        filler.unlink()


def _write_until_full(filler: Path) -> None:
    chunk = b"\0" * (1 << 16)
    with filler.open("ab", buffering=0) as out:
        try:
            while out.write(chunk) == len(chunk):
                pass
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise


def back_up(stack: Stack, load: Load) -> None:
    check_backup(stack, claims=len(load.answers.claims))


def _plain_url(stack: Stack) -> str:
    return stack.house.settings.database_url.replace("+psycopg", "")


# --- Redis, nginx, network


def hold_down(name: str, stack: Stack, _load: Load) -> None:
    with stack.supervisor.held_down([name]):
        gevent.sleep(AWAY_S)


def kill_group(name: str, stack: Stack, _load: Load) -> None:
    stack.supervisor.kill_group(name)


def reload_nginx(stack: Stack, _load: Load) -> None:
    stack.supervisor.signal("nginx", signal.SIGHUP)


def cut_uplink(stack: Stack, _load: Load) -> None:
    """Of all boxes, which come back all at once."""
    stack.uplink.cut()
    gevent.sleep(AWAY_S)
    stack.uplink.mend()


def drop_phones(_stack: Stack, load: Load) -> None:
    load.drop_phones()


def hold_half_open(stack: Stack, _load: Load) -> None:
    """Connections that never end their first line."""
    with ExitStack() as held:
        for to, number in ((stack.web, HALF_OPEN_WEB), (stack.media, HALF_OPEN_MEDIA)):
            for _ in range(number):
                held.enter_context(_half_open(to))
        gevent.sleep(HALF_OPEN_S)


@contextmanager
def _half_open(to: Address) -> Iterator[None]:
    with socket.create_connection(to, timeout=10, source_address=(HOSTILE, 0)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost:")
        yield


def stall_uploads(stack: Stack, _load: Load) -> None:
    """Uploads of one ticket that stop after their first bytes. Some may be refused at once."""
    with transaction(stack.house.engine) as db:
        ticket = issue_ticket(stack.house.settings, access=make_access(db))
    url = f"{stack.house.settings.media_url}/uploads/{ticket}"
    with ExitStack() as held:
        for _ in range(STALLED_UPLOADS):
            with contextlib.suppress(OSError):
                held.enter_context(half_sent(url, b"\xff\xd8\xff"))
        gevent.sleep(HALF_OPEN_S)


# --- all of them

# Behind nginx a request that a killed process had in hand is answered by nginx, which must not send a POST again.
FAULTS = (
    Fault("web_killed", partial(kill, "web"), ALL),
    Fault("media_killed", partial(kill, "media"), FILES),
    Fault("worker_killed", partial(kill_at_work, "worker")),
    Fault("planner_killed", partial(kill_at_work, "planner")),
    Fault("desk_killed", partial(kill, "desk")),
    Fault("web_frozen", partial(freeze, "web")),
    Fault("media_frozen", partial(freeze, "media")),
    Fault("worker_frozen", partial(freeze, "worker")),
    Fault("planner_frozen", partial(freeze, "planner")),
    Fault("sqlite_locked", lock_sqlite, WRITES, stacks=("sqlite",)),
    Fault("rows_locked", lock_rows, frozenset({"claim"}), stacks=("postgres",)),
    Fault("connections_used_up", use_up_connections, ALL, stacks=("postgres",)),
    Fault("postgres_restarted", partial(stop_postgres, "fast", 0), ALL, stacks=("postgres",)),
    Fault("postgres_killed", partial(stop_postgres, "immediate", AWAY_S), ALL, stacks=("postgres",)),
    Fault("redis_killed", partial(kill, "redis"), stacks=("postgres",)),
    Fault("redis_frozen", partial(freeze, "redis"), stacks=("postgres",)),
    Fault("redis_away", partial(hold_down, "redis"), stacks=("postgres",)),
    Fault("nginx_reloaded", reload_nginx, stacks=("postgres",)),
    Fault("nginx_killed", partial(kill_group, "nginx"), stacks=("postgres",)),
    Fault("disk_full", fill_disk, WRITES),
    Fault("uplink_cut", cut_uplink),
    Fault("phones_dropped", drop_phones),
    Fault("half_open", hold_half_open),
    Fault("stalled_uploads", stall_uploads),
    Fault("backup", back_up),
    Fault("clock_ahead", clock_ahead, ALL),
    Fault("all_restarted", restart_all, ALL),
)
NAMES = tuple(fault.name for fault in FAULTS)
