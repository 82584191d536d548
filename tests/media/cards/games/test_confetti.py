from __future__ import annotations

from itertools import pairwise

import pytest
from PIL import Image, ImageChops

from media.cards.games.confetti import EVERY_MS, FALL_MS, PIECES, Confetti

GROUND = "#102030"
COLOURS = ("#ff0000", "#00ff00")
WITHIN = (200, 180)


@pytest.fixture
def confetti() -> Confetti:
    return Confetti(Image.new("RGB", (300, 200), GROUND), WITHIN, COLOURS, seed=1)


def draw(picture: Image.Image, confetti: Confetti, elapsed_ms: float) -> None:
    for left, top, part in confetti.due(elapsed_ms):
        picture.paste(part, (left, top))


def test_it_falls_once_and_leaves_the_picture_as_it_was(confetti: Confetti) -> None:
    picture = confetti.picture.copy()
    for elapsed_ms in range(0, FALL_MS // 2, EVERY_MS):
        draw(picture, confetti, elapsed_ms)
    assert ImageChops.difference(picture, confetti.picture).getbbox()
    assert not confetti.is_over(FALL_MS // 2)
    draw(picture, confetti, FALL_MS + 1)
    assert not ImageChops.difference(picture, confetti.picture).getbbox()
    assert confetti.is_over(FALL_MS + 1)


def test_pieces_drawn_where_they_moved_look_as_if_all_were_drawn_anew(confetti: Confetti) -> None:
    other = Confetti(confetti.picture, WITHIN, COLOURS, seed=1)
    picture, expected = confetti.picture.copy(), confetti.picture.copy()
    for elapsed_ms in (500, 580, 900, 1500):
        draw(picture, confetti, elapsed_ms)
    draw(expected, other, 1500)
    assert not ImageChops.difference(picture, expected).getbbox()


def test_nothing_outside_its_area_is_drawn(confetti: Confetti) -> None:
    for elapsed_ms in range(0, FALL_MS, EVERY_MS):
        for left, top, part in confetti.due(elapsed_ms):
            assert min(left, top) >= 0
            assert left + part.width <= WITHIN[0]
            assert top + part.height <= WITHIN[1]


def test_a_frame_costs_at_most_a_patch_for_each_piece(confetti: Confetti) -> None:
    assert all(len(confetti.due(elapsed_ms)) <= PIECES for elapsed_ms in range(0, FALL_MS, EVERY_MS))


def test_the_same_seed_falls_the_same_way(confetti: Confetti) -> None:
    other = Confetti(confetti.picture, WITHIN, COLOURS, seed=1)
    assert [patch[:2] for patch in confetti.due(900)] == [patch[:2] for patch in other.due(900)]


def test_no_point_changes_its_brightness_more_than_three_times_a_second(confetti: Confetti) -> None:
    """WCAG 2.3.1: a flash is a pair of opposing changes. Pieces that cross cover far less than its limit."""
    picture, seen = confetti.picture.copy(), []
    for elapsed_ms in range(0, 1000, EVERY_MS):
        draw(picture, confetti, 1000 + elapsed_ms)
        seen.append(picture.convert("L"))
    changes = Image.new("L", picture.size)
    for before, after in pairwise(seen):
        changed = ImageChops.difference(before, after).point(lambda level: 1 if level > 25 else 0)
        changes = ImageChops.add(changes, changed)
    assert sum(changes.histogram()[7:]) < 0.001 * WITHIN[0] * WITHIN[1]
