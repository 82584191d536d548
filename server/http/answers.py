"""Errors as JSON answers: code, message and remedy."""

from __future__ import annotations

from media.wire.errors import ErrorAnswer, ErrorBody
from server.errors import LiftcastError


def error_json(error: LiftcastError) -> dict[str, object]:
    """The body that every program reads."""
    body = ErrorBody(code=error.code, message=error.message, remedy=error.remedy)
    return ErrorAnswer(error=body).model_dump()


def retry_headers(error: LiftcastError) -> dict[str, str]:
    """When the client may send its request again, where the error says so."""
    return {} if error.retry_after_s is None else {"Retry-After": str(error.retry_after_s)}
