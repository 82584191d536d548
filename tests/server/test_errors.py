from __future__ import annotations

from server.errors import Conflict


class ScreenSoldOut(Conflict):
    """These screens have too few free slots
    in that flight. Choose other dates, more screens or fewer plays."""


def test_the_docstring_is_the_message_and_the_remedy() -> None:
    error = ScreenSoldOut()
    assert error.message == "These screens have too few free slots in that flight."
    assert error.remedy == "Choose other dates, more screens or fewer plays."
    assert (error.code, error.status) == ("screen_sold_out", 409)
