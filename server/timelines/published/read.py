"""Read what was published: the manifests that players fetch, and timelines with their day tables."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlmodel import Session, col, select

from media.daytable import BadDayTable, DayTable, decode
from media.lru_cache import LruCache
from media.store import MediaStore
from media.timeline import Timeline
from media.wire.timeline import Filler, Item, Manifest
from server.errors import Missing
from server.timelines.models import PublishedTimeline

VERSIONS_MOST = 2  # of a screen, in memory: only a box that is behind by more still needs an older one


class NoTimeline(Missing):
    """Nothing was published to this screen yet. Wait some seconds; if it stays so, see whether the worker runs."""


_timelines: LruCache[dict[int, Timeline]] = LruCache(256)  # of each screen the newest that were read, by version
_tables: LruCache[DayTable] = LruCache(256)  # some 75 kB each, with the runs that a stage needs
_items: LruCache[Item] = LruCache(4096)
_fillers: LruCache[Filler] = LruCache(8192)


class StoredTables(Mapping[str, DayTable]):
    """Day tables of a manifest, read from the store at their first use; equal tables are read once."""

    def __init__(self, store: MediaStore, digests: tuple[str, ...]) -> None:
        self.store, self.digests = store, digests

    def __getitem__(self, digest: str) -> DayTable:
        table = _tables.get((self.store.root, digest), lambda: read_table(self.store, digest))
        if table is None:
            raise KeyError(digest)
        return table

    def __iter__(self) -> Iterator[str]:
        return iter(self.digests)

    def __len__(self) -> int:
        return len(self.digests)


def read_table(store: MediaStore, digest: str) -> DayTable | None:
    """The table of this digest; None if the file is missing or damaged. Such a day plays house content."""
    try:
        return decode(store.path(digest).read_bytes())
    except (OSError, BadDayTable):
        return None


def current_manifest(db: Session, screen_id: str) -> PublishedTimeline | None:
    """The newest version, which players fetch; None if nothing was published."""
    rows = select(PublishedTimeline).where(col(PublishedTimeline.screen_id) == screen_id)
    return db.exec(rows.order_by(col(PublishedTimeline.version).desc()).limit(1)).first()


def current_version(db: Session, screen_id: str) -> int | None:
    versions = select(PublishedTimeline.version).where(col(PublishedTimeline.screen_id) == screen_id)
    return db.exec(versions.order_by(col(PublishedTimeline.version).desc()).limit(1)).first()


def timeline_of(db: Session, store: MediaStore, screen_id: str, version: int | None = None) -> Timeline:
    """The timeline of this version, or of the newest if `version` is None or no longer stored."""
    timeline = _timeline(db, store, screen_id, version) if version is not None else None
    if timeline is not None:
        return timeline
    newest = current_version(db, screen_id)
    found = _timeline(db, store, screen_id, newest) if newest is not None else None
    if found is None:
        raise NoTimeline
    return found


def timeline_from(store: MediaStore, published: PublishedTimeline) -> Timeline:
    """The timeline of a published version. Equal items and fillers of many screens and versions share one object.

    Otherwise hundreds of timelines of a building with many past notices would take 150 MB, and the garbage collector
    would stop the gevent hub while it traverses them.
    """
    raw = published.manifest
    items = {item.id: item for item in map(shared_item, raw["items"].values())}
    ids = {id_: id_ for id_ in items}
    shared = {
        "items": items,
        "house": [ids.get(id_, id_) for id_ in raw["house"]],
        "fillers": [_shared_filler(filler) for filler in raw.get("fillers", ())],
    }
    manifest = Manifest.model_validate(raw | shared)
    return Timeline(manifest, StoredTables(store, tuple(day.digest for day in manifest.days)))


def shared_item(raw: dict[str, Any]) -> Item:
    item = _items.get(json.dumps(raw), lambda: Item.model_validate(raw))
    assert item is not None
    return item


def _shared_filler(raw: dict[str, Any]) -> Filler:
    filler = _fillers.get(tuple(raw.items()), lambda: Filler.model_validate(raw))
    assert filler is not None
    return filler


def _timeline(db: Session, store: MediaStore, screen_id: str, version: int) -> Timeline | None:
    recent = _timelines.get((store.root, screen_id), dict)
    assert recent is not None
    if version in recent:
        return recent[version]
    timeline = _read(db, store, screen_id, version)
    if timeline is not None:
        recent[version] = timeline
        for older in sorted(recent)[:-VERSIONS_MOST]:
            recent.pop(older, None)
    return timeline


def _read(db: Session, store: MediaStore, screen_id: str, version: int) -> Timeline | None:
    here = (col(PublishedTimeline.screen_id) == screen_id, col(PublishedTimeline.version) == version)
    published = db.exec(select(PublishedTimeline).where(*here)).first()
    return timeline_from(store, published) if published is not None else None
