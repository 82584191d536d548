from __future__ import annotations

from media.games.faces import ANIMALS, COLOURS, MOST_FACES, face_of


def test_no_two_seats_look_alike() -> None:
    assert len({face_of(seat) for seat in range(MOST_FACES)}) == MOST_FACES
    assert len(set(ANIMALS)) == len(ANIMALS)


def test_the_first_twelve_share_neither_animal_nor_colour() -> None:
    animals, colours = zip(*map(face_of, range(12)), strict=True)
    assert (len(set(animals)), set(colours)) == (12, set(COLOURS))
