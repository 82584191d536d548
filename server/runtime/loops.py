"""Loops that run as long as their process: an error in one turn must not end the loop unnoticed."""

from __future__ import annotations

import logging
from collections.abc import Callable

logger = logging.getLogger(__name__)

PAUSE_S = 1.0


def run_forever(name: str, loop: Callable[[], object], sleep: Callable[[float], object]) -> None:
    """Run a loop, and start it anew after a pause if an error ended it. Returns when the loop returns."""
    while True:
        try:
            loop()
        except Exception:
            logger.exception("loop broken, begun anew name=%s", name)
            sleep(PAUSE_S)
        else:
            return
