from __future__ import annotations

from server.processes import FIRST_RESTART_S, Child
from tests.rig.processes import eventually


def test_a_process_that_keeps_dying_is_started_ever_more_rarely() -> None:
    child = Child("broken", ("no-such-command",))
    child.look(0.0)
    assert child.process is not None
    eventually(lambda: child.process and child.process.poll() is not None, within_s=30, what="the process to end")
    child.look(1.0)
    assert child.process is None
    assert child.due_at == 1.0 + FIRST_RESTART_S * 2
    child.look(1.5)
    assert child.process is None, "not before its pause is over"
