from __future__ import annotations

from server.errors import Conflict, LiftcastError
from server.http.answers import error_json, retry_headers


class NotNow(LiftcastError):
    """The till is closed. Come back tomorrow."""

    retry_after_s = 0


def test_an_error_is_answered_with_its_code_its_message_and_its_remedy() -> None:
    answer = error_json(NotNow())
    assert answer == {
        "error": {"code": "not_now", "message": "The till is closed.", "remedy": "Come back tomorrow."},
    }


def test_words_in_any_script_are_answered_as_they_are() -> None:
    answer = error_json(Conflict("已核销", remedy="“明天” 再来 🍜"))
    assert answer["error"] == {"code": "conflict", "message": "已核销", "remedy": "“明天” 再来 🍜"}


def test_only_an_error_that_knows_it_says_when_to_come_back() -> None:
    assert retry_headers(NotNow()) == {"Retry-After": "0"}
    assert retry_headers(Conflict("no")) == {}
