"""The cache: the files that timelines need, fetched in parallel, resumed, verified, evicted when none needs them."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from media.store import MediaStore, WrongDigest
from player.sync.link import FetchFailed, GaveWay, ServerAway
from player.sync.media_needs import Need, goes_first

logger = logging.getLogger(__name__)

WORKERS = 3
RETRY_FIRST_S = 2.0
RETRY_LONGEST_S = 300.0  # of a file that the server or the disk refuses
LOOK_S = 0.5  # so often a download looks whether it is to give way: the list may be long
RETRY_AWAY_S = 15.0  # of a server that is away: no file is to wait longer for what is no fault of its own
RESERVE_PART = 0.05  # of the disk stays free: the journal must always have room
DISK_FULL = "the disk is full"
QUOTA_FULL = "the disk quota is full"

Fetch = Callable[[Need, Path, Callable[[], bool]], None]
"""Download a need into this file, going on where it ends, as long as the function says so; raises FetchFailed,
ServerAway, or GaveWay when it stopped because it was to."""


class NoRoom(Exception):
    """There is no room, and nothing that may go. Give the player more disk, or LIFTCAST_DISK_QUOTA_MB."""


class Cache:
    """Which files are here and verified, which are needed, and why one is missing. Safe to call from any thread."""

    def __init__(self, store: MediaStore, fetch: Fetch, *, quota_bytes: int, on_change: Callable[[], None]) -> None:
        self.store = store
        self._fetch = fetch
        self._quota_bytes = quota_bytes
        self._on_change = on_change
        self._lock = threading.Condition()
        self._held: dict[str, int] = {digest: store.path(digest).stat().st_size for digest in store.digests()}
        self._used: dict[str, float] = {}
        self._needs: Sequence[Need] = ()
        self._soon_ms = 0
        self._busy: set[str] = set()
        self._coming: dict[str, int] = {}  # bytes of what is being fetched and has its room
        self._failures: dict[str, int] = {}
        self._away = 0  # tries in a row, of any file, at which the server sent not one byte
        self._retry_at: dict[str, float] = {}
        self._trouble: dict[str, str] = {}
        self._doubts: deque[str] = deque(self._held)
        self._stopping = False
        # One worker more takes only what is needed soon, so that slow large files never hold up an emergency.
        self._threads = [threading.Thread(target=self._work, args=(n,), name=f"fetch-{n}") for n in range(WORKERS + 1)]
        self._threads.append(threading.Thread(target=self._verify_all, name="verify"))

    def start(self) -> None:
        for thread in self._threads:
            thread.daemon = True
            thread.start()

    def stop(self) -> None:
        with self._lock:
            self._stopping = True
            self._lock.notify_all()
        for thread in self._threads:
            thread.join(timeout=1)

    @property
    def stopping(self) -> bool:
        return self._stopping

    def want(self, needs: Sequence[Need], *, soon_ms: int) -> None:
        """These are needed, in the order in which they are to be fetched, and those before `soon_ms` soon; replaces
        what was wanted before. A download that is no longer among the first gives way, and goes on later where it was.
        """
        with self._lock:
            self._needs, self._soon_ms = needs, soon_ms
            wanted = {need.digest for need in needs}
            self._forget({*self._trouble, *self._failures} - wanted)
            self._remove_drafts(keep=wanted)
            self._lock.notify_all()

    def holds(self, digest: str) -> bool:
        return digest in self._held

    def path(self, digest: str) -> Path:
        """Where it is; and it has just been used."""
        self._used[digest] = time.monotonic()
        return self.store.path(digest)

    def find(self, digest: str) -> Path | None:
        """Where it is; None if it is not here."""
        return self.path(digest) if self.holds(digest) else None

    def missing(self) -> dict[str, str]:
        """The needed files that are not here, and why."""
        with self._lock:
            waiting = [need for need in self._needs if need.digest not in self._held]
            return {need.digest: self._trouble.get(need.digest, "not fetched yet") for need in waiting}

    def given_up(self, digest: str) -> bool:
        """It was tried, and the server or the disk said no: waiting for it may be long."""
        return self._failures.get(digest, 0) > 1

    def counts(self) -> tuple[int, int]:
        """Files held of those that are needed, and how many are needed."""
        with self._lock:
            return sum(need.digest in self._held for need in self._needs), len(self._needs)

    def retry_all(self) -> None:
        """The server is back: what waited for it is tried at once."""
        with self._lock:
            self._away = 0
            self._retry_at.clear()
            self._lock.notify_all()

    def doubt(self, digest: str) -> None:
        """Something is wrong with this one: it is read again soon."""
        with self._lock:
            self._doubts.append(digest)
            self._lock.notify_all()

    def verify(self, digest: str) -> bool:
        """Read it again; a file that is not what its name says is removed, and fetched again if needed."""
        if self.store.verify(digest):
            return True
        with self._lock:
            was_stored = self._held.pop(digest, None) is not None
            self.store.remove(digest)
            self._trouble[digest] = "the file was damaged or gone"
            self._lock.notify_all()
        if was_stored:
            logger.warning("file damaged and removed digest=%s", digest)
            self._on_change()
        return False

    # The workers

    def _work(self, number: int) -> None:
        while (need := self._take_next(soon_only=number == WORKERS)) is not None:
            self._fetch_one(need)
            with self._lock:
                self._busy.discard(need.digest)
                self._coming.pop(need.digest, None)
                self._lock.notify_all()
            self._on_change()

    def _goes_on(self, need: Need) -> bool:
        """Is this download still one of the first, or does something wait that is to come before it?"""
        with self._lock:
            missing = [known for known in self._needs if known.digest not in self._held and self._is_due(known)]
            first = {known.digest for known in missing[: len(self._busy)]}
            return not self._stopping and need.digest in first

    def _is_due(self, need: Need) -> bool:
        return self._retry_at.get(need.digest, 0.0) <= time.monotonic()

    def _take_next(self, *, soon_only: bool) -> Need | None:
        """The first need that nobody fetches; waits for one. None when the player stops."""
        with self._lock:
            while not self._stopping:
                now_s = time.monotonic()
                open_ = [need for need in self._needs if self._is_open(need, soon_only=soon_only)]
                due = next((need for need in open_ if self._is_due(need)), None)
                if due is not None:
                    self._busy.add(due.digest)
                    return due
                waits = [self._retry_at[need.digest] - now_s for need in open_]
                self._lock.wait(timeout=min(waits) if waits else None)
        return None

    def _is_open(self, need: Need, *, soon_only: bool) -> bool:
        if need.digest in self._held or need.digest in self._busy:
            return False
        return not soon_only or need.at_ms <= self._soon_ms

    def _fetch_one(self, need: Need) -> None:
        try:
            self._make_room(need)
            part = self.part(need.digest)
            self._fetch_part(need, part)
            self.store.adopt(part, need.digest)
        except GaveWay:
            logger.info("download gave way digest=%s", need.digest)
        except WrongDigest:
            self.part(need.digest).unlink(missing_ok=True)
            self._failed(need, "the server gave other bytes than promised")
        except ServerAway as error:
            self._server_away(need, str(error))
        except FetchFailed as error:
            self._failed(need, str(error))
        except NoRoom as error:
            self.part(need.digest).unlink(missing_ok=True)
            self._failed(need, str(error))
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            if full:  # what is half here would keep the disk full for the journal
                self.part(need.digest).unlink(missing_ok=True)
            self._failed(need, DISK_FULL if full else f"the disk refused it: {error.strerror}")
        else:
            self._keep(need)

    def _fetch_part(self, need: Need, part: Path) -> None:
        """Download. Bytes that arrive show that the server is there, even if the download fails later."""
        before = _size(part)
        try:
            self._fetch(need, part, now_and_then(lambda: self._goes_on(need)))
        finally:
            if _size(part) > before:
                self._away = 0

    def part(self, digest: str) -> Path:
        return self.store.drafts / f"{digest}.part"

    def _keep(self, need: Need) -> None:
        with self._lock:
            self._held[need.digest] = self.store.path(need.digest).stat().st_size
            self._forget({need.digest})

    def _failed(self, need: Need, why: str) -> None:
        """The server or the disk refused this file: it is tried less and less often."""
        with self._lock:
            failures = self._failures[need.digest] = self._failures.get(need.digest, 0) + 1
        self._retry_in(_back_off_s(failures, RETRY_LONGEST_S), need, why)

    def _server_away(self, need: Need, why: str) -> None:
        """Put this file off without blaming it: it waits as long as the server has been away, and never long."""
        self._away += 1
        self._retry_in(_back_off_s(self._away, RETRY_AWAY_S), need, why)

    def _retry_in(self, pause_s: float, need: Need, why: str) -> None:
        with self._lock:
            self._retry_at[need.digest] = time.monotonic() + pause_s
            is_logged = self._trouble.get(need.digest) == why
            self._trouble[need.digest] = why
        if not is_logged and not self._stopping:
            logger.warning("file not fetched digest=%s why=%s", need.digest, why)

    # Room

    def _make_room(self, need: Need) -> None:
        """Evict until it fits into the quota and the disk; NoRoom if it cannot."""
        with self._lock:
            soon = {known.digest for known in self._needs if known.at_ms <= self._soon_ms}
            victims = goes_first(self._held, needs=self._needs, keep=soon, last_used=self._used, for_need=need)
            size = 0 if need.is_table else need.bytes
            lacking, why = self._lacking(size)
            if lacking > sum(self._held[digest] for digest in victims):
                raise NoRoom(why)  # and nothing is evicted in vain
            for digest in victims:
                if lacking > 0:
                    lacking -= self._held[digest]
                    self._evict(digest)
            self._coming[need.digest] = size

    def _evict(self, digest: str) -> None:
        self.store.remove(digest)
        size = self._held.pop(digest)
        self._used.pop(digest, None)
        logger.info("file evicted digest=%s bytes=%d", digest, size)

    def _lacking(self, size: int) -> tuple[int, str]:
        """How many bytes are too few once all that is being fetched is here, and this many more; and in what."""
        disk = shutil.disk_usage(self.store.root)
        coming = sum(self._coming.values()) + size
        of_quota = sum(self._held.values()) + coming - self._quota_bytes
        of_disk = int(disk.total * RESERVE_PART) + coming - disk.free
        return max(of_quota, of_disk), QUOTA_FULL if of_quota > of_disk else DISK_FULL

    def _forget(self, digests: Iterable[str]) -> None:
        for digest in digests:
            self._trouble.pop(digest, None)
            self._failures.pop(digest, None)
            self._retry_at.pop(digest, None)

    # Trust

    def _verify_all(self) -> None:
        """After a start every file is read again, and later those in doubt (first), at low priority."""
        with contextlib.suppress(OSError):  # a hardened service may not; then it is only less polite
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 15)
        while (digest := self._next_doubt()) is not None:
            self.verify(digest)

    def _next_doubt(self) -> str | None:
        with self._lock:
            self._lock.wait_for(lambda: self._doubts or self._stopping)
            return None if self._stopping else self._doubts.pop()

    def _remove_drafts(self, *, keep: Iterable[str]) -> None:
        """Half-fetched files that no timeline needs any more."""
        kept = {self.part(digest).name for digest in keep}
        for draft in self.store.drafts.iterdir():
            if draft.name not in kept:
                draft.unlink(missing_ok=True)


def now_and_then(look: Callable[[], bool]) -> Callable[[], bool]:
    """The last look's answer, and a new look every LOOK_S."""
    answer, due_s = True, time.monotonic() + LOOK_S

    def looked() -> bool:
        nonlocal answer, due_s
        if time.monotonic() >= due_s:
            answer, due_s = look(), time.monotonic() + LOOK_S
        return answer

    return looked


def _back_off_s(tries: int, longest_s: float) -> float:
    return float(min(RETRY_FIRST_S * 2 ** (min(tries, 20) - 1), longest_s))


def _size(part: Path) -> int:
    try:
        return part.stat().st_size
    except OSError:
        return 0
