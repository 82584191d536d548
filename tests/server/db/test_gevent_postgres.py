"""In a process of its own, because the driver waits for greenlets only where gevent has patched the sockets."""

from __future__ import annotations

import json
import subprocess
import sys

HUB = """
from gevent import monkey

monkey.patch_all()

import json
import sys

import gevent
from sqlalchemy import text

from server.db import gevent_postgres, make_engine, reading, transaction
from server.db.greenlets import GREENLETS

ran = []


def engine_that_waits(seconds):
    gevent_postgres.AT_ONCE_S = gevent_postgres.HubPostgresConnection._at_once_s = seconds
    return make_engine(sys.argv[1], concurrency=GREENLETS, patience_s=0.5)


def execute(statement, name):
    with transaction(engine) as db:
        for _ in range(5):
            found = db.connection().execute(text(statement))
    ran.append(name)
    return found


def together(*tasks):
    ran.clear()
    gevent.joinall(tasks, timeout=20)
    return list(ran)


def others():
    return [gevent.spawn_later(0, ran.append, "other") for _ in range(3)]


def cut_off():
    with reading(engine) as db:
        db.connection().execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


def raised(call, *args):
    try:
        call(*args)
    except Exception as error:
        return type(error).__name__


engine = engine_that_waits(60)
execute("CREATE TABLE IF NOT EXISTS hub_stock (pieces INTEGER)", "made")
execute("INSERT INTO hub_stock VALUES (0)", "filled")
update, rows = "UPDATE hub_stock SET pieces = pieces + 1", "SELECT repeat('x', 100000) FROM generate_series(1, 100)"
seen = {"brief": together(gevent.spawn(execute, update, "first"), *others(), gevent.spawn(execute, update, "second"))}

engine = engine_that_waits(0)
seen |= {
    "long": together(gevent.spawn(execute, "SELECT pg_sleep(0.05)", "first"), *others()),
    "large": together(gevent.spawn(execute, rows, "first")),
    "cut off": raised(cut_off),
}
with transaction(engine) as db:
    db.connection().execute(text(update))
    locked_out = gevent.spawn(raised, execute, update, "locked out")
    seen["while locked"] = together(*others())
    seen["locked out"] = locked_out.get(timeout=20)
seen["after"] = together(gevent.spawn(execute, update, "first"))
execute("DROP TABLE IF EXISTS hub_stock", "dropped")
print(json.dumps(seen))
"""


def test_the_hub_waits_for_answers_that_come_at_once_and_for_no_others(postgres_url: str) -> None:
    command = [sys.executable, "-c", HUB, f"{postgres_url}/postgres"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == {
        "brief": ["first", "second", "other", "other", "other"],
        "long": ["other", "other", "other", "first"],
        "large": ["first"],
        "cut off": "DatabaseAway",
        "while locked": ["other", "other", "other"],
        "locked out": "DatabaseBusy",
        "after": ["first"],
    }
