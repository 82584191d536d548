"""Uploads that arrive in several requests: the bytes so far are on the disk, so that a cut line or a restart loses
nothing.

`folder/<id>/` holds `about.json`, `data` (the bytes so far), and in the end `made.json` in place of the data. The
sweep removes an upload that nobody continued for a day.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter

from server.creatives.uploads.tickets import Ticket
from server.db import new_id
from server.errors import Conflict, LiftcastError, Missing
from server.runtime.disk import DiskFull, disk_space_of

MOST_OPEN = 30
RESERVED_BYTES = 64 << 20  # of the disk, for everything else that must be written meanwhile
ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
IDS = TypeAdapter(list[str])


class NoSuchUpload(Missing):
    """There is no such unfinished upload. Begin it again."""


class UploadInUse(LiftcastError):
    """Another request sends this upload at the moment. Go on with it in some seconds."""

    status = 423


class OtherOffset(Conflict):
    """The upload goes on at another place. Ask for its offset first."""


class TooManyUnfinished(LiftcastError):
    """You have many uploads that were begun and not finished. Finish them, or wait a day until they are removed."""

    status = 429
    retry_after_s = 24 * 3600


class About(BaseModel):
    """Owner, length and name of an upload."""

    model_config = ConfigDict(frozen=True)

    ticket: Ticket
    length: int
    name: str
    title: str = ""


@dataclass(frozen=True)
class PartialUpload:
    """One upload, locked by one request."""

    folder: Path
    about: About

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def made(self) -> list[str] | None:
        """The ids of the creatives made of it, once it was accepted."""
        with suppress(FileNotFoundError):
            return IDS.validate_json((self.folder / "made.json").read_bytes())
        return None

    @property
    def offset(self) -> int:
        """How many bytes have arrived."""
        return self.about.length if self.made is not None else self.data.stat().st_size

    @property
    def is_whole(self) -> bool:
        return self.offset == self.about.length

    def copy_to_accept(self) -> Path:
        """The bytes under a second name, which may be taken away: should accepting break off, they are still here."""
        draft = self.folder / "draft"
        draft.unlink(missing_ok=True)
        os.link(self.data, draft)
        return draft

    def finish(self, made: list[str]) -> None:
        """The creatives exist; a client that lost the answer can still request it."""
        draft = self.folder / "made.draft"
        draft.write_bytes(IDS.dump_json(made))
        draft.rename(self.folder / "made.json")
        self.data.unlink(missing_ok=True)

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def begin_upload(folder: Path, about: About) -> PartialUpload:
    """Raises DiskFull if it would not fit, TooManyUnfinished if this person left too many."""
    folder.mkdir(parents=True, exist_ok=True)
    if disk_space_of(folder).free < about.length + RESERVED_BYTES:
        raise DiskFull
    with _turn_in(folder):
        if sum(other.ticket.access.who == about.ticket.access.who for other in _unfinished(folder)) >= MOST_OPEN:
            raise TooManyUnfinished
        return _make_upload(folder / new_id(), about)


@contextmanager
def _turn_in(folder: Path) -> Iterator[None]:
    """One upload begins at a time, over all processes, so that no two count the same unfinished uploads."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _make_upload(folder: Path, about: About) -> PartialUpload:
    upload = PartialUpload(folder, about)
    folder.mkdir()
    upload.data.touch()
    (folder / "about.json").write_text(about.model_dump_json())
    return upload


@contextmanager
def opened_upload(folder: Path, id_: str, ticket: Ticket) -> Iterator[PartialUpload]:
    """An upload that this ticket began, for one request at a time, over all processes.

    Raises NoSuchUpload, or UploadInUse while another request has it.
    """
    about = _about(folder / id_) if ID.fullmatch(id_) else None
    if about is None or about.ticket != ticket:
        raise NoSuchUpload
    upload = PartialUpload(folder / id_, about)
    with _locked(upload.folder / "about.json"):
        yield upload


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """The lock ends with the process that holds it. Raises NoSuchUpload if the upload was removed meanwhile."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise NoSuchUpload from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UploadInUse from None
        if not path.exists():
            raise NoSuchUpload
        yield


def _unfinished(folder: Path) -> Iterator[About]:
    for upload in folder.iterdir():
        about = _about(upload)
        if about is not None and not (upload / "made.json").exists():
            yield about


def _about(folder: Path) -> About | None:
    with suppress(OSError, ValueError):
        return About.model_validate_json((folder / "about.json").read_bytes())
    return None
