from __future__ import annotations

from typing import get_args

import pytest

from media.wire.timeline import Kind
from server.creatives.kinds import BOOKED, KINDS
from server.creatives.render.renditions import MAKERS
from server.web.console import words


def test_the_files_of_every_kind_have_a_maker() -> None:
    assert set(MAKERS) == set(KINDS)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_has_a_name_in_the_console_and_is_known_on_the_wire(kind: str) -> None:
    assert kind in words.KINDS
    assert (KINDS[kind].wire or kind) in get_args(Kind)


def test_emergency_texts_and_cards_of_buildings_are_not_booked() -> None:
    assert set(KINDS) - set(BOOKED) == {"emergency", "building"}
