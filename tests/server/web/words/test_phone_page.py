"""The phone page has a sentence in both languages for each refusal that a person can get for a claim.

Covers: media.phone.words
"""

from __future__ import annotations

import json
import re

import pytest

from media.phone.words import WORDS
from server.errors import LiftcastError
from tests.server.web.words.test_language import kinds_of_error

# Refusals of a claim, or of a seat in a game, except those that only a faulty program gets.
REFUSALS = (
    "already_claimed",
    "claims_busy",
    "code_used_up",
    "game_at_box",
    "game_full",
    "game_full_here",
    "game_not_open",
    "game_under_way",
    "no_such_offer",
    "no_such_screen_code",
    "offer_not_open",
    "offer_not_shown_here",
    "offer_sold_out",
    "presence_asked",
    "screen_is_off",
    "screen_used_up",
    "too_many_new_phones",
    "too_many_tries",
)

# The page's own words: for no connection, for an answer of 5xx, and for any other refusal.
OF_THE_PAGE = {"trouble_offline", "trouble_busy", "trouble_other"}
# The refusals of a box.
OF_A_BOX = {"trouble_lease_used_up", "trouble_game_plays_already"}


@pytest.mark.parametrize("code", [*REFUSALS, "lease_used_up", "game_plays_already"])
def test_every_refusal_is_explained_in_both_languages(code: str) -> None:
    words = json.loads(WORDS.read_text(encoding="utf-8"))
    assert words["en"][f"trouble_{code}"]
    assert re.search(r"[\u4e00-\u9fff]", words["zh"][f"trouble_{code}"])


def test_each_of_these_refusals_is_an_error_of_the_server() -> None:
    codes = {kind.__new__(kind).code for kind in kinds_of_error() if kind.code is LiftcastError.code}
    explained = {word for word in json.loads(WORDS.read_text(encoding="utf-8"))["en"] if word.startswith("trouble_")}
    assert explained - OF_THE_PAGE - OF_A_BOX == {f"trouble_{code}" for code in REFUSALS}
    assert codes >= set(REFUSALS)
