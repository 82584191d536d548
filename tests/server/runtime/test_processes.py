from __future__ import annotations

import os
import subprocess
from pathlib import Path

from server.runtime.processes import (
    FIRST,
    FIRST_ALONE_S,
    FIRST_RESTART_S,
    PROCESSES,
    Child,
    give_way,
    new_children,
    start_waiting,
)
from tests.rig.servers.processes import eventually


def test_a_process_that_keeps_dying_is_started_ever_more_rarely() -> None:
    child = Child("broken", ("no-such-command",))
    child.check(0.0)
    assert child.process is not None
    eventually(lambda: child.process and child.process.poll() is not None, within_s=30, what="the process to end")
    child.check(1.0)
    assert child.process is None
    assert child.due_at == 1.0 + FIRST_RESTART_S * 2
    child.check(1.5)
    assert child.process is None, "not before its pause is over"


def due(children: list[Child], now: float) -> set[str]:
    return {child.name for child in children if child.due_at <= now}


def test_web_and_media_start_first_and_the_others_when_web_is_open() -> None:
    children = new_children(100.0)
    assert due(children, 100.0) == set(FIRST)
    start_waiting(children)
    assert due(children, 100.0) == set(PROCESSES)


def test_a_web_process_that_never_opens_keeps_the_others_waiting_for_a_while_only() -> None:
    assert due(new_children(100.0), 100.0 + FIRST_ALONE_S) == set(PROCESSES)


def test_a_process_that_died_before_web_was_open_keeps_its_pause() -> None:
    children = new_children(100.0)
    children[0].started_at, children[0].due_at = 100.0, 130.0
    start_waiting(children)
    assert children[0].due_at == 130.0


def test_a_process_that_gives_way_does_so_to_other_sessions_too() -> None:
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as child:
        try:
            give_way(child.pid, 5)
            assert os.getpriority(os.PRIO_PROCESS, child.pid) == 5
            session = Path(f"/proc/{child.pid}/autogroup")
            assert not session.exists() or session.read_text().split()[-1] == "5"
        finally:
            child.kill()


def test_a_process_that_has_ended_gives_way_to_nobody() -> None:
    child = subprocess.Popen(["true"], start_new_session=True)
    child.wait()
    give_way(child.pid, 5)
