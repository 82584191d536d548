"""The media process: serves files by digest and takes all upload bodies, in threads, away from the hub."""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread
from time import sleep
from typing import IO, Any
from urllib.parse import unquote, urlsplit

from flask import Blueprint, Flask, Response, jsonify, request, send_file
from flask.typing import ResponseReturnValue
from gunicorn.app.base import BaseApplication
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import ClientDisconnected, HTTPException

from media.store import MediaStore, WrongDigest
from media.wire import ErrorAnswer, ErrorBody
from server import tables  # noqa: F401  a row's foreign keys are looked up among all tables
from server.accounts.audit import record
from server.accounts.keys import is_shut_out
from server.creatives.accept import DiskFull, RefusedMedia, ServerBusy
from server.creatives.accept_file import accept_file
from server.creatives.files import SHOWN_INLINE, any_mime, public_mime
from server.creatives.links import is_good_key
from server.creatives.models import Creative
from server.creatives.replace import replace_file
from server.creatives.tickets import Ticket, read_ticket
from server.db import make_engine, new_id, utc_now
from server.errors import Denied, LiftcastError, Missing
from server.settings import Settings
from server.watchdog import keep_watchdog
from server.web.bodies import body_cut_off, counted_body
from server.web.context import House, house, reading, transaction
from server.web.desk import desk_of

logger = logging.getLogger(__name__)

CHUNK = 1 << 18
FOR_EVER = "public, max-age=31536000, immutable"
FOR_ONE_READER = "private, max-age=86400"
PROXY_CACHED_S = 60  # then nginx asks again whether the file is still public
DRAINED_BYTES = 32 << 20
SILENT_S = 60  # a thread waits no longer for the next bytes of a phone that has left the building
WORKERS, THREADS = 2, 16

bp = Blueprint("media_files", __name__)


class NoSuchMedia(Missing):
    """There is no such file here. Fetch the timeline again; it names the files that exist."""


class UploaderShutOut(Denied):
    """Whoever was given this upload ticket may no longer come in. Ask an owner to be let in again."""


def create_media_app(settings: Settings) -> Flask:
    """The application of the media process."""
    app = Flask("server.web")
    app.extensions["liftcast"] = House(
        settings=settings,
        engine=make_engine(settings.database_url),
        store=MediaStore(settings.media_dir),
        ask_desk=desk_of(settings),
    )
    settings.work_dir.mkdir(parents=True, exist_ok=True)
    app.register_blueprint(bp)
    app.register_error_handler(LiftcastError, answer_error)
    app.register_error_handler(ClientDisconnected, answer_cut_off)
    app.register_error_handler(ParseException, answer_cut_off)
    app.register_error_handler(HTTPException, answer_http)
    app.register_error_handler(Exception, answer_unexpected)
    app.after_request(add_headers)
    return app


def run_media(settings: Settings) -> None:
    """Serve with gunicorn's threads until SIGTERM."""
    MediaServer(settings).run()


class MediaServer(BaseApplication):  # type: ignore[misc]
    """gunicorn with our settings instead of its own files and arguments."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        super().__init__()

    def load_config(self) -> None:
        options: dict[str, Any] = {
            "bind": [f"{self.settings.host}:{self.settings.media_port}"],
            "worker_class": "gthread",
            "workers": WORKERS,
            "threads": THREADS,
            "timeout": 60,
            "graceful_timeout": 10,
            "keepalive": 15,
            "when_ready": tell_ready,
            "loglevel": "warning",
            "control_socket_disable": True,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return create_media_app(self.settings)


def tell_ready(arbiter: Any) -> None:
    for listener in arbiter.LISTENERS:
        print(f"listening on {listener}", flush=True)  # noqa: T201  who started it waits for this line
    Thread(target=keep_watchdog, args=(sleep,), name="watchdog", daemon=True).start()


# --- files


@bp.get("/media/<digest>")
def media_file(digest: str) -> Response:
    """One file, whole or in ranges; it never changes, so it may be kept for ever.

    With `key`, a signed link: also a file that is not public.
    """
    path = _held(digest)
    signed = is_good_key(house().settings, digest, request.args.get("key", ""), now=utc_now())
    mime = _mime(digest, path, signed=signed)
    response = send_file(path, mimetype=mime, conditional=True, etag=digest, max_age=None)
    response.headers["Cache-Control"] = FOR_ONE_READER if signed else FOR_EVER
    response.headers["X-Accel-Expires"] = "0" if signed else str(PROXY_CACHED_S)
    response.headers["Content-Disposition"] = "inline" if mime in SHOWN_INLINE else "attachment"
    response.last_modified = None
    return response


def _held(digest: str) -> Path:
    try:
        path = house().store.path(digest)
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


# --- uploads


@bp.route("/uploads/<ticket>", methods=["PUT", "POST"])
def upload(ticket: str) -> ResponseReturnValue:
    """One file as the body; its name in `X-File-Name`, percent-encoded, a title in `X-Title` if there is one.

    Answers with the (first) creative; `creatives` are the ids of all, of a PDF one for each page.
    """
    settings = house().settings
    holder = holder_of(ticket)
    draft = settings.work_dir / f"upload-{new_id()}"
    try:
        receive(draft, most_bytes=settings.upload_limit_mb << 20)
        made = accept_from(holder, draft)
    finally:
        draft.unlink(missing_ok=True)
    ids, first = [creative.id for creative in made], made[0]
    logger.info("upload accepted creatives=%s kind=%s bytes=%d", ",".join(ids), first.kind, first.original_bytes)
    told = {"creative": first.id, "kind": first.kind, "state": first.state, "title": first.title, "creatives": ids}
    return jsonify(told), 201


def accept_from(holder: Ticket, draft: Path) -> list[Creative]:
    """The new creatives, or the creative whose file this one replaces."""
    name, by, now = header_text("X-File-Name"), holder.person_id, utc_now()
    store, settings = house().store, house().settings
    with transaction() as db:
        if not holder.replaces:
            return accept_file(
                db,
                store,
                path=draft,
                name=name,
                title=header_text("X-Title"),
                advertiser_id=holder.advertiser_id,
                venue_id=holder.venue_id,
                stands_ms=holder.stands_ms,
                by=by,
                now=now,
                settings=settings,
            )
        creative = replace_file(db, store, holder.replaces, path=draft, name=name, by=by, now=now, settings=settings)
        record(db, by, "creative replaced", creative.id, {"title": creative.title}, now=now)
        return [creative]


def header_text(name: str) -> str:
    """A header that is percent-encoded, or UTF-8 as it is: WSGI hands bytes over as Latin-1."""
    given = request.headers.get(name, "")
    with suppress(UnicodeError):
        given = given.encode("latin-1").decode()
    return unquote(given)


def holder_of(ticket: str) -> Ticket:
    """Who was let in an hour ago may be out by now."""
    holder = read_ticket(house().settings, ticket)
    with reading() as db:
        if is_shut_out(db, holder.person_id):
            raise UploaderShutOut
    return holder


def receive(draft: Path, *, most_bytes: int) -> None:
    """Stream the body to the disk: it ends where its header says, or is longer than allowed, or raises."""
    body = counted_body(silent_s=SILENT_S)
    if (request.content_length or 0) > most_bytes:
        _drain(body)
        raise RefusedMedia.too_large(most_bytes)
    try:
        with draft.open("xb") as file:
            _copy(body, file.write, most_bytes)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull from error
        raise


def _copy(body: IO[bytes], write: Callable[[bytes], object], most_bytes: int) -> None:
    taken = 0
    while chunk := body.read(CHUNK):
        taken += len(chunk)
        if taken > most_bytes:
            _drain(body)
            raise RefusedMedia.too_large(most_bytes)
        write(chunk)


def _drain(body: IO[bytes]) -> None:
    """Read on for a while, thrown away: a browser whose body is not read never sees the answer."""
    left = DRAINED_BYTES
    while left > 0 and (chunk := body.read(CHUNK)):
        left -= len(chunk)


# --- headers and errors


def add_headers(response: Response) -> Response:
    """Media is for everyone; uploads are for the console's page."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox"
    if request.path.startswith("/media/"):
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = "Content-Range, Content-Length, ETag"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    elif request.path.startswith("/uploads/"):
        response.headers["Access-Control-Allow-Origin"] = _origin(house().settings.public_url)
        response.headers["Access-Control-Allow-Methods"] = "PUT, POST, OPTIONS"
        response.headers["Access-Control-Allow-Headers"] = "Content-Type, X-File-Name, X-Title"
        response.headers["Access-Control-Max-Age"] = "3600"
        response.headers["Cache-Control"] = "no-store"
        response.headers["Vary"] = "Origin"
    return response


def answer_error(error: LiftcastError) -> ResponseReturnValue:
    body = ErrorBody(code=error.code, message=error.message, remedy=error.remedy)
    headers = {"Retry-After": "60"} if error.status == ServerBusy.status else {}
    return jsonify(ErrorAnswer(error=body).model_dump()), error.status, headers


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
    logger.error("request failed method=%s path=%s", request.method, request.path.split("/")[1], exc_info=error)
    return answer_error(LiftcastError())


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
