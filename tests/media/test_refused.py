from __future__ import annotations

import pytest

from media.refused import Refused, not_media, too_long, truncated, unreadable


@pytest.mark.parametrize("refused", [truncated(), not_media(), too_long(61_999, 60), unreadable("The film")])
def test_a_refusal_says_what_is_wrong_and_what_to_do(refused: Refused) -> None:
    assert refused.code.isidentifier()
    assert str(refused) == refused.message
    assert (refused.message[-1], refused.remedy[-1]) == (".", ".")


def test_a_length_is_said_in_whole_seconds() -> None:
    assert "61 seconds, longer than the 60 allowed" in too_long(61_999, 60).message


@pytest.mark.parametrize(
    ("names", "said"),
    [((), ""), (("unknown", "none"), ""), (("0x31", "h265"), " (0x31)"), (("a-b", "prores"), " (prores)")],
)
def test_a_format_is_named_if_a_person_could_look_it_up(names: tuple[str, ...], said: str) -> None:
    assert unreadable("The film", *names).message == f"The film is in a format{said} that cannot be read here."
