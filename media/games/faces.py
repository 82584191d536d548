"""The animal and the colour that a player is given: nobody types a name, so no insult reaches the screen."""

from __future__ import annotations

from typing import NamedTuple

from media.wire.games import SeatFace

# Names as the pages translate them, and the emoji that draws them.
EMOJI = {
    "fox": "🦊",
    "panda": "🐼",
    "owl": "🦉",
    "frog": "🐸",
    "cat": "🐱",
    "lion": "🦁",
    "whale": "🐳",
    "bee": "🐝",
    "rabbit": "🐰",
    "tiger": "🐯",
    "penguin": "🐧",
    "turtle": "🐢",
    "dog": "🐶",
    "koala": "🐨",
    "duck": "🦆",
    "snail": "🐌",
    "mouse": "🐭",
    "bear": "🐻",
    "dolphin": "🐬",
    "ladybird": "🐞",
    "horse": "🐴",
    "zebra": "🦓",
    "parrot": "🦜",
    "octopus": "🐙",
    "goat": "🐐",
    "otter": "🦦",
    "swan": "🦢",
    "crab": "🦀",
    "camel": "🐫",
    "sloth": "🦥",
    "seal": "🦭",
    "butterfly": "🦋",
    "hedgehog": "🦔",
    "llama": "🦙",
    "peacock": "🦚",
    "squid": "🦑",
}
ANIMALS = tuple(EMOJI)
# Twelve colours. Nobody needs them: the animal alone identifies a player.
COLOURS = (
    *("#e6194b", "#3cb44b", "#ffe119", "#4363d8", "#f58231", "#911eb4"),
    *("#46f0f0", "#f032e6", "#bcf60c", "#fabebe", "#008080", "#9a6324"),
)
MOST_FACES = len(ANIMALS) * len(COLOURS)


class Face(NamedTuple):
    """One of `ANIMALS` in one of `COLOURS`."""

    animal: str
    colour: str


def shown_face(seat: int) -> SeatFace:
    """The face as a phone draws it."""
    face = face_of(seat)
    return SeatFace(animal=face.animal, emoji=EMOJI[face.animal], colour=face.colour)


def face_of(seat: int) -> Face:
    """Of the seats from 0 to `MOST_FACES` − 1 no two share a face; the first twelve share neither animal nor colour."""
    round_, animal = divmod(seat, len(ANIMALS))
    return Face(ANIMALS[animal], COLOURS[(animal + round_) % len(COLOURS)])
