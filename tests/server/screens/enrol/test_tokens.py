from __future__ import annotations

import hashlib

import pytest

from server.errors import LiftcastError
from server.screens.enrol.tokens import TokenRevoked, UnknownToken, token_hash
from server.screens.players import player_of_token
from tests.factories import make_player, make_screen


@pytest.mark.parametrize("token", ["", "t" * 43, "t" * 1_000_000, "ключ", "钥匙🔑", "a b\x00\n"])
def test_a_token_is_hashed_as_its_bytes_in_utf_8_as_a_box_does(token: str) -> None:
    assert token_hash(token) == hashlib.sha256(token.encode("utf-8")).hexdigest()


def test_tokens_that_differ_by_a_space_a_case_or_a_normal_form_have_other_hashes() -> None:
    tokens = ["token", "Token", "token ", " token", "token\x00", "toke\u0301n", "tok\u00e9n"]
    assert len({token_hash(token) for token in tokens}) == len(tokens)


@pytest.mark.parametrize("token", ["\udce9", "t\ud800", "\udcff" * 43])
def test_a_header_that_is_no_utf_8_is_an_unknown_token(db, token):
    """Its bytes arrive as halves of surrogate pairs."""
    make_player(db, screen=make_screen(db))
    with pytest.raises(UnknownToken):
        player_of_token(db, token)


@pytest.mark.parametrize("error", [UnknownToken, TokenRevoked])
def test_a_box_without_a_valid_token_is_refused_with_a_remedy(error: type[LiftcastError]) -> None:
    assert (error().status, error().message[-1], "nrol" in error().remedy) == (401, ".", True)
