"""Threads that start at one barrier, each with a transaction of its own on the real database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from server.db import transaction
from server.errors import LiftcastError

Call = Callable[[Session], Any]


def race(engine: Engine, calls: Sequence[Call]) -> list[Any]:
    """The result of each call, or our own error with which it lost; any other error is the test's failure."""
    start = Barrier(len(calls))

    def run(call: Call) -> Any:
        start.wait(timeout=30)
        try:
            with transaction(engine) as db:
                return call(db)
        except LiftcastError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
