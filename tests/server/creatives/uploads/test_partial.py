"""An upload in parts: found again by its ticket alone, used by one request at a time, and bounded for each person."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from server.accounts.access import Access
from server.creatives.uploads import partial
from server.creatives.uploads.partial import (
    MOST_OPEN,
    About,
    NoSuchUpload,
    PartialUpload,
    TooManyUnfinished,
    UploadInUse,
    begin_upload,
    opened_upload,
)
from server.creatives.uploads.tickets import Ticket
from server.runtime.disk import DiskFull, DiskSpace

MINE, THEIRS = Ticket(access=Access(who="me")), Ticket(access=Access(who="them"))


def begin(folder: Path, *, ticket: Ticket = MINE, length: int = 4) -> PartialUpload:
    return begin_upload(folder, About(ticket=ticket, length=length, name="film.mp4"))


def test_the_bytes_so_far_are_found_again(tmp_path: Path) -> None:
    begun = begin(tmp_path)
    begun.data.write_bytes(b"abc")
    with opened_upload(tmp_path, begun.id, MINE) as upload:
        assert (upload.offset, upload.is_whole, upload.about.name) == (3, False, "film.mp4")


@pytest.mark.parametrize("id_", ["", "..", "../other", "0" * 26, "I" * 26, "0" * 25, "0" * 26 + "/", "0" * 26 + "\n"])
def test_an_id_that_was_never_given_names_no_upload(tmp_path: Path, id_: str) -> None:
    with pytest.raises(NoSuchUpload), opened_upload(tmp_path, id_, MINE):
        pass


def test_an_upload_is_opened_by_its_own_ticket_alone(tmp_path: Path) -> None:
    with pytest.raises(NoSuchUpload), opened_upload(tmp_path, begin(tmp_path).id, THEIRS):
        pass


@pytest.mark.parametrize("about", [b"", b"{}", b"\xff", b'{"length": 4}'])
def test_a_damaged_upload_is_none(tmp_path: Path, about: bytes) -> None:
    upload = begin(tmp_path)
    (upload.folder / "about.json").write_bytes(about)
    with pytest.raises(NoSuchUpload), opened_upload(tmp_path, upload.id, MINE):
        pass
    begin(tmp_path)


def test_a_second_request_is_refused_until_the_first_is_over(tmp_path: Path) -> None:
    id_ = begin(tmp_path).id
    with opened_upload(tmp_path, id_, MINE), pytest.raises(UploadInUse), opened_upload(tmp_path, id_, MINE):
        pass
    with opened_upload(tmp_path, id_, MINE):
        pass


def test_bytes_survive_an_acceptance_that_breaks_off(tmp_path: Path) -> None:
    upload = begin(tmp_path)
    upload.data.write_bytes(b"abcd")
    for _ in range(2):
        upload.copy_to_accept().unlink()
    upload.copy_to_accept()
    assert upload.copy_to_accept().read_bytes() == b"abcd"
    assert upload.is_whole


def test_a_finished_upload_keeps_its_creatives_and_no_bytes(tmp_path: Path) -> None:
    upload = begin(tmp_path)
    assert upload.made is None
    upload.data.write_bytes(b"abcd")
    upload.finish(["one", "two"])
    assert (upload.made, upload.offset, upload.data.exists()) == (["one", "two"], 4, False)
    upload.finish(["one", "two"])
    assert sorted(os.listdir(upload.folder)) == ["about.json", "made.json"]


def test_each_person_may_leave_thirty_unfinished(tmp_path: Path) -> None:
    uploads = [begin(tmp_path) for _ in range(MOST_OPEN)]
    with pytest.raises(TooManyUnfinished):
        begin(tmp_path)
    begin(tmp_path, ticket=THEIRS)
    uploads[0].finish([])
    uploads.append(begin(tmp_path))
    with pytest.raises(TooManyUnfinished):
        begin(tmp_path)
    uploads[1].remove()
    begin(tmp_path)


def test_an_upload_leaves_space_for_other_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    space = DiskSpace(free=partial.RESERVED_BYTES + 4, total=100 << 30)
    monkeypatch.setattr(partial, "disk_space_of", lambda _folder: space)
    begin(tmp_path, length=4)
    with pytest.raises(DiskFull):
        begin(tmp_path, length=5)
