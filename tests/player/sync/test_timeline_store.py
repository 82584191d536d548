"""The held timeline: a newer one takes over when it can be shown, interrupts at once, and a restart forgets nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from media.store import MediaStore
from media.timeline import Timeline
from media.wire.timeline import Interrupt
from player.sync.clock import Clock
from player.sync.link import Fetched
from player.sync.media_needs import Need
from player.sync.timeline_store import PATIENCE_NS, TimelineStore
from tests.player.show_rig import MS, FakeTime, ping
from tests.player.timelines import MONDAY_MS, SLOT_MS, a_timeline, an_item, digest_of

NOON = MONDAY_MS + 12 * 3_600_000


class Shelf:
    """A cache whose files come when a test says so."""

    def __init__(self, folder: Path) -> None:
        self.store = MediaStore(folder / "media")
        self.here: set[str] = set()
        self.hopeless: set[str] = set()
        self.doubted: list[str] = []
        self.wanted: Sequence[Need] = ()

    def put(self, timeline: Timeline, *, media: str = "") -> None:
        """The timeline's tables, and the media of these items (one letter each)."""
        for table in timeline.tables.values():
            self.here.add(self.store.put([table.encoded]))
        self.here |= {digest_of(name) for name in media}

    def holds(self, digest: str) -> bool:
        return digest in self.here

    def path(self, digest: str) -> Path:
        return self.store.path(digest)

    def given_up(self, digest: str) -> bool:
        return digest in self.hopeless

    def doubt(self, digest: str) -> None:
        self.doubted.append(digest)

    def want(self, needs: Sequence[Need], *, soon_ms: int) -> None:
        self.wanted = needs


class Rig:
    def __init__(self, folder: Path, *, at_ms: int = NOON) -> None:
        self.folder = folder
        self.time = FakeTime(system_ms=at_ms)
        self.clock = Clock(self.time.source(), folder / "clock")
        self.clock.learn(ping(self.time, at_ms))
        self.shelf = Shelf(folder)
        self.changes = 0
        self.timeline_store = self.restarted()

    def restarted(self) -> TimelineStore:
        held = TimelineStore(self.folder, self.shelf, self.clock)  # type: ignore[arg-type]
        held.on_change.append(self._changed)
        held.load()
        return held

    def accept(self, timeline: Timeline) -> None:
        manifest = timeline.manifest
        self.timeline_store.accept(Fetched(manifest, f'"{manifest.version}"', manifest.model_dump_json().encode()))

    @property
    def version(self) -> int | None:
        return self.timeline_store.manifest.version if self.timeline_store.manifest else None

    def is_whole(self) -> bool:
        """Are all files of the held version here?"""
        manifest = self.timeline_store.manifest
        assert manifest is not None
        return {item.screen.digest for item in manifest.items.values()} <= self.shelf.here

    def _changed(self) -> None:
        self.changes += 1


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


@pytest.fixture
def holding(rig: Rig) -> Rig:
    """A rig that holds version 1 with all its files."""
    rig.shelf.put(a_timeline(), media="abh")
    rig.accept(a_timeline())
    assert rig.version == 1
    return rig


def test_the_first_timeline_is_taken_as_soon_as_its_tables_are_here(rig: Rig) -> None:
    rig.accept(a_timeline())
    assert rig.version is None
    rig.shelf.put(a_timeline())
    rig.timeline_store.settle()
    assert rig.version == 1


def test_a_newer_one_waits_for_the_media_of_its_next_minutes(holding: Rig) -> None:
    newer = a_timeline(["a", "c"], version=2)
    holding.shelf.put(newer)
    holding.accept(newer)
    assert holding.version == 1
    assert holding.timeline_store.etag == '"2"'
    holding.shelf.here.add(digest_of("c"))
    holding.timeline_store.settle()
    assert holding.version == 2


def test_media_that_are_needed_much_later_are_not_waited_for(holding: Rig) -> None:
    newer = a_timeline(items=[an_item("later")], version=2)
    holding.accept(newer)
    assert holding.version == 2
    assert digest_of("later") in {need.digest for need in holding.shelf.wanted}


def test_the_player_does_not_wait_for_a_file_that_the_server_lacks(holding: Rig) -> None:
    newer = a_timeline(["a", "c"], version=2)
    holding.shelf.put(newer)
    holding.shelf.hopeless.add(digest_of("c"))
    holding.accept(newer)
    assert holding.version == 2


def test_after_ten_minutes_it_is_taken_with_what_is_there(holding: Rig) -> None:
    newer = a_timeline(["a", "c"], version=2)
    holding.accept(newer)
    holding.time.pass_ms(PATIENCE_NS / MS + 1)
    holding.timeline_store.settle()
    assert holding.version == 2


class SlowLink:
    """Fetches the files that the shelf needs, in that order, three files at a time, at so many bytes a second."""

    def __init__(self, rig: Rig, bytes_per_s: float) -> None:
        self._rig, self._bytes_per_s = rig, bytes_per_s
        self._tables: dict[str, bytes] = {}
        self._came: dict[str, float] = {}

    def accept(self, timeline: Timeline) -> None:
        self._tables |= {digest: table.encoded for digest, table in timeline.tables.items()}
        self._rig.accept(timeline)

    def pass_s(self, seconds: int) -> None:
        rig = self._rig
        missing = [need for need in rig.shelf.wanted if need.digest not in rig.shelf.here][:3]
        for need in missing:
            self._came[need.digest] = self._came.get(need.digest, 0) + seconds * self._bytes_per_s / len(missing)
            if self._came[need.digest] >= self._size(need):
                rig.shelf.here.add(need.digest)
                if need.is_table:
                    rig.shelf.store.put([self._tables[need.digest]])
        rig.time.pass_ms(seconds * 1000)
        rig.timeline_store.settle()

    def _size(self, need: Need) -> int:
        return len(self._tables[need.digest]) if need.is_table else need.bytes


def a_version(number: int) -> Timeline:
    """One that has no file in common with another."""
    return a_timeline([f"a{number}", f"b{number}"], version=number, until=2 * 3_600_000 // SLOT_MS)


def version_bytes() -> int:
    timeline = a_version(1)
    items = [timeline.manifest.items[id_] for id_ in ("a1", "b1")]
    return sum(item.screen.bytes for item in items) + sum(len(table.encoded) for table in timeline.tables.values())


@pytest.mark.parametrize("every_s", [60, 170, 400, 700])
@pytest.mark.parametrize("fetch_s", [5, 100, 250, 500, 5_000])
def test_on_any_link_and_however_often_versions_come_one_is_taken_within_ten_minutes(
    tmp_path: Path, every_s: int, fetch_s: int
) -> None:
    """`fetch_s` is how long the link takes for one version's files."""
    rig = Rig(tmp_path, at_ms=MONDAY_MS)
    rig.shelf.put(a_version(1), media="h")
    rig.shelf.here |= {digest_of("a1"), digest_of("b1")}
    rig.accept(a_version(1))
    link, waiting_since_s, newest = SlowLink(rig, version_bytes() / fetch_s), None, 1
    for now_s in range(0, 1_800, 5):
        if now_s % every_s == 0:
            newest += 1
            waiting_since_s = now_s if waiting_since_s is None else waiting_since_s
            link.accept(a_version(newest))
        before = rig.version
        link.pass_s(5)
        waited_s = now_s + 5 - (now_s + 5 if waiting_since_s is None else waiting_since_s)
        assert waited_s <= PATIENCE_NS / 1e9 + 5
        if rig.version != before:
            assert rig.is_whole() or waited_s >= PATIENCE_NS / 1e9
            assert waited_s <= 2 * fetch_s + 10
            waiting_since_s = None if rig.version == newest else now_s + 5
    assert rig.version != 1


def test_interrupts_do_not_wait_for_the_rest(holding: Rig) -> None:
    fire = Interrupt(id="i", item="f", from_ms=NOON)
    holding.accept(a_timeline(["a", "c"], version=2, interrupts=[fire]))
    assert holding.version == 1
    assert holding.timeline_store.timeline is not None
    assert holding.timeline_store.timeline.spot_at(NOON + 100).item == "f"
    assert holding.timeline_store.timeline.manifest.version == 1
    holding.accept(a_timeline(["a", "c"], version=3))
    assert holding.timeline_store.timeline.spot_at(NOON + 100).item == "a"


def test_the_timeline_of_another_screen_does_not_wait_for_its_media(holding: Rig) -> None:
    moved = a_timeline(["c", "d"], screen="01JSCREEN0000000000000000B")
    holding.shelf.put(moved)
    holding.accept(moved)
    assert holding.timeline_store.manifest is not None
    assert holding.timeline_store.manifest.screen.endswith("B")


def test_both_the_held_and_the_newer_ones_files_are_wanted(holding: Rig) -> None:
    holding.accept(a_timeline(["c", "d"], version=2))
    assert {digest_of(name) for name in "abcdh"} <= {need.digest for need in holding.shelf.wanted}


def test_a_restart_without_uplink_goes_on_with_what_was_held(holding: Rig) -> None:
    again = holding.restarted()
    assert again.timeline is not None
    assert again.timeline.spot_at(NOON).item == "a"
    assert again.etag == '"1"'


def test_an_unreadable_file_is_as_good_as_none(holding: Rig) -> None:
    (holding.folder / "timeline").write_bytes(b'"1"\n{"half')
    assert holding.restarted().timeline is None


def test_a_damaged_table_is_doubted_and_its_day_plays_house_content(rig: Rig) -> None:
    timeline = a_timeline()
    (digest,) = timeline.tables
    path = rig.shelf.store.path(digest)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not a table")
    rig.shelf.here.add(digest)
    rig.shelf.hopeless.add(digest)
    rig.accept(timeline)
    assert digest in rig.shelf.doubted
    assert rig.timeline_store.timeline is not None
    assert rig.timeline_store.timeline.spot_at(NOON).kind == "house"


def test_a_disk_that_takes_nothing_does_not_keep_a_timeline_from_being_shown(
    holding: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("player.sync.timeline_store.write_whole", full)
    holding.accept(a_timeline(version=2))
    assert holding.version == 2
    monkeypatch.undo()
    holding.timeline_store.settle()
    assert (holding.folder / "timeline").read_bytes().startswith(b'"2"')


def test_without_a_change_none_is_reported(holding: Rig) -> None:
    before, timeline = holding.changes, holding.timeline_store.timeline
    holding.timeline_store.settle()
    assert holding.changes == before
    assert holding.timeline_store.timeline is timeline


def test_forgetting_leaves_nothing_for_the_next_start(holding: Rig) -> None:
    holding.timeline_store.forget()
    assert holding.timeline_store.timeline is None
    assert holding.shelf.wanted == []
    assert holding.restarted().timeline is None


def test_digests_name_tables_too(rig: Rig) -> None:
    timeline = a_timeline()
    rig.accept(timeline)
    (table,) = timeline.tables.values()
    assert hashlib.sha256(table.encoded).hexdigest() in {need.digest for need in rig.shelf.wanted if need.is_table}
