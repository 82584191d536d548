"""A screen's fields that are written as text: by a person in a form, and in the cells of a table."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from server.errors import Invalid
from server.screens.forms import NotWholeNumber, NotYesNo, ScreenFields, WrittenScreenFields, read_field
from server.screens.models import ScreenKind


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("kind", "Elevator", ScreenKind.CAR),
        ("kind", "大堂", ScreenKind.LOBBY),
        ("kind", "roof", "roof"),
        ("tags", "North; tower-a,,、east，", ["North", "tower-a", "east"]),
        ("tags", " ", []),
        ("width", "1920.00", 1920),
        ("sound", "YES", True),
        ("strip", "否", False),
        ("multipliers", "0.5, 2 3；1e1", [0.5, 2.0, 3.0, 10.0]),
        ("bank", "1920", "1920"),
    ],
)
def test_a_written_field_is_read(name: str, text: str, value: object) -> None:
    assert read_field(name, text) == value


@pytest.mark.parametrize(
    ("name", "text", "error"),
    [
        ("width", "1920.5", NotWholeNumber),
        ("width", "1_920", NotWholeNumber),
        ("height", "-1080", NotWholeNumber),
        ("height", "1234567890", NotWholeNumber),
        ("sound", "loud", NotYesNo),
        ("sound", "", NotYesNo),
    ],
)
def test_a_field_that_cannot_be_read_is_refused(name: str, text: str, error: type[Invalid]) -> None:
    with pytest.raises(error):
        read_field(name, text)


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("width", "wide", "int_parsing"),
        ("height", "15", "greater_than_equal"),
        ("kind", "roof", "enum"),
        ("strip", "perhaps", "bool_parsing"),
        ("multipliers", "0.5, many", "value_error"),
    ],
)
def test_a_form_refuses_unreadable_text_in_the_words_of_its_type(name: str, text: str, kind: str) -> None:
    with pytest.raises(ValidationError) as refused:
        WrittenScreenFields.model_validate({name: text})
    assert [(detail["loc"], detail["type"]) for detail in refused.value.errors()] == [((name,), kind)]


def test_a_form_and_a_message_with_the_same_fields_are_equal() -> None:
    written = {"kind": "lobby", "tags": "north, east", "width": "1080", "strip": "no", "multipliers": "0.5 2"}
    sent = {"kind": "lobby", "tags": ["north", "east"], "width": 1080, "strip": False, "multipliers": [0.5, 2.0]}
    assert WrittenScreenFields.model_validate(written).model_dump() == ScreenFields.model_validate(sent).model_dump()


def test_only_a_form_reads_text_as_a_list() -> None:
    with pytest.raises(ValidationError):
        ScreenFields.model_validate({"tags": "north, east"})
