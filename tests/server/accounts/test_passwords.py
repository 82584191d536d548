from __future__ import annotations

import pytest
from argon2 import extract_parameters

from server.accounts import passwords


def test_a_password_fits_its_own_hash_alone() -> None:
    kept = passwords.hash_password("three plain words")
    assert kept.startswith("$argon2id$")
    assert passwords.fits(kept, "three plain words")
    assert not passwords.fits(kept, "three plain word")


@pytest.mark.parametrize("kept", [None, "", "not a hash"])
def test_nothing_fits_where_there_is_no_password(kept: str | None) -> None:
    assert not passwords.fits(kept, "nobody has this password")


def test_a_look_for_nobody_costs_as_much_as_for_somebody() -> None:
    """Of the hash that stands for nobody and one that is made now, the parameters are the same."""
    somebody = extract_parameters(passwords.hash_password("three plain words"))
    assert extract_parameters(passwords.NOBODY) == somebody


def test_short_and_endless_passwords_are_refused() -> None:
    with pytest.raises(passwords.WeakPassword):
        passwords.hash_password("too short")
    with pytest.raises(passwords.LongPassword):
        passwords.hash_password("x" * 201)
