"""The operators' API: its blueprint, and how its answers are written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict

from server.web.forms import asked as asked  # handed on to the views of this room

bp = Blueprint("operator_api", __name__, url_prefix="/api/v1")

Shape = TypeVar("Shape", bound=BaseModel)


class Body(BaseModel):
    """What comes in: a field that nobody knows is told, not swallowed."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Out(BaseModel):
    """What goes out, made from rows."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


def body(shape: type[Shape]) -> Shape:
    return shape.model_validate(request.get_json())


def one(shape: type[BaseModel], row: Any, status: int = 200) -> ResponseReturnValue:
    return jsonify(shape.model_validate(row).model_dump(mode="json")), status


def many(name: str, shape: type[BaseModel], rows: Iterable[Any]) -> ResponseReturnValue:
    return jsonify({name: [shape.model_validate(row).model_dump(mode="json") for row in rows]})
