"""The media process: serves files by digest and takes all upload bodies (uploads.py), away from the hub."""

from __future__ import annotations

import logging
from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, jsonify, request, send_file
from flask.typing import ResponseReturnValue
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import ClientDisconnected, HTTPException
from werkzeug.wsgi import wrap_file

from media.games import package
from media.phone.game_files import send_game_file
from media.store import MediaStore, WrongDigest
from media.wire.errors import ErrorAnswer, ErrorBody
from server import tables  # noqa: F401  a row's foreign keys are looked up among all tables
from server.context import Services, reading, services
from server.creatives.files import SHOWN_INLINE, any_mime, public_mime
from server.creatives.links import is_good_key
from server.db import make_engine, utc_now
from server.errors import LiftcastError, Missing
from server.files import resumable, uploads
from server.files.answer_buffer import PartOfFile
from server.files.upload_places import UploadPlaces
from server.http.answers import error_json, retry_headers
from server.http.availability_client import availability_client
from server.http.bodies import body_cut_off
from server.http.https import require_https
from server.http.proxies import trust_proxies
from server.runtime.disk import DiskFull, is_disk_full
from server.settings import Settings

logger = logging.getLogger(__name__)

FOR_EVER = "public, max-age=31536000, immutable"
FOR_ONE_READER = "private, max-age=86400"
RESUMED_HEADERS = f"Location, Tus-Resumable, Upload-Offset, Upload-Length, {resumable.MADE}"
UPLOAD_HEADERS = "Content-Type, X-File-Name, X-Title, Tus-Resumable, Upload-Length, Upload-Offset, Upload-Metadata"
PROXY_CACHED_S = 60  # then nginx asks again whether the file is still public

bp = Blueprint("media_files", __name__)


class NoSuchMedia(Missing):
    """There is no such file here. Fetch the timeline again; it names the files that exist."""


def create_media_app(settings: Settings) -> Flask:
    """The application of the media process."""
    app = Flask("server.files")
    app.extensions["liftcast"] = Services(
        settings=settings,
        # Bytes that came over a slow line are worth a longer wait than a tap.
        engine=make_engine(settings.database_url),
        store=MediaStore(settings.media_dir),
        query_availability=availability_client(settings),
    )
    app.extensions["upload_places"] = UploadPlaces()
    settings.work_dir.mkdir(parents=True, exist_ok=True)
    trust_proxies(app, settings)
    app.register_blueprint(bp)
    app.register_blueprint(uploads.bp)
    app.register_blueprint(resumable.bp)
    app.register_error_handler(LiftcastError, answer_error)
    app.register_error_handler(ClientDisconnected, answer_cut_off)
    app.register_error_handler(ParseException, answer_cut_off)
    app.register_error_handler(HTTPException, answer_http)
    app.register_error_handler(Exception, answer_unexpected)
    app.after_request(add_headers)
    return app


# --- files


@bp.get("/media/<digest>")
def media_file(digest: str) -> Response:
    """One file, whole or in ranges; it never changes, so it may be kept for ever.

    With `key`, a signed link: also a file that is not public.
    """
    path = _held(digest)
    signed = is_good_key(services().settings, digest, request.args.get("key", ""), now=utc_now())
    mime = _mime(digest, path, signed=signed)
    response = send_file(path, mimetype=mime, conditional=True, etag=digest, max_age=None)
    response.headers["Cache-Control"] = FOR_ONE_READER if signed else FOR_EVER
    response.headers["X-Accel-Expires"] = "0" if signed else str(PROXY_CACHED_S)
    response.headers["Content-Disposition"] = "inline" if mime in SHOWN_INLINE else "attachment"
    response.last_modified = None
    _seek_range(response, path)
    return response


@bp.get("/media/<digest>/<path:name>")
def game_file(digest: str, name: str) -> Response:
    """A file of a custom game, in the sandbox in which games run."""
    path, media_url = _held(digest), services().settings.media_url
    is_package = _mime(digest, path, signed=False) == package.MIME
    response = send_game_file(path, name, folder=f"{media_url}/media/{digest}/", etag=digest) if is_package else None
    if response is None:
        raise NoSuchMedia
    response.headers["X-Accel-Expires"] = str(PROXY_CACHED_S)
    return response


def _seek_range(response: Response, path: Path) -> None:
    """A part of a file is sent like a whole one. The framework's own way would read all that is before it."""
    if response.status_code == 206 and request.method == "GET":
        response.close()
        start, length = response.content_range.start or 0, response.content_length or 0
        response.response = wrap_file(request.environ, PartOfFile(path, start=start, length=length))


def _held(digest: str) -> Path:
    try:
        path = services().store.path(digest)
    except WrongDigest:
        raise NoSuchMedia from None
    if not path.is_file():
        raise NoSuchMedia
    return path


def _mime(digest: str, path: Path, *, signed: bool) -> str:
    with reading() as db:
        mime = any_mime(db, digest, path) if signed else public_mime(db, digest, path)
    if mime is None:
        raise NoSuchMedia
    return mime


# --- headers and errors


def add_headers(response: Response) -> Response:
    """Media is for everyone; uploads are for the console's page."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    require_https(response, services().settings)
    response.headers.setdefault("Content-Security-Policy", "sandbox")
    if request.path.startswith("/media/"):
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = "Content-Range, Content-Length, ETag"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    elif request.path.startswith("/uploads/"):
        response.headers["Access-Control-Allow-Origin"] = _origin(services().settings.public_url)
        response.headers["Access-Control-Allow-Methods"] = "PUT, POST, HEAD, PATCH, OPTIONS"
        response.headers["Access-Control-Allow-Headers"] = UPLOAD_HEADERS
        response.headers["Access-Control-Expose-Headers"] = RESUMED_HEADERS
        response.headers["Access-Control-Max-Age"] = "3600"
        response.headers["Cache-Control"] = "no-store"
        response.headers["Vary"] = "Origin"
    return response


def answer_error(error: LiftcastError) -> ResponseReturnValue:
    return jsonify(error_json(error)), error.status, retry_headers(error)


def answer_cut_off(error: ClientDisconnected | ParseException) -> ResponseReturnValue:
    return answer_error(body_cut_off(error))


def answer_http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error
    body = ErrorBody(code=error.name.lower().replace(" ", "_"), message=error.description or error.name)
    response = error.get_response()
    response.data = ErrorAnswer(error=body).model_dump_json()
    response.content_type = "application/json"
    return response


def answer_unexpected(error: Exception) -> ResponseReturnValue:
    if is_disk_full(error):
        return answer_error(DiskFull())
    logger.error("request failed method=%s path=%s", request.method, request.path.split("/")[1], exc_info=error)
    return answer_error(LiftcastError())


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
