"""Uploads to the media process: one file as the body of one request."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import IO
from urllib.parse import unquote

from flask import Blueprint, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from media.networks import network_of
from server.accounts.access import is_open
from server.accounts.audit import record
from server.campaigns.upload_owner import require_owner_in_use
from server.context import reading, services, transaction
from server.creatives.accept import RefusedMedia, StoredFile, removed_unless_written, store_original
from server.creatives.archive import NoSuchCreative
from server.creatives.games import is_custom_game
from server.creatives.models import Creative
from server.creatives.replace import replace_file, replace_game
from server.creatives.uploads.accept_file import add_file, stored_file
from server.creatives.uploads.game_file import GameSetup, add_game, stored_game
from server.creatives.uploads.tickets import GOOD_FOR_S, Ticket, read_ticket
from server.db import get_or_raise, new_id, utc_now
from server.errors import Denied
from server.files.upload_places import UploadPlaces
from server.http.bodies import counted_body
from server.runtime.disk import full_disk_named

logger = logging.getLogger(__name__)

CHUNK = 1 << 18
SILENT_S = 60  # a thread waits no longer for the next bytes of a phone that has left the building

bp = Blueprint("uploads", __name__)


class UploaderShutOut(Denied):
    """Who was given this upload ticket is signed out since, or may do less. Sign in again and repeat the upload."""


@bp.put("/uploads/<ticket>")
def upload(ticket: str) -> ResponseReturnValue:
    """One file as the body; its name in `X-File-Name`, percent-encoded, a title in `X-Title` if there is one.

    Answers with the (first) creative; `creatives` are the ids of all, of a PDF one for each page.
    """
    settings = services().settings
    holder = holder_of(ticket)
    upload_id = new_id()
    draft = settings.work_dir / f"upload-{upload_id}"
    with place_for(holder), full_disk_named():
        try:
            receive(draft, most_bytes=settings.upload_limit_mb << 20)
            named = {"name": header_text("X-File-Name"), "title": header_text("X-Title")}
            made = accept_from(holder, draft, upload_id=upload_id, **named)
        finally:
            draft.unlink(missing_ok=True)
    ids, first = [creative.id for creative in made], made[0]
    logger.info("upload accepted creatives=%s kind=%s bytes=%d", ",".join(ids), first.kind, first.original_bytes)
    fields = {"creative": first.id, "kind": first.kind, "state": first.state, "title": first.title, "creatives": ids}
    return jsonify(fields), 201


def accept_from(holder: Ticket, draft: Path, *, upload_id: str, name: str, title: str) -> list[Creative]:
    """The new creatives, whose ids begin with the upload's, or the creative whose file this one replaces."""
    store, settings = services().store, services().settings
    if holder.replaces:
        return [_replace(holder, holder.replaces, draft, name)]
    if holder.game:
        with stored_game(store, draft) as zipped, open_transaction(holder) as db:
            return [_add_game(db, holder, zipped, holder.game, creative_id=upload_id, name=name)]
    with stored_file(store, draft, settings) as originals, open_transaction(holder) as db:
        return add_file(
            db,
            originals,
            first_id=upload_id,
            name=name,
            title=title,
            advertiser_id=holder.advertiser_id,
            venue_id=holder.venue_id,
            stands_ms=holder.stands_ms,
            by=holder.access.who,
            now=utc_now(),
        )


def _replace(holder: Ticket, creative_id: str, draft: Path, name: str) -> Creative:
    with reading() as db:
        creative = get_or_raise(db, Creative, creative_id, NoSuchCreative)
    replaced = _replace_game if is_custom_game(creative) else _replace_file
    return replaced(holder, creative_id, draft, name)


def _replace_game(holder: Ticket, creative_id: str, draft: Path, name: str) -> Creative:
    with stored_game(services().store, draft) as zipped, open_transaction(holder) as db:
        creative = replace_game(db, creative_id, zipped, name=name, by=holder.access.who, now=utc_now())
        return _noted_replacement(db, holder, creative)


def _replace_file(holder: Ticket, creative_id: str, draft: Path, name: str) -> Creative:
    store = services().store
    original = store_original(store, draft, services().settings)
    with removed_unless_written(store, original), open_transaction(holder) as db:
        creative = replace_file(db, store, creative_id, original, name=name, by=holder.access.who, now=utc_now())
        return _noted_replacement(db, holder, creative)


def _noted_replacement(db: Session, holder: Ticket, creative: Creative) -> Creative:
    record(db, holder.access.who, "creative replaced", creative.id, {"title": creative.title}, now=utc_now())
    return creative


def _add_game(
    db: Session, holder: Ticket, zipped: StoredFile, setup: GameSetup, *, creative_id: str, name: str
) -> Creative:
    by, now = holder.access.who, utc_now()
    whose = {"advertiser_id": holder.advertiser_id, "by": by}
    creative = add_game(db, zipped, setup, creative_id=creative_id, name=name, now=now, **whose)
    record(db, by, "game made", creative.id, {"title": creative.title}, now=now)
    return creative


@contextmanager
def open_transaction(holder: Ticket) -> Iterator[Session]:
    """For as long as its holder may write: the body may have taken an hour."""
    with transaction() as db:
        require_open(db, holder)
        yield db


def header_text(name: str) -> str:
    """A header that is percent-encoded, or UTF-8 as it is: WSGI hands bytes over as Latin-1."""
    given = request.headers.get(name, "")
    with suppress(UnicodeError):
        given = given.encode("latin-1").decode()
    return unquote(given)


def holder_of(ticket: str, *, good_for_s: int = GOOD_FOR_S) -> Ticket:
    holder = read_ticket(services().settings, ticket, good_for_s=good_for_s)
    with reading() as db:
        require_open(db, holder)
    return holder


def require_open(db: Session, holder: Ticket) -> None:
    """The person may have lost access since the ticket was issued, and the owner of the files may be archived."""
    if not is_open(db, holder.access):
        raise UploaderShutOut
    require_owner_in_use(db, holder.advertiser_id, holder.venue_id)


def place_for(holder: Ticket) -> AbstractContextManager[None]:
    places: UploadPlaces = current_app.extensions["upload_places"]
    return places.place(person_id=holder.access.who, address=network_of(request.remote_addr or ""))


def receive(draft: Path, *, most_bytes: int) -> None:
    """Stream the body to the disk: it ends where its header says, or is longer than allowed, or raises."""
    body = counted_body(silent_s=SILENT_S)
    if (request.content_length or 0) > most_bytes:
        raise RefusedMedia.too_large(most_bytes)
    with draft.open("xb") as file:
        copy_body(body, file.write, most_bytes)


def copy_body(body: IO[bytes], write: Callable[[bytes], object], most_bytes: int, *, part: int = CHUNK) -> None:
    taken = 0
    while chunk := body.read(part):
        taken += len(chunk)
        if taken > most_bytes:
            raise RefusedMedia.too_large(most_bytes)
        write(chunk)
