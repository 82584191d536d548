"""Forms of pages: what is read of them, and what is shown when they are refused."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import pytest
from flask import Flask
from pydantic import BaseModel, Field, ValidationError
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from server.errors import Conflict, Denied, LiftcastError
from server.web.forms import Typed, answer_form, field_errors, json_body, read_query, typed_values


class Booking(BaseModel):
    name: str = Field(min_length=1, max_length=5)
    plays: int = Field(default=1, ge=1, lt=100)
    share: float = Field(default=1, gt=0, le=99.5)
    on: date | None = None
    pace: Literal["even", "asap"] = "even"
    targets: list[str] = Field(default=["all"], min_length=1)


class Away(LiftcastError):
    """The desk is away. Send it again."""

    status = 503
    retry_after_s = 7


def posted(speaking: Flask, data: dict[str, Any], done: Any = lambda form: form.name) -> Any:
    """The answer, and what the form shows again."""
    again: list[Typed] = []

    def show(typed: Typed) -> str:
        again.append(typed)
        return "again"

    with speaking.test_request_context(method="POST", data=data):
        return answer_form(Booking, done=done, again=show), again


def fails(error: LiftcastError) -> Any:
    def done(_form: Booking) -> str:
        raise error

    return done


def test_an_empty_field_was_not_filled_in_and_a_list_keeps_all_its_values(speaking: Flask) -> None:
    data = {"name": ["old", "new"], "plays": "  ", "tags[]": ["a", " ", "名"], "none[]": ""}
    with speaking.test_request_context(method="POST", data=data):
        assert typed_values() == {"name": "new", "tags": ["a", "名"], "none": []}


def test_a_form_that_is_right_is_done(speaking: Flask) -> None:
    assert posted(speaking, {"name": "名 🍜"}) == ("名 🍜", [])


def test_a_refused_form_shows_its_typed_values_but_no_password(speaking: Flask) -> None:
    secrets = {"password": "s3cret", "new_password": "s3cret", "present": "s3cret"}
    (_text, status), (typed,) = posted(speaking, {"plays": "many", **secrets})
    assert status == 422
    assert typed.values == {"plays": "many"}
    assert typed.errors.keys() == {"name", "plays"}


@pytest.mark.parametrize(
    ("error", "status", "retry"), [(Conflict("No."), 409, {}), (Away(), 503, {"Retry-After": "7"})]
)
def test_an_error_that_can_be_mended_shows_the_form_again(
    speaking: Flask, error: LiftcastError, status: int, retry: dict[str, str]
) -> None:
    (_text, code, headers), (typed,) = posted(speaking, {"name": "x"}, fails(error))
    assert (code, headers, typed.trouble) == (status, retry, error)


@pytest.mark.parametrize("error", [Denied("No."), LiftcastError("Broken.")])
def test_other_errors_have_a_page_of_their_own(speaking: Flask, error: LiftcastError) -> None:
    with pytest.raises(type(error)):
        posted(speaking, {"name": "x"}, fails(error))


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", None, "Fill this in."),
        ("name", "", "Fill this in."),
        ("name", "123456", "Type at most 5 characters."),
        ("plays", "0", "Choose 1 or more."),
        ("plays", "100", "Choose less than 100."),
        ("plays", "many", "Type a number."),
        ("plays", "1.5", "Type a number."),
        ("share", "0", "Choose more than 0."),
        ("share", "100", "Choose 99.5 or less."),
        ("on", "2026-02-30", "Choose a date and time that exist."),
        ("pace", "fast", "Choose one of the list."),
        ("targets", [], "Choose at least one."),
        ("targets", 7, "This cannot be used. Check what you typed."),
    ],
)
def test_each_fault_is_said_in_the_words_of_a_form(speaking: Flask, field: str, value: object, words: str) -> None:
    given = {"name": "x", field: value}
    with pytest.raises(ValidationError) as wrong:
        Booking.model_validate({name: value for name, value in given.items() if value is not None})
    with speaking.test_request_context():
        assert field_errors(wrong.value) == {field: words}


def test_a_query_leaves_empty_fields_out(speaking: Flask) -> None:
    with speaking.test_request_context("/?name=x&plays=&on=2026-03-02&unknown=y"):
        assert read_query(Booking) == Booking(name="x", on=date(2026, 3, 2))


@pytest.mark.parametrize("body", ['{"name": 5}', '{"name": "x", "plays": "5"}', '{"name": "x", "plays": true}', "[]"])
def test_a_body_is_read_strictly(speaking: Flask, body: str) -> None:
    sent = speaking.test_request_context(method="POST", data=body, content_type="application/json")
    with sent, pytest.raises(ValidationError):
        json_body(Booking)


def test_a_body_may_write_a_whole_number_with_a_point_and_its_letters_are_composed(speaking: Flask) -> None:
    body = '{"name": "e\\u0301", "plays": 5.0}'
    with speaking.test_request_context(method="POST", data=body, content_type="application/json"):
        assert json_body(Booking) == Booking(name="é", plays=5)


@pytest.mark.parametrize(
    ("body", "kind", "error"),
    [
        ("{", "application/json", BadRequest),
        ("", "application/json", BadRequest),
        ("{}", "text/plain", UnsupportedMediaType),
    ],
)
def test_a_body_that_is_no_json_is_refused(speaking: Flask, body: str, kind: str, error: type[Exception]) -> None:
    with speaking.test_request_context(method="POST", data=body, content_type=kind), pytest.raises(error):
        json_body(Booking)


def test_a_field_that_was_never_typed_is_empty() -> None:
    typed = Typed({"name": None, "n": 0, "one": "a", "many": (1, "b")})
    assert (typed["name"], typed["missing"], typed["n"]) == ("", "", 0)
    assert (typed.all("one"), typed.all("many"), typed.all("name")) == (["a"], ["1", "b"], [])
