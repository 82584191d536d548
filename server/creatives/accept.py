"""Accept an upload: probe it, store the original, write the creative and the job that makes its renditions.

A file is probed and stored before the transaction that writes its rows: no lock is held while a file is read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from sqlmodel import Session

from media.refused import Refused
from media.store import MediaStore, digest_of
from server.creatives.kinds import KINDS
from server.creatives.models import Creative
from server.creatives.probe.child_process import TooManyWaiting, probe_apart
from server.creatives.probe.found import Found, Limits
from server.creatives.probe.pictures import count_pixels
from server.creatives.probe.probe import too_large
from server.creatives.uploads.documents import refuse_document, refuse_pdf
from server.db import enqueue
from server.errors import Invalid, LiftcastError
from server.runtime.disk import full_disk_named
from server.settings import Settings

TITLE_CHARS, NAME_CHARS = 120, 200
STANDS_MS = 10_000


class RefusedMedia(Invalid):
    """This file cannot be used. Choose another file."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.message, remedy=refused.remedy)
        self._code = refused.code

    @property
    def code(self) -> str:
        """The reason's own code, so that the console can say it in the reader's language."""
        return self._code

    @classmethod
    def too_large(cls, most_bytes: int) -> RefusedMedia:
        refused = cls(too_large(most_bytes))
        refused.status = 413
        return refused


class ServerBusy(LiftcastError):
    """Several large pictures or PDFs are being read at the moment. Send the file again in a minute."""

    status = 503
    retry_after_s = 60


@dataclass(frozen=True)
class StoredFile:
    """An uploaded file in the store.

    inode: of the file in the store, which distinguishes it from the same bytes of another upload ·
    was_stored: the store had these bytes before
    """

    digest: str
    bytes: int
    inode: int
    was_stored: bool


@dataclass(frozen=True)
class Original(StoredFile):
    """A film, picture or sound in the store, and what probing found."""

    found: Found

    @property
    def kind(self) -> str:
        return self.found.kind

    def shown_ms(self, stands_ms: int) -> int:
        """A film plays once. A picture is shown for `stands_ms`, and an animated one begins again until then."""
        if self.found.loops or self.found.duration_ms is None:
            return max(stands_ms, self.found.duration_ms or 0)
        return self.found.duration_ms


def store_original(store: MediaStore, path: Path, settings: Settings) -> Original:
    """Probe the draft at `path` and move it into the store; if it is refused, it is removed."""
    try:
        found = _probe_draft(path, store, settings)
        file = adopt_draft(store, path)
    finally:
        path.unlink(missing_ok=True)
    return Original(file.digest, file.bytes, file.inode, file.was_stored, found)


@contextmanager
def removed_unless_written(store: MediaStore, original: StoredFile) -> Iterator[None]:
    """Remove the file if the block fails or is killed, unless another upload of the same bytes needs it."""
    try:
        yield
    except BaseException:
        if not original.was_stored:
            store.remove_own(original.digest, original.inode)
        raise


def add_original(
    db: Session,
    original: Original,
    *,
    id_: str,
    name: str,
    title: str,
    advertiser_id: str | None,
    venue_id: str | None,
    stands_ms: int,
    by: str | None,
    now: datetime,
) -> Creative:
    """The creative of a file in the store, and its job."""
    creative = Creative(
        id=id_,
        kind=original.kind,
        title=tidy_title(title) or title_from(name),
        advertiser_id=advertiser_id,
        venue_id=venue_id,
        length_ms=original.shown_ms(stands_ms),
        original_digest=original.digest,
        original_name=tidy_name(name),
        original_bytes=original.bytes,
        created_by=by,
        created_at=now,
    )
    add_creative(db, creative, now=now)
    return creative


def add_creative(db: Session, creative: Creative, *, now: datetime) -> None:
    """The creative and its job, in one transaction."""
    db.add(creative)
    db.flush()
    make_later(db, creative.id, creative.kind, now=now)


def make_later(db: Session, creative_id: str, kind: str, *, now: datetime) -> None:
    """Queue its renditions; a card never waits behind a picture, and neither waits behind a film."""
    enqueue(db, KINDS[kind].job, creative_id, now=now)


def stands_ms_after(store: MediaStore, digest: str | None, length_ms: int) -> int:
    """How long a picture is shown that replaces this file: as long as the file, if that is a picture, whose length was
    chosen."""
    path = store.path(digest) if digest and store.has(digest) else None
    return length_ms if path and count_pixels(path)[0] else STANDS_MS


def limits_of(settings: Settings) -> Limits:
    return Limits(
        bytes=settings.upload_limit_mb << 20,
        pixels=settings.pixel_limit_mp * 1_000_000,
        duration_s=settings.duration_limit_s,
    )


def tidy_name(name: str) -> str:
    """A file's own name for showing: no folders."""
    return _plain(PurePosixPath(name.replace("\\", "/")).name)[:NAME_CHARS]


def title_from(name: str) -> str:
    return tidy_title(PurePosixPath(tidy_name(name)).stem.replace("_", " ")) or "Untitled"


def tidy_title(title: str) -> str:
    return " ".join(_plain(title).split())[:TITLE_CHARS]


def _plain(text: str) -> str:
    """In NFC, without control characters, and without those that turn the direction of writing."""
    text = unicodedata.normalize("NFC", text)
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", "", text)


def _probe_draft(path: Path, store: MediaStore, settings: Settings) -> Found:
    limits = limits_of(settings)
    if path.stat().st_size > limits.bytes:
        raise RefusedMedia.too_large(limits.bytes)
    try:
        refuse_pdf(path)
        refuse_document(path)
        return probe_apart(path, limits, memory_bytes=settings.transcode_memory_mb << 20, turn=store.root)
    except Refused as refused:
        raise RefusedMedia(refused) from refused
    except TooManyWaiting:
        raise ServerBusy from None


def adopt_draft(store: MediaStore, path: Path) -> StoredFile:
    """Move a file that has been checked into the store."""
    stat, digest = path.stat(), digest_of(path)
    with full_disk_named():
        was_stored = store.adopt(path, digest)
    return StoredFile(digest, stat.st_size, stat.st_ino, was_stored)
