"""The real web process with one route more, for this bench alone: how many inputs its referees have taken."""

from __future__ import annotations

from gevent import monkey

monkey.patch_all()

from datetime import datetime  # noqa: E402  after the patch, on purpose

from media.wire.games import SeatInput  # noqa: E402
from server.games.referees import Referees  # noqa: E402
from server.web.phone import bp  # noqa: E402
from server.web_process import main  # noqa: E402
from tests.bench.games import INPUTS  # noqa: E402

taken = 0


def inputs() -> dict[str, int]:
    return {"taken": taken}


def count_inputs() -> None:
    take = Referees.take

    def counted(self: Referees, given: SeatInput, *, now: datetime) -> bool:
        global taken
        is_taken = take(self, given, now=now)
        taken += is_taken
        return is_taken

    Referees.take = counted  # type: ignore[method-assign]


if __name__ == "__main__":
    bp.add_url_rule(INPUTS, "bench_inputs", inputs)
    count_inputs()
    main()
