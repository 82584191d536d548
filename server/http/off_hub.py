"""Work that takes a processor's time, kept out of gevent's hub."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from gevent import monkey

from server.db.gevent_sqlite import in_pool

P = ParamSpec("P")
R = TypeVar("R")


def off_hub(call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """In the hub's process the call runs in a thread, and other greenlets meanwhile; elsewhere it just runs."""
    if not monkey.is_module_patched("threading"):
        return call(*args, **kwargs)
    return cast(R, in_pool(lambda: call(*args, **kwargs)))
