from __future__ import annotations

import pytest

from media.cards.games.board import GameWords
from media.cards.games.kinds import frames_for, poster_of
from media.games.phases import phases_of
from media.wire.games import GameKind, Phrase
from media.wire.timeline import GameCard, OfferCard

PRIZE = OfferCard(id="offer", merchant="Noodle Bar", title="Noodles", terms="", presence=True)
SIZE = (640, 360)


def card(kind: GameKind) -> GameCard:
    phases = phases_of(0, 20_000)
    return GameCard(
        kind=kind,
        call=Phrase(zh="来玩", en="Play"),
        play_after_ms=phases.play_ms,
        result_after_ms=phases.result_ms,
        prize=PRIZE,
    )


@pytest.mark.parametrize("kind", GameKind)
def test_every_kind_has_a_poster_and_a_board_that_begins_whole(kind: GameKind) -> None:
    assert poster_of(kind, GameWords("Play"), language="en", size=SIZE).size == SIZE
    frames = frames_for(card(kind), phases_of(0, 20_000), link="https://a.example/s/A", size=SIZE, language="en")
    [whole, *_runners] = frames.due(0)
    assert whole.picture.size == SIZE
    assert 0 < frames.next_ms(0) <= 1000
