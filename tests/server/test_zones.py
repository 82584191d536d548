from __future__ import annotations

import pytest

from server.zones import zone_or_utc


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd", "Asia/Shanghai\0"])
def test_a_zone_that_the_machine_does_not_know_is_utc(name: str) -> None:
    assert zone_or_utc(name).key == "UTC"


def test_a_known_zone_is_itself() -> None:
    assert zone_or_utc("Asia/Shanghai").key == "Asia/Shanghai"
