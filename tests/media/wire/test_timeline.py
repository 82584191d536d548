from __future__ import annotations

import pytest
from pydantic import ValidationError

from media.wire.timeline import Item
from tests.player.timelines import a_timeline, an_item, digest_of


def test_a_media_file_that_several_items_show_is_held_once() -> None:
    manifest = a_timeline(["a"], house=["h"], items=[an_item("again", digest=digest_of("a"))]).manifest
    assert {digest: ref.bytes for digest, ref in manifest.media().items()} == {
        digest_of("a"): 1000,
        digest_of("h"): 1000,
    }


@pytest.mark.parametrize("length_ms", [0, -1])
def test_an_item_without_a_length_is_no_item(length_ms: int) -> None:
    with pytest.raises(ValidationError):
        Item.model_validate({**an_item("a").model_dump(), "length_ms": length_ms})
