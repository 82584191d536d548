"""How a bench reports its result: one JSON object on the last line of its output."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

from media.integers import ceil_div


def report(bench: str, measures: Mapping[str, object], peers: Mapping[str, object]) -> None:
    """Print the result on one line."""
    result = {"bench": bench, "measures": dict(measures), "peers": dict(peers), "machine": machine()}
    print(json.dumps(result, ensure_ascii=False), flush=True)


def machine() -> dict[str, object]:
    """The machine of the measurement, and its load."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_1m": round(os.getloadavg()[0], 2),
    }


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that this share of all values does not exceed."""
    if not values:
        raise ValueError("no values were measured")
    ordered = sorted(values)
    return ordered[max(0, ceil_div(len(ordered) * round(share * 1000), 1000) - 1)]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
