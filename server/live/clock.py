"""Answering a clock ping: the instants at which it came and left, in milliseconds of this server's UTC."""

from __future__ import annotations

import time
from typing import Any

from media.wire.clock import ClockPing, ClockPong


def answer_clock(message: Any) -> dict[str, Any]:
    """One ping over the socket is wrong by the queue it waits in; the asker takes the best of a burst."""
    came = time.time() * 1000
    ping = ClockPing.model_validate(message)
    return ClockPong(t0=ping.t0, t1=came, t2=time.time() * 1000).model_dump()
