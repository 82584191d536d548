"""The operators' API: its blueprint, and how its answers are written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from server.paging import MOST_PER_PAGE, Page, PageRequest
from server.web.forms import json_body as json_body  # for the views of this folder
from server.web.forms import read_query as read_query
from server.web.paging import page_address

bp = Blueprint("operator_api", __name__, url_prefix="/api/v1")

Shape = TypeVar("Shape", bound=BaseModel)


class Body(BaseModel):
    """The body of a request: an unknown field is refused, not ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Out(BaseModel):
    """The body of an answer, made from rows."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class ListQuery(PageRequest, Body):
    """The query of every list: `next` of an answer is the address of the page that follows."""

    per_page: int = Field(100, ge=1, le=MOST_PER_PAGE)


class ArchivedQuery(ListQuery):
    """archived: what is archived, instead of what is in use"""

    archived: bool = False


def one(shape: type[BaseModel], row: Any, status: int = 200) -> ResponseReturnValue:
    return jsonify(shape.model_validate(row).model_dump(mode="json")), status


def paged(name: str, shape: type[BaseModel], page: Page[Any]) -> ResponseReturnValue:
    """One page of a list, how long the list is, and where it goes on."""
    rows = [shape.model_validate(row).model_dump(mode="json") for row in page]
    return jsonify({name: rows, "total": page.total, "next": page_address(page.next)})


def many(name: str, shape: type[BaseModel], rows: Iterable[Any]) -> ResponseReturnValue:
    return jsonify({name: [shape.model_validate(row).model_dump(mode="json") for row in rows]})
