"""A small network goes on through every fault of the bench `chaos`: it takes a quarter of an hour."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.rig.servers.processes import clean_environ

pytestmark = [pytest.mark.long, pytest.mark.timeout(2400)]

RECOVERY_S = 15


def test_a_small_network_goes_on_through_every_fault() -> None:
    command = [sys.executable, "-m", "tests.bench.chaos", "--json"]
    ran = subprocess.run(command, env=clean_environ(), stdout=subprocess.PIPE, text=True, check=True)
    measures = json.loads(ran.stdout.splitlines()[-1])["measures"]
    nothing = ("lost", "doubled", "answers_5xx", "stuck_jobs", "broken")
    assert {name: measures[name] for name in nothing} == dict.fromkeys(nothing, 0), measures
    assert measures["recovery_s_max"] <= RECOVERY_S, measures
