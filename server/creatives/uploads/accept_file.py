"""Accept a file that may become several creatives: of a PDF each page is a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlmodel import Session, col, select

from media.refused import Refused
from media.store import MediaStore
from server.creatives.accept import (
    STANDS_MS,
    TITLE_CHARS,
    Original,
    RefusedMedia,
    ServerBusy,
    add_original,
    limits_of,
    removed_unless_written,
    store_original,
    tidy_title,
    title_from,
)
from server.creatives.models import Creative
from server.creatives.probe.child_process import TooManyWaiting
from server.creatives.uploads.documents import is_pdf
from server.creatives.uploads.pdf import MOST_PAGES, draw_pages
from server.db import ids_from, new_id
from server.settings import Settings


@contextmanager
def stored_file(store: MediaStore, path: Path, settings: Settings) -> Iterator[list[Original]]:
    """Move the draft at `path` into the store; of a PDF each page, in order. A refused draft is removed.

    For the time before and around the transaction that writes the creatives. If the block fails, the stored files are
    removed.
    """
    with ExitStack() as stack:
        if is_pdf(path):
            yield _store_pages(store, path, settings, stack)
        else:
            original = store_original(store, path, settings)
            stack.enter_context(removed_unless_written(store, original))
            yield [original]


def add_file(
    db: Session,
    originals: Sequence[Original],
    *,
    first_id: str | None = None,
    name: str,
    title: str,
    advertiser_id: str | None,
    venue_id: str | None,
    stands_ms: int = STANDS_MS,
    by: str | None,
    now: datetime,
) -> list[Creative]:
    """The creatives of a file: of a PDF one for each page, in order.

    first_id: of the first creative; the others have those that follow
    stands_ms: how long a picture is shown
    """
    titles = _page_titles(tidy_title(title) or title_from(name), len(originals))
    whose = {"advertiser_id": advertiser_id, "venue_id": venue_id, "by": by}
    return [
        add_original(db, original, id_=id_, name=name, title=page_title, stands_ms=stands_ms, now=now, **whose)
        for original, page_title, id_ in zip(originals, titles, ids_from(first_id or new_id()), strict=False)
    ]


def made_of_upload(db: Session, upload_id: str) -> list[str]:
    """The creatives that an upload of this id has become, in order; none while it is not accepted."""
    possible = list(islice(ids_from(upload_id), MOST_PAGES))
    return list(db.exec(select(Creative.id).where(col(Creative.id).in_(possible)).order_by(Creative.id)))


def _store_pages(store: MediaStore, pdf: Path, settings: Settings, stack: ExitStack) -> list[Original]:
    """The pages as files in the store; what is entered into `stack` removes them again if the rest fails."""
    stored = []
    with TemporaryDirectory(dir=settings.work_dir, prefix="pdf-") as folder:
        for page in _draw_draft(pdf, Path(folder), settings):
            original = store_original(store, page, settings)
            stack.enter_context(removed_unless_written(store, original))
            stored.append(original)
    return stored


def _draw_draft(pdf: Path, folder: Path, settings: Settings) -> list[Path]:
    """Draw the pages into `folder`, and remove the PDF, also if it is refused."""
    limit = limits_of(settings).bytes
    memory_bytes, turn = settings.transcode_memory_mb << 20, settings.work_dir  # pictures take turns elsewhere
    try:
        if pdf.stat().st_size > limit:
            raise RefusedMedia.too_large(limit)
        return draw_pages(pdf, folder, memory_bytes=memory_bytes, turn=turn)
    except Refused as refused:
        raise RefusedMedia(refused) from refused
    except TooManyWaiting:
        raise ServerBusy from None
    finally:
        pdf.unlink(missing_ok=True)


def _page_titles(title: str, pages: int) -> list[str]:
    """`Menu`, or `Menu (2/3)`."""
    if pages == 1:
        return [title]
    ends = [f" ({page}/{pages})" for page in range(1, pages + 1)]
    return [title[: TITLE_CHARS - len(end)] + end for end in ends]
