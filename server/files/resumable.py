"""Uploads that can be resumed, by the tus protocol 1.0.0 (core and creation): https://tus.io/protocols/resumable-upload.

`POST /uploads/<ticket>` with `Tus-Resumable` begins one, `PATCH` of its address sends bytes from an offset on, and
`HEAD` returns the offset from which to continue. `Liftcast-Creatives` in the last answer names the creatives made of
the file.
"""

from __future__ import annotations

import base64
import logging
from binascii import Error as BadBase64
from contextlib import suppress

from flask import Blueprint, Response, make_response, request
from flask.typing import ResponseReturnValue

from server.context import reading, services
from server.creatives.accept import RefusedMedia, ServerBusy
from server.creatives.probe.probe import empty_file
from server.creatives.uploads.accept_file import made_of_upload
from server.creatives.uploads.partial import About, OtherOffset, PartialUpload, UploadInUse, begin_upload, opened_upload
from server.creatives.uploads.tickets import RESUMED_WITHIN_S
from server.errors import Invalid, LiftcastError
from server.files.upload_places import UploadsBusy
from server.files.uploads import SILENT_S, accept_from, copy_body, holder_of, place_for
from server.files.uploads import upload as plain_upload
from server.http.bodies import counted_body
from server.runtime.disk import DiskFull, is_disk_full

logger = logging.getLogger(__name__)

VERSION = "1.0.0"
PART = 16 << 10  # a read that is cut short loses what it has; on a slow line that must be little
MADE = "Liftcast-Creatives"

bp = Blueprint("resumable", __name__)


class OtherTusVersion(Invalid):
    """This server speaks tus 1.0.0. Send `Tus-Resumable: 1.0.0`."""

    status = 412


class BadUploadHeaders(Invalid):
    """The headers of this resumable upload cannot be read. See the tus protocol 1.0.0."""

    status = 400


@bp.before_request
def check_version() -> None:
    named = request.headers.get("Tus-Resumable", VERSION if request.method == "POST" else "")
    if request.method != "OPTIONS" and named != VERSION:
        raise OtherTusVersion


@bp.after_request
def add_version(response: Response) -> Response:
    response.headers["Tus-Resumable"] = VERSION
    return response


@bp.post("/uploads/<ticket>")
def begin(ticket: str) -> ResponseReturnValue:
    """Begin an upload that can be resumed; without `Tus-Resumable` the body is the whole file, as with PUT."""
    if "Tus-Resumable" not in request.headers:
        return plain_upload(ticket)
    holder, settings = holder_of(ticket), services().settings
    length, names = _number("Upload-Length"), _metadata()
    if length == 0:
        raise RefusedMedia(empty_file())
    if length > settings.upload_limit_mb << 20:
        raise RefusedMedia.too_large(settings.upload_limit_mb << 20)
    about = About(ticket=holder, length=length, name=names.get("filename", ""), title=names.get("title", ""))
    upload = begin_upload(settings.uploads_dir, about)
    logger.info("resumable upload began upload=%s bytes=%d", upload.id, length)
    address = f"{settings.media_url}/uploads/{ticket}/{upload.id}"
    return make_response("", 201, {"Location": address, "Upload-Offset": "0"})


@bp.route("/uploads/<ticket>/<upload_id>", methods=["HEAD"])
def offset(ticket: str, upload_id: str) -> ResponseReturnValue:
    """From where to go on. Of an upload that is whole but was not accepted, for a process ended, this is done now."""
    holder = holder_of(ticket, good_for_s=RESUMED_WITHIN_S)
    with opened_upload(services().settings.uploads_dir, upload_id, holder) as upload:
        if upload.is_whole and upload.made is None:
            try:
                with place_for(holder):
                    _accept(upload)
            except (ServerBusy, UploadsBusy):
                raise UploadInUse from None
        return _progress(upload)


@bp.patch("/uploads/<ticket>/<upload_id>")
def go_on(ticket: str, upload_id: str) -> ResponseReturnValue:
    """Append the body; with the last byte, the file is accepted as by a plain upload."""
    holder = holder_of(ticket, good_for_s=RESUMED_WITHIN_S)
    with place_for(holder), opened_upload(services().settings.uploads_dir, upload_id, holder) as upload:
        if _number("Upload-Offset") != upload.offset:
            raise OtherOffset
        _append(upload)
        if upload.is_whole:
            _accept(upload)
        return _progress(upload)


def _append(upload: PartialUpload) -> None:
    """Bytes that arrive before a line is cut stay; those of an upload that fills the disk are removed."""
    left = upload.about.length - upload.offset
    try:
        with upload.data.open("ab") as file:
            copy_body(counted_body(silent_s=SILENT_S), file.write, left, part=PART)
    except OSError as error:
        if not is_disk_full(error):
            raise
        upload.remove()
        raise DiskFull from error


def _accept(upload: PartialUpload) -> None:
    """A file that is refused goes; one that cannot be accepted just now stays for another try."""
    if upload.made is not None:
        return
    with reading() as db:  # a process may have ended after it had written them
        made = made_of_upload(db, upload.id)
    upload.finish(made or _make_creatives(upload))


def _make_creatives(upload: PartialUpload) -> list[str]:
    about, draft = upload.about, upload.copy_to_accept()
    try:
        made = accept_from(about.ticket, draft, upload_id=upload.id, name=about.name, title=about.title)
    except LiftcastError as error:
        if error.status != ServerBusy.status:
            upload.remove()
        raise
    return [creative.id for creative in made]


def _progress(upload: PartialUpload) -> Response:
    headers = {"Upload-Offset": str(upload.offset), "Upload-Length": str(upload.about.length)}
    if upload.made is not None:
        headers[MADE] = ",".join(upload.made)
    return make_response("", 200 if request.method == "HEAD" else 204, headers)


def _number(name: str) -> int:
    given = request.headers.get(name, "")
    if not (given.isascii() and given.isdigit() and len(given) < 16):
        raise BadUploadHeaders(f"{name} must be a number.")
    return int(given)


def _metadata() -> dict[str, str]:
    """`Upload-Metadata: filename bWVudS5wZGY=,title TWVudQ==`."""
    found = {}
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        key, _, value = pair.strip().partition(" ")
        with suppress(BadBase64, UnicodeDecodeError):
            found[key] = base64.b64decode(value, validate=True).decode()
    return found
