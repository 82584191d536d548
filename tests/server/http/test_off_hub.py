from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from server.http.off_hub import off_hub


def test_outside_the_hub_work_runs_where_it_is() -> None:
    assert off_hub(threading.get_ident) == threading.get_ident()
    assert off_hub(lambda a, *, b: a - b, 5, b=3) == 2


def test_an_error_of_the_work_is_its_callers() -> None:
    with pytest.raises(ZeroDivisionError):
        off_hub(divmod, 1, 0)


IN_HUB = """
from gevent import monkey
monkey.patch_all()
import gevent
from gevent.monkey import get_original
from server.http.off_hub import off_hub
ident, event = get_original("threading", "get_ident"), get_original("threading", "Event")()
other = gevent.spawn(event.set)
assert off_hub(lambda: event.wait(30) and ident()) != ident()
try:
    off_hub(divmod, 1, 0)
except ZeroDivisionError:
    print("done")
"""


def test_in_the_hub_work_runs_in_a_thread_and_other_greenlets_meanwhile() -> None:
    """In a process of its own: gevent patches a whole process. Were the hub held up, the event would never be set."""
    done = subprocess.run([sys.executable, "-c", IN_HUB], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("done\n", "")
