from __future__ import annotations

import subprocess
import sys

import pytest

LOGS = """
import logging
from server.runtime.logs import install_logs
install_logs({level!r})
logging.getLogger("server.coupons").info("offer made offer=%s", "名")
logging.getLogger("PIL").info("noise")
logging.getLogger("engineio").warning("trouble")
"""


@pytest.mark.parametrize(("level", "lines"), [("INFO", 2), ("WARNING", 1)])
def test_a_process_logs_its_own_facts_and_of_noisy_libraries_troubles_alone(level: str, lines: int) -> None:
    """In a process of its own: the logs of the test run stay as they are."""
    done = subprocess.run([sys.executable, "-c", LOGS.format(level=level)], capture_output=True, text=True, check=True)
    written = done.stderr.splitlines()
    assert (done.stdout, len(written)) == ("", lines)
    assert written[-1].endswith("WARNING engineio trouble")
    if lines > 1:
        assert written[0].endswith("INFO server.coupons offer made offer=名")


def test_an_unknown_level_is_refused() -> None:
    done = subprocess.run([sys.executable, "-c", LOGS.format(level="LOUD")], capture_output=True, text=True)
    assert "Unknown level: 'LOUD'" in done.stderr
