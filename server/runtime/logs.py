"""Logging of every process: past-tense facts with keys, on standard error."""

from __future__ import annotations

import logging
import sys


def install_logs(level: str) -> None:
    logging.basicConfig(
        level=level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True
    )
    for noisy in ("engineio", "socketio", "alembic.runtime.migration", "PIL", "geventwebsocket.handler"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
