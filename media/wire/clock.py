"""One clock ping and its answer."""

from __future__ import annotations

from pydantic import FiniteFloat

from media.wire.message import Message


class ClockPing(Message):
    """`t0` is the sender's own clock in ms; it comes back untouched."""

    t0: FiniteFloat


class ClockPong(Message):
    """`t1` when the ping was read, `t2` when the answer left, both server UTC in ms."""

    t0: float
    t1: float
    t2: float
