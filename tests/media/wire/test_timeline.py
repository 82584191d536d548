from __future__ import annotations

import pytest
from pydantic import ValidationError

from media.wire.games import GameKind, Phrase
from media.wire.timeline import GameCard, GameLook, Item, MediaRef, PhoneItem
from tests.player.timelines import a_timeline, an_item, digest_of


def test_a_media_file_that_several_items_show_is_held_once() -> None:
    manifest = a_timeline(["a"], house=["h"], items=[an_item("again", digest=digest_of("a"))]).manifest
    assert {digest: ref.bytes for digest, ref in manifest.media().items()} == {
        digest_of("a"): 1000,
        digest_of("h"): 1000,
    }


def test_a_player_holds_the_pictures_of_a_game_too() -> None:
    look = GameLook(
        logo=MediaRef(digest="a" * 64, mime="image/webp", bytes=5),
        background=MediaRef(digest="b" * 64, mime="image/webp", bytes=6),
    )
    card = GameCard(kind=GameKind.RACE, call=Phrase(en="Run"), play_after_ms=1, result_after_ms=2, look=look)
    item = an_item("g").model_copy(update={"phone": PhoneItem(game=card)})
    assert [ref.digest for ref in item.screen_media()] == [digest_of("g"), "a" * 64, "b" * 64]
    assert set(a_timeline(["g"], items=[item]).manifest.media()) >= {"a" * 64, "b" * 64}


@pytest.mark.parametrize("length_ms", [0, -1])
def test_an_item_without_a_length_is_no_item(length_ms: int) -> None:
    with pytest.raises(ValidationError):
        Item.model_validate({**an_item("a").model_dump(), "length_ms": length_ms})
