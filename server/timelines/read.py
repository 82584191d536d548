"""Read what was published: the manifest that players fetch, and timelines for whoever asks what shows when."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from threading import Lock
from typing import Any, Generic, TypeVar

from sqlmodel import Session, col, select

from media.daytable import BadDayTable, DayTable, decode
from media.store import MediaStore
from media.timeline import Timeline
from media.wire.timeline import Filler, Item, Manifest
from server.errors import Missing
from server.timelines.models import PublishedTimeline

Value = TypeVar("Value")


class NoTimeline(Missing):
    """Nothing was published to this screen yet. Wait some seconds; if it stays so, see whether the worker runs."""


class Kept(Generic[Value]):
    """The values used last, at most so many. What is kept here never changes, so nothing is ever invalidated."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Value | None]) -> Value | None:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        made = make()
        if made is not None:
            self._keep(key, made)
        return made

    def _keep(self, key: Hashable, value: Value) -> None:
        with self._lock:
            self._values[key] = value
            while len(self._values) > self.most:
                self._values.popitem(last=False)


_timelines: Kept[Timeline] = Kept(512)
_tables: Kept[DayTable] = Kept(256)
_items: Kept[Item] = Kept(4096)
_fillers: Kept[Filler] = Kept(8192)


class StoredTables(Mapping[str, DayTable]):
    """Day tables of a manifest, read from the store when first looked at; equal tables are read once."""

    def __init__(self, store: MediaStore, digests: tuple[str, ...], *, cache: Kept[DayTable] = _tables) -> None:
        self.store, self.digests, self.cache = store, digests, cache

    def __getitem__(self, digest: str) -> DayTable:
        table = self.cache.get((self.store.root, digest), lambda: read_table(self.store, digest))
        if table is None:
            raise KeyError(digest)
        return table

    def __iter__(self) -> Iterator[str]:
        return iter(self.digests)

    def __len__(self) -> int:
        return len(self.digests)


def read_table(store: MediaStore, digest: str) -> DayTable | None:
    """The table of this digest, or None if the file is gone or spoilt: that day then plays house content."""
    try:
        return decode(store.path(digest).read_bytes())
    except (OSError, BadDayTable):
        return None


def current_manifest(db: Session, screen_id: str) -> PublishedTimeline | None:
    """The newest version: what players fetch."""
    rows = select(PublishedTimeline).where(col(PublishedTimeline.screen_id) == screen_id)
    return db.exec(rows.order_by(col(PublishedTimeline.version).desc()).limit(1)).first()


def current_version(db: Session, screen_id: str) -> int | None:
    versions = select(PublishedTimeline.version).where(col(PublishedTimeline.screen_id) == screen_id)
    return db.exec(versions.order_by(col(PublishedTimeline.version).desc()).limit(1)).first()


def timeline_of(db: Session, store: MediaStore, screen_id: str, version: int | None = None) -> Timeline:
    """The timeline of this version, or of the newest if that version is not kept or not asked for."""
    asked = _timeline(db, store, screen_id, version) if version is not None else None
    if asked is not None:
        return asked
    newest = current_version(db, screen_id)
    found = _timeline(db, store, screen_id, newest) if newest is not None else None
    if found is None:
        raise NoTimeline
    return found


def timeline_from(store: MediaStore, published: PublishedTimeline) -> Timeline:
    """Screens show much the same, and so do a screen's versions: what is equal is kept once.

    Else hundreds of timelines of a building that has had many notices would take 150 MB, and the collector's walk
    through them would hold the hub up.
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
    return _timelines.get((store.root, screen_id, version), lambda: _read(db, store, screen_id, version))


def _read(db: Session, store: MediaStore, screen_id: str, version: int) -> Timeline | None:
    here = (col(PublishedTimeline.screen_id) == screen_id, col(PublishedTimeline.version) == version)
    published = db.exec(select(PublishedTimeline).where(*here)).first()
    return timeline_from(store, published) if published is not None else None
