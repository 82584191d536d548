"""Loops that run as long as their process: an error in one turn must not end all turns to come, and nobody notice."""

from __future__ import annotations

import logging
from collections.abc import Callable

logger = logging.getLogger(__name__)

PAUSE_S = 1.0


def keep_running(name: str, loop: Callable[[], object], sleep: Callable[[float], object]) -> None:
    """Run a loop; one that an error has ended is begun anew after a pause. Returns when the loop returns."""
    while True:
        try:
            loop()
        except Exception:
            logger.exception("loop broken, begun anew name=%s", name)
            sleep(PAUSE_S)
        else:
            return
