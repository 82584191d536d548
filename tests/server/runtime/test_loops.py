"""A loop that an error has ended is begun anew; one that returns has ended for good."""

from __future__ import annotations

import pytest

from server.runtime.loops import PAUSE_S, run_forever


def test_a_loop_goes_on_after_any_error_which_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    errors = iter([KeyError("a fault of ours"), OSError("too many open files")])
    pauses: list[float] = []

    def loop() -> None:
        if (error := next(errors, None)) is not None:
            raise error

    run_forever("test", loop, pauses.append)
    assert pauses == [PAUSE_S, PAUSE_S]
    assert [(record.getMessage(), bool(record.exc_info)) for record in caplog.records] == [
        ("loop broken, begun anew name=test", True)
    ] * 2


@pytest.mark.parametrize("end", [SystemExit, KeyboardInterrupt])
def test_the_end_of_the_process_ends_its_loops(end: type[BaseException]) -> None:
    def loop() -> None:
        raise end

    with pytest.raises(end):
        run_forever("test", loop, lambda _seconds: None)
