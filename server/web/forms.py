"""Forms of pages: parsed by a pydantic class; typed values stay in a form that is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask import request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from media import strict_json
from server.errors import Denied, Invalid, LiftcastError
from server.http.answers import retry_headers
from server.web.unicode import to_nfc
from server.web.words.language import say as _
from server.web.words.language import say_many as _n

Form = TypeVar("Form", bound=BaseModel)

# A temporary failure: the form is shown again with its values, to be sent again.
COMES_BACK = 503


@dataclass(frozen=True)
class Typed:
    """The content of a form: values and errors by field, and the error of the whole form."""

    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    trouble: LiftcastError | None = None

    def __getitem__(self, name: str) -> Any:
        value = self.values.get(name, "")
        return "" if value is None else value

    def all(self, name: str) -> list[str]:
        """Every value of a field that may be chosen several times, as text."""
        value = self.values.get(name) or []
        return [str(item) for item in value] if isinstance(value, list | tuple | set) else [str(value)]


def answer_form(
    form_class: type[Form],
    *,
    done: Callable[[Form], ResponseReturnValue],
    again: Callable[[Typed], str],
    read: Callable[[], dict[str, Any]] | None = None,
) -> ResponseReturnValue:
    """Parse the fields, as `read` returns them, and call `done`; or show the form again with its values and errors."""
    try:
        return done(form_class.model_validate(read() if read else typed_values()))
    except ValidationError as error:
        return again(Typed(shown_values(), field_errors(error))), Invalid.status
    except LiftcastError as error:
        if isinstance(error, Denied) or (error.status >= 500 and error.status != COMES_BACK):
            raise
        return again(Typed(shown_values(), trouble=error)), error.status, retry_headers(error)


def typed_values() -> dict[str, Any]:
    """One value by field; an empty field was not filled in. Fields named `…[]` keep all their values."""
    values: dict[str, Any] = {}
    for name, given in request.form.lists():
        if name.endswith("[]"):
            values[name[:-2]] = [text for text in given if text.strip()]
        elif given[-1].strip():
            values[name] = given[-1]
    return values


def read_query(form_class: type[Form]) -> Form:
    """The query of the address; empty fields are left out."""
    return form_class.model_validate({name: value for name, value in request.args.items() if value})


def json_body(form_class: type[Form]) -> Form:
    """The JSON body, strictly: a number is no text and false is no number, as the published schema says.

    Raises ValidationError, and BadRequest or UnsupportedMediaType if the body is no JSON.
    """
    request.get_json()
    values = to_nfc(strict_json.loads(request.get_data(), parse_float=_number))
    return form_class.model_validate_json(json.dumps(values), strict=True)


def _number(text: str) -> int | float:
    """JSON Schema (draft 2020-12, section 6.1.1) counts 10.0 as an integer."""
    number = float(text)
    return int(number) if number.is_integer() else number


def shown_values() -> dict[str, Any]:
    """The values to be shown again as they were typed; never a password."""
    return {name: value for name, value in typed_values().items() if "password" not in name and name != "present"}


def field_errors(error: ValidationError) -> dict[str, str]:
    found: dict[str, str] = {}
    for detail in error.errors():
        found.setdefault(str(detail["loc"][0]) if detail["loc"] else "", field_error(detail))
    return found


def field_error(error: ErrorDetails) -> str:
    """Pydantic's finding in the words of a form."""
    facts = error.get("ctx", {})
    match error["type"]:
        case "missing" | "string_too_short" if not facts or facts.get("min_length") == 1:
            return _("Fill this in.")
        case "string_too_short":
            return _n("Type at least %(num)s character.", "Type at least %(num)s characters.", facts["min_length"])
        case "string_too_long":
            return _n("Type at most %(num)s character.", "Type at most %(num)s characters.", facts["max_length"])
        case "greater_than_equal":
            return _("Choose %(least)s or more.", least=_short(facts["ge"]))
        case "greater_than":
            return _("Choose more than %(least)s.", least=_short(facts["gt"]))
        case "less_than_equal":
            return _("Choose %(most)s or less.", most=_short(facts["le"]))
        case "less_than":
            return _("Choose less than %(most)s.", most=_short(facts["lt"]))
        case "too_short":
            return _("Choose at least one.")
        case "int_parsing" | "float_parsing" | "int_from_float" | "decimal_parsing":
            return _("Type a number.")
        case kind if kind.startswith(("date", "time")):
            return _("Choose a date and time that exist.")
        case "enum" | "literal_error":
            return _("Choose one of the list.")
        case "string_pattern_mismatch":
            return _("This is not written as it should be. Check it for typing mistakes.")
        case "value_error":
            return _(str(facts["error"]))
    return _("This cannot be used. Check what you typed.")


def _short(bound: Any) -> Any:
    """1 and not 1.0, where a field takes fractions."""
    return f"{bound:g}" if isinstance(bound, float) else bound
