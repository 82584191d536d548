from __future__ import annotations

import pytest
from argon2 import extract_parameters

from server.accounts import passwords


def test_a_password_fits_its_own_hash_alone() -> None:
    stored = passwords.hash_password("three plain words")
    assert stored.startswith("$argon2id$")
    assert passwords.fits(stored, "three plain words")
    assert not passwords.fits(stored, "three plain word")


@pytest.mark.parametrize("stored", [None, "", "not a hash"])
def test_nothing_fits_where_there_is_no_password(stored: str | None) -> None:
    assert not passwords.fits(stored, "nobody has this password")


def test_a_look_for_nobody_costs_as_much_as_for_somebody() -> None:
    """The hash that is checked for an unknown address has the parameters of one that is made now."""
    somebody = extract_parameters(passwords.hash_password("three plain words"))
    assert extract_parameters(passwords.NOBODY) == somebody


def test_short_and_endless_passwords_are_refused() -> None:
    with pytest.raises(passwords.WeakPassword):
        passwords.hash_password("too short")
    with pytest.raises(passwords.LongPassword):
        passwords.hash_password("x" * 201)
