"""The cache: fetched soonest first, verified, evicted when nothing needs it, and never in the way of what plays."""

from __future__ import annotations

import errno
import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from media.store import MediaStore
from player.sync import cache as cache_module
from player.sync.cache import DISK_FULL, QUOTA_FULL, Cache
from player.sync.link import FetchFailed, GaveWay, ServerAway
from player.sync.media_needs import SOON_MS, Need
from tests.rig.servers.processes import eventually

LATER = 100 * SOON_MS


class Shop:
    """Where files come from: a dictionary, with faults."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.faults: dict[str, Exception | bytes] = {}
        self.fetched: list[str] = []
        self.closed: set[str] = set()
        self.opened = threading.Condition()

    def add(self, name: str, *, size: int = 100, at_ms: int = 0) -> Need:
        raw = (name.encode() * size)[:size]
        digest = hashlib.sha256(raw).hexdigest()
        self.files[digest] = raw
        return Need(digest, size, at_ms)

    def fetch(self, need: Need, part: Path, goes_on: Callable[[], bool]) -> None:
        self.fetched.append(need.digest)
        with self.opened:
            while not self.opened.wait_for(lambda: need.digest not in self.closed, timeout=0.01):
                if not goes_on():
                    part.write_bytes(b"half")
                    raise GaveWay
        fault = self.faults.get(need.digest)
        if isinstance(fault, Exception):
            raise fault
        part.write_bytes(fault or self.files[need.digest])

    def open(self, digest: str) -> None:
        with self.opened:
            self.closed.discard(digest)
            self.opened.notify_all()


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def a_cache(tmp_path: Path, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Cache]]:
    """Starts caches in one folder; failures are tried again quickly."""
    monkeypatch.setattr(cache_module, "RETRY_FIRST_S", 0.01)
    monkeypatch.setattr(cache_module, "RETRY_LONGEST_S", 0.05)
    monkeypatch.setattr(cache_module, "LOOK_S", 0.0)
    monkeypatch.setattr(cache_module, "RESERVE_PART", 0.0)
    with ExitStack() as stack:

        def start(*, quota: int = 1 << 20, on_change: Callable[[], None] = lambda: None) -> Cache:
            cache = Cache(MediaStore(tmp_path / "media"), shop.fetch, quota_bytes=quota, on_change=on_change)
            cache.start()
            stack.callback(cache.stop)
            return cache

        yield start


def holds(cache: Cache, *needs: Need) -> None:
    eventually(lambda: all(cache.holds(need.digest) for need in needs), within_s=20, what="the files")


def await_trouble(cache: Cache, need: Need, why: str) -> None:
    eventually(lambda: cache.missing().get(need.digest) == why, within_s=20, what=why)


def test_needed_files_are_fetched_and_reported(shop: Shop, a_cache: Callable[..., Cache]) -> None:
    changes: list[int] = []
    cache = a_cache(on_change=lambda: changes.append(1))
    needs = [shop.add(name) for name in "abcde"]
    cache.want(needs, soon_ms=0)
    holds(cache, *needs)
    assert cache.counts() == (5, 5)
    assert cache.missing() == {}
    eventually(lambda: len(changes) == 5, within_s=10, what="five changes")


def test_other_bytes_than_promised_are_not_kept_and_fetched_again(shop: Shop, a_cache: Callable[..., Cache]) -> None:
    cache, need = a_cache(), shop.add("a")
    shop.faults[need.digest] = b"x" * 100
    cache.want([need], soon_ms=0)
    await_trouble(cache, need, "the server gave other bytes than promised")
    assert list(cache.store.digests()) == []
    shop.faults.clear()
    holds(cache, need)


def test_a_server_that_is_away_is_tried_again_and_the_part_kept(shop: Shop, a_cache: Callable[..., Cache]) -> None:
    cache, need = a_cache(), shop.add("a")
    shop.faults[need.digest] = ServerAway("the server cannot be reached")
    cache.part(need.digest).write_bytes(b"half")
    cache.want([need], soon_ms=0)
    await_trouble(cache, need, "the server cannot be reached")
    assert not cache.given_up(need.digest)
    assert cache.part(need.digest).read_bytes() == b"half"


def test_a_file_that_the_server_refuses_twice_is_given_up_but_still_tried(
    shop: Shop, a_cache: Callable[..., Cache]
) -> None:
    cache, need = a_cache(), shop.add("a")
    shop.faults[need.digest] = FetchFailed("the server does not have this file")
    cache.want([need], soon_ms=0)
    eventually(lambda: cache.given_up(need.digest), within_s=20, what="giving up")
    shop.faults.clear()
    holds(cache, need)


def test_a_full_disk_frees_its_part_and_is_reported_until_it_ends(shop: Shop, a_cache: Callable[..., Cache]) -> None:
    cache, need = a_cache(), shop.add("a")
    shop.faults[need.digest] = OSError(errno.ENOSPC, "No space left on device")
    cache.part(need.digest).write_bytes(b"half")
    cache.want([need], soon_ms=0)
    await_trouble(cache, need, DISK_FULL)
    assert not cache.part(need.digest).exists()
    shop.faults.clear()
    holds(cache, need)


def test_the_quota_evicts_what_no_timeline_needs(shop: Shop, a_cache: Callable[..., Cache]) -> None:
    cache = a_cache(quota=250)
    old, new = [shop.add(name) for name in "ab"], [shop.add(name) for name in "cd"]
    cache.want(old, soon_ms=0)
    holds(cache, *old)
    cache.want(new, soon_ms=0)
    holds(cache, *new)
    assert not any(cache.holds(need.digest) for need in old)


def test_the_quota_never_evicts_what_is_needed_soon(shop: Shop, a_cache: Callable[..., Cache]) -> None:
    cache = a_cache(quota=250)
    playing = [shop.add(name, at_ms=0) for name in "ab"]
    cache.want(playing, soon_ms=SOON_MS)
    holds(cache, *playing)
    later = shop.add("c", at_ms=LATER)
    cache.want([*playing, later], soon_ms=SOON_MS)
    await_trouble(cache, later, QUOTA_FULL)
    holds(cache, *playing)


def test_nothing_is_evicted_for_what_would_not_fit_anyway(shop: Shop, a_cache: Callable[..., Cache]) -> None:
    cache = a_cache(quota=250)
    idle = shop.add("a")
    cache.want([idle], soon_ms=0)
    holds(cache, idle)
    large = shop.add("b", size=400)
    cache.want([large], soon_ms=0)
    await_trouble(cache, large, QUOTA_FULL)
    holds(cache, idle)


def test_a_file_needed_soon_takes_the_place_of_one_needed_much_later(shop: Shop, a_cache: Callable[..., Cache]) -> None:
    cache = a_cache(quota=250)
    later = [shop.add(name, at_ms=LATER) for name in "ab"]
    cache.want(later, soon_ms=SOON_MS)
    holds(cache, *later)
    soon = shop.add("c", at_ms=0)
    cache.want([soon, *later], soon_ms=SOON_MS)
    holds(cache, soon)
    assert cache.counts()[0] == 2


def test_slow_large_files_do_not_hold_up_what_is_needed_soon(shop: Shop, a_cache: Callable[..., Cache]) -> None:
    cache = a_cache()
    slow = [shop.add(f"slow{n}", at_ms=LATER) for n in range(5)]
    shop.closed |= {need.digest for need in slow}
    cache.want(slow, soon_ms=SOON_MS)
    eventually(lambda: len(shop.fetched) == cache_module.WORKERS, within_s=20, what="all workers to be busy")
    emergency = shop.add("emergency", at_ms=0)
    cache.want([emergency, *slow], soon_ms=SOON_MS)
    holds(cache, emergency)
    for need in slow:
        shop.open(need.digest)


def test_downloads_give_way_to_what_is_needed_first_and_keep_what_they_have(
    shop: Shop, a_cache: Callable[..., Cache]
) -> None:
    cache = a_cache()
    slow = [shop.add(f"slow{n}", at_ms=LATER) for n in range(cache_module.WORKERS)]
    shop.closed |= {need.digest for need in slow}
    cache.want(slow, soon_ms=SOON_MS)
    eventually(lambda: len(shop.fetched) == cache_module.WORKERS, within_s=20, what="all workers to be busy")
    first = [shop.add(f"first{n}", at_ms=0) for n in range(2 * cache_module.WORKERS)]
    shop.closed |= {need.digest for need in first}
    cache.want([*first, *slow], soon_ms=SOON_MS)
    busy = {need.digest for need in first[: cache_module.WORKERS + 1]}
    eventually(lambda: busy <= set(shop.fetched), within_s=20, what="all workers to fetch what is first")
    assert cache.part(slow[-1].digest).read_bytes() == b"half"
    for need in (*slow, *first):
        shop.open(need.digest)
    holds(cache, *slow, *first)


def test_a_file_that_no_timeline_needs_any_more_is_not_fetched_to_its_end(
    shop: Shop, a_cache: Callable[..., Cache]
) -> None:
    cache, old, new = a_cache(), shop.add("old"), shop.add("new")
    shop.closed.add(old.digest)
    cache.want([old], soon_ms=0)
    eventually(lambda: shop.fetched, within_s=20, what="the download to begin")
    cache.want([new], soon_ms=0)
    holds(cache, new)
    eventually(lambda: not cache._busy, within_s=20, what="the old download to end")
    assert not cache.holds(old.digest)


def test_no_file_waits_long_for_a_server_that_was_away(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses = [cache_module._back_off_s(tries, cache_module.RETRY_AWAY_S) for tries in (1, 2, 3, 4, 5, 10_000)]
    assert pauses == [2, 4, 8, 15, 15, 15]


def test_a_damaged_file_is_found_after_a_start_and_fetched_again(shop: Shop, a_cache: Callable[..., Cache]) -> None:
    first, need = a_cache(), shop.add("a")
    first.want([need], soon_ms=0)
    holds(first, need)
    first.stop()
    first.store.path(need.digest).write_bytes(b"x" * 100)
    again = a_cache()
    eventually(lambda: not again.holds(need.digest), within_s=20, what="the damage to be found")
    again.want([need], soon_ms=0)
    holds(again, need)
    assert again.store.verify(need.digest)


def test_a_file_in_doubt_is_read_again(shop: Shop, a_cache: Callable[..., Cache]) -> None:
    cache, need = a_cache(), shop.add("a")
    cache.want([need], soon_ms=0)
    holds(cache, need)
    cache.store.path(need.digest).unlink()
    cache.doubt(need.digest)
    eventually(lambda: len(shop.fetched) == 2, within_s=20, what="the second fetch")
    holds(cache, need)


def test_drafts_of_what_is_not_needed_any_more_go(shop: Shop, a_cache: Callable[..., Cache]) -> None:
    cache, need = a_cache(), shop.add("a")
    cache.part("0" * 64).write_bytes(b"half of something old")
    cache.want([need], soon_ms=0)
    holds(cache, need)
    assert list(cache.store.drafts.iterdir()) == []
