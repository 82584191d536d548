from __future__ import annotations

from pathlib import Path

from prometheus_client import generate_latest

from server.live.lag import HUB_STALL, waited_for_core_s
from server.web.health import REGISTRY


def test_waiting_for_a_core_is_told_in_seconds(tmp_path: Path) -> None:
    (tmp_path / "schedstat").write_text("5000 2500000000 12\n")
    assert waited_for_core_s(tmp_path / "schedstat") == 2.5


def test_a_kernel_that_does_not_tell_counts_as_no_wait(tmp_path: Path) -> None:
    assert waited_for_core_s(tmp_path / "none") == 0.0


def test_stalls_are_among_the_numbers_that_are_told() -> None:
    HUB_STALL.observe(0.0)
    assert b'liftcast_hub_stall_seconds_bucket{le="0.05"}' in generate_latest(REGISTRY)
