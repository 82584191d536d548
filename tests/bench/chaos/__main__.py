"""Reads the options, runs one stack or both, prints the result."""

from __future__ import annotations

from gevent import monkey

monkey.patch_all()

import argparse  # noqa: E402  after the patch, on purpose
import tempfile  # noqa: E402
import time  # noqa: E402
from collections.abc import Mapping  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

from tests.bench import chaos  # noqa: E402
from tests.bench.chaos.faults import FAULTS, NAMES  # noqa: E402
from tests.bench.chaos.run import Size, run  # noqa: E402
from tests.bench.result import report  # noqa: E402

STACKS = ("sqlite", "postgres")
MINUTES = 15.0
MEMORY_SHARE = 1 / 6  # of the time, for each stack; the faults take what they take


def main() -> None:
    options = read_options()
    wanted = options.faults.split(",") if options.faults else NAMES
    stacks = [options.stack] if options.stack else STACKS
    memory_minutes = options.minutes * MEMORY_SHARE if options.memory_minutes is None else options.memory_minutes
    size = Size(options.boxes, options.phones, options.claims_per_s, memory_minutes * 60)
    began = time.monotonic()
    measured: dict[str, dict[str, Any]] = {}
    for stack in stacks:
        faults = [fault for fault in FAULTS if fault.name in wanted and stack in fault.stacks]
        with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
            measured[stack] = run(stack, Path(folder), faults, size)
    took = {"minutes": round((time.monotonic() - began) / 60, 1), **size._asdict()}
    alone = {stack: measures.pop("restart_alone_s") for stack, measures in measured.items()}
    report("chaos", {**summary(measured), **took, "stacks": measured}, {"restart_without_load_s": alone})


def summary(measured: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Of all stacks together: what must be 0, and the largest of the rest."""
    each = measured.values()
    growth = [measures["web_mb_growth_per_hour"] for measures in each if "web_mb_growth_per_hour" in measures]
    return {
        "lost": sum(sum(measures["lost"].values()) for measures in each),
        "doubled": sum(sum(measures["doubled"].values()) for measures in each),
        "answers_5xx": sum(sum(kinds.values()) for measures in each for kinds in measures["answers_5xx"].values()),
        "recovery_s_max": max((most for measures in each for most in measures["recovery_s"].values()), default=0),
        "web_mb_growth_per_hour": max(growth, default=None),
        "stuck_jobs": sum(measures["stuck_jobs"] for measures in each),
        "broken": sum(len(measures["broken"]) for measures in each),
    }


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="tests.bench.chaos", description=chaos.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="kept for all benches; the answer is always JSON")
    parser.add_argument("--stack", choices=STACKS, help="only this one")
    parser.add_argument("--faults", default="", type=_known_faults, help=f"of {', '.join(NAMES)}; separated by commas")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="about how long the whole takes")
    parser.add_argument("--memory-minutes", type=float, help="how long each stack's memory is watched; 0: not at all")
    parser.add_argument("--boxes", type=int, default=30)
    parser.add_argument("--phones", type=int, default=400)
    parser.add_argument("--claims-per-s", type=float, default=4.0, help="and three redemptions for four claims")
    return parser.parse_args()


def _known_faults(names: str) -> str:
    unknown = set(names.split(",")) - {*NAMES, ""}
    if unknown:
        raise argparse.ArgumentTypeError(f"there is no fault {', '.join(sorted(unknown))}")
    return names


if __name__ == "__main__":
    main()
