from __future__ import annotations

import pytest
from PIL import Image

from media.cards.games.lanes import Lanes, Measures, with_product
from media.cards.games.look import BoardLook
from media.cards.lettering import Box

BOX = Box(20, 10, 200, 80)


@pytest.fixture
def lanes() -> Lanes:
    lanes = Lanes(Image.new("RGB", (260, 100)), BOX, 2, BoardLook(), Measures(line=1, finish=2, gap=2))
    lanes.start([Image.new("RGBA", (30, 20), colour) for colour in ("red", "lime")])
    return lanes


def test_a_runner_that_moved_is_one_patch_from_its_old_place_to_the_new_one(lanes: Lanes) -> None:
    patch = lanes.move(0, 500)
    assert patch is not None
    assert (patch.left, patch.top, patch.picture.size) == (20, 12, (115, 20))
    assert lanes.move(0, 500) is None


@pytest.mark.parametrize("thousandths", [-100, 0, 1000, 5000])
def test_a_runner_stays_on_its_lane(lanes: Lanes, thousandths: int) -> None:
    lanes.move(1, 300)
    patch = lanes.move(1, thousandths)
    assert patch is not None
    assert patch.left >= BOX.left
    assert patch.left + patch.picture.width <= BOX.left + BOX.width
    assert patch.top >= BOX.top + BOX.height // 2


def test_a_runner_that_passes_by_begins_again_at_the_left_end(lanes: Lanes) -> None:
    lanes.start(lanes.runners, outside=True)
    assert [patch.left for patch in lanes.pass_by(0, 0.95)] == [BOX.left]
    right, left = lanes.pass_by(0, 1.1)
    assert right.left > left.left
    assert left.left == BOX.left


def test_runners_leave_room_between_the_lines(lanes: Lanes) -> None:
    assert lanes.runner_height == 36


def test_a_product_stands_beside_the_badge_and_nothing_beside_it_without_one() -> None:
    badge = Image.new("RGBA", (40, 40), "red")
    assert with_product(badge, None, 5) is badge
    both = with_product(badge, Image.new("RGB", (300, 100), "blue"), 5)
    assert (both.height, both.width) == (40, 40 + 5 + 80)
