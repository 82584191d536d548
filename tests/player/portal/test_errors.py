from __future__ import annotations

from collections.abc import Callable

import pytest

from player.portal import errors
from player.portal.errors import PortalError

MADE: list[tuple[Callable[[], PortalError], int]] = [
    (errors.no_screen, 404),
    (errors.no_internet, 503),
    (errors.lease_used_up, 409),
    (errors.already_claimed, 409),
    (errors.key_reused, 422),
    (errors.too_many_new_phones, 429),
    (errors.starting, 503),
]


@pytest.mark.parametrize(("make", "status"), MADE)
def test_an_error_says_what_happened_and_what_to_do(make: Callable[[], PortalError], status: int) -> None:
    error = make()
    assert (error.status, str(error)) == (status, error.body.code)
    assert (error.body.message[-1], error.body.remedy[-1]) == (".", ".")


def test_each_error_has_a_code_of_its_own() -> None:
    assert len({make().body.code for make, _ in MADE}) == len(MADE)


def test_what_passes_by_itself_says_when_to_try_again() -> None:
    assert [make().retry_after for make, _ in MADE if make().status == 503] == ["10", "5"]
