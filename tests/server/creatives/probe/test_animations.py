from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from media.refused import Refused
from server.creatives.probe import animations
from server.creatives.probe.animations import frames_of, measure_turn
from tests.rig.files.odd_pictures import animation
from tests.rig.files.samples import sample
from tests.server.creatives.probe.test_probe import LIMITS


@pytest.mark.parametrize("name", ["ball.gif", "ball.png", "ball.webp", "ball.avif"])
def test_each_frame_is_the_picture_of_its_time(name: str) -> None:
    frames = list(frames_of(sample(name)))
    assert [shown_ms for _, shown_ms in frames] == [100] * 4
    lefts = [frame.getchannel("A").point(lambda value: 255 if value > 127 else 0).getbbox() for frame, _ in frames]
    assert all(before and after and before[0] < after[0] for before, after in pairwise(lefts))


def test_a_frame_of_no_length_is_shown_as_browsers_show_it(tmp_path: Path) -> None:
    animation(tmp_path / "fast.gif", "GIF", frame_ms=0)
    assert measure_turn(tmp_path / "fast.gif", LIMITS) == 400


def test_a_turn_that_is_too_long_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        measure_turn(sample("moving.gif"), replace(LIMITS, duration_s=1))
    assert refused.value.code == "too_long"


def test_frames_that_take_too_long_to_read_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(animations, "TIME_LIMIT_S", 0.0)
    with pytest.raises(Refused) as refused:
        measure_turn(sample("ball.gif"), LIMITS)
    assert refused.value.code == "too_slow_to_read"
