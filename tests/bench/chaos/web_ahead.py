"""The real web process, with a clock that is a day ahead."""

from __future__ import annotations

from gevent import monkey

monkey.patch_all()

from datetime import UTC, datetime, timedelta  # noqa: E402  after the patch, on purpose

import time_machine  # noqa: E402

from server.web_process import main  # noqa: E402

AHEAD = timedelta(days=1)

if __name__ == "__main__":
    time_machine.travel(datetime.now(UTC) + AHEAD, tick=True).start()
    main()
