"""How errors leave the house: JSON with code, message and remedy for programs, a page for people."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, current_app, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from pydantic import ValidationError
from sqlalchemy.exc import DataError
from werkzeug.exceptions import ClientDisconnected, HTTPException, InternalServerError

from media.wire.errors import ErrorAnswer, ErrorBody
from server.db.errors import DatabaseUnavailable
from server.errors import Invalid, LiftcastError
from server.http.answers import retry_headers
from server.http.bodies import body_cut_off
from server.runtime.disk import DiskFull, is_disk_full

logger = logging.getLogger(__name__)

OWN_HEADERS = ("Content-Type", "Content-Length")


class WebApp(Flask):
    """Logs no path: it may hold a token. `answer_unexpected` logs the endpoint."""

    def log_exception(self, exc_info: Any) -> None:
        pass


def install_error_answers(app: Flask) -> None:
    app.register_error_handler(LiftcastError, answer_error)
    app.register_error_handler(ValidationError, answer_invalid)
    app.register_error_handler(DataError, answer_unusable)
    app.register_error_handler(OverflowError, answer_unusable)
    app.register_error_handler(ClientDisconnected, answer_cut_off)
    app.register_error_handler(HTTPException, answer_http)
    app.register_error_handler(InternalServerError, answer_failed_answer)
    app.register_error_handler(Exception, answer_unexpected)
    app.after_request(name_retry_time)


def answer_error(error: LiftcastError) -> tuple[Response | str, int, dict[str, str]]:
    body, status = _answer(error.code, error.message, error.remedy, error.status, retry_after_s=error.retry_after_s)
    return body, status, retry_headers(error)


def name_retry_time(response: Response) -> Response:
    """A page that shows the error beside its form answers 503 by itself, and knows no header."""
    if response.status_code == DatabaseUnavailable.status:
        response.headers.setdefault("Retry-After", str(DatabaseUnavailable.retry_after_s))
    return response


def answer_invalid(error: ValidationError) -> tuple[Response | str, int]:
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"])) or "the body"
    return _answer("invalid", f"{where}: {first['msg']}.", Invalid().remedy, Invalid.status)


def answer_unusable(_error: DataError | OverflowError) -> ResponseReturnValue:
    """PostgreSQL takes no NUL in a text, and no number that is too large; SQLite's driver says the latter as Python."""
    return answer_error(Invalid())


def answer_cut_off(error: ClientDisconnected) -> ResponseReturnValue:
    return answer_error(body_cut_off(error))


def answer_http(error: HTTPException) -> Response | HTTPException:
    if error.code is None or error.code < 400:
        return error
    body, status = _answer(error.name.lower().replace(" ", "_"), error.description or error.name, "", error.code)
    answer = make_response(body, status)
    for name, value in error.get_headers():
        if name not in OWN_HEADERS:  # Allow, Retry-After, WWW-Authenticate …
            answer.headers[name] = value
    return answer


def answer_unexpected(error: BaseException) -> ResponseReturnValue:
    """By endpoint and never by path: a path may hold a token."""
    if is_disk_full(error):
        logger.error("request failed, for the disk is full method=%s endpoint=%s", request.method, request.endpoint)
        return answer_error(DiskFull())
    logger.error("request failed method=%s endpoint=%s", request.method, request.endpoint, exc_info=error)
    return answer_error(LiftcastError())


def answer_failed_answer(error: InternalServerError) -> ResponseReturnValue:
    """A blueprint's answer to an error failed itself, for example because its page could not be read from the database.
    Flask hands such an error to no other handler than this one."""
    cause = error.original_exception
    if isinstance(cause, LiftcastError):
        return answer_error(cause)
    return answer_unexpected(cause if isinstance(cause, Exception) else error)


def _answer(
    code: str, message: str, remedy: str, status: int, *, retry_after_s: int | None = None
) -> tuple[Response | str, int]:
    body = ErrorBody(code=code, message=message, remedy=remedy)
    if _answers_json():
        return jsonify(ErrorAnswer(error=body).model_dump()), status
    return _page(body, status, retry_after_s), status


def _page(body: ErrorBody, status: int, retry_after_s: int | None) -> str:
    """The page for the person who is signed in; without their name and menu while nobody can look them up."""
    try:
        return render_template("error.html", error=body, status=status, retry_after_s=retry_after_s)
    except DatabaseUnavailable:
        return current_app.jinja_env.get_template("unavailable.html").render(error=body, status=status)


def _answers_json() -> bool:
    return request.path.startswith("/api/") or not request.accept_mimetypes.accept_html
