"""MediaStore: files named by the SHA-256 of their bytes. Written whole or not at all, and re-verifiable."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

CHUNK = 1 << 20
DIGEST = re.compile(r"[0-9a-f]{64}")


class WrongDigest(ValueError):
    """The bytes are not those that the digest names. Fetch the file again."""


class MediaStore:
    """`root/ab/abcdef…`; a file under its name is complete, on the disk, and was verified when put there.

    mode: of each file
    """

    def __init__(self, root: Path, *, mode: int = 0o600) -> None:
        self.root = root
        self._mode = mode
        self.drafts = root / "drafts"
        self.drafts.mkdir(parents=True, exist_ok=True)

    def path(self, digest: str) -> Path:
        if not DIGEST.fullmatch(digest):
            raise WrongDigest(f"not a digest: {digest[:80]!r}")
        return self.root / digest[:2] / digest

    def has(self, digest: str) -> bool:
        return self.path(digest).is_file()

    def keep(self, digest: str) -> bool:
        """Is it there? Then it counts as new again, so that a prune that is under way spares it."""
        try:
            os.utime(self.path(digest))
        except FileNotFoundError:
            return False
        return True

    def put(self, chunks: Iterable[bytes]) -> str:
        """Store bytes as they come; returns their digest. Nothing is left behind when it fails."""
        sha = hashlib.sha256()
        with NamedTemporaryFile(dir=self.drafts, delete=False) as draft:
            try:
                for chunk in chunks:
                    sha.update(chunk)
                    draft.write(chunk)
                draft.flush()
                os.fsync(draft.fileno())
            except BaseException:
                os.unlink(draft.name)
                raise
        self._settle(Path(draft.name), sha.hexdigest())
        return sha.hexdigest()

    def try_write(self, size: int) -> None:
        """Write so many bytes to the disk and remove them; raises OSError where that is not possible."""
        with NamedTemporaryFile(dir=self.drafts) as draft:
            draft.write(bytes(size))
            draft.flush()
            os.fsync(draft.fileno())

    def put_file(self, path: Path) -> str:
        """Copy a file into the store; returns its digest."""
        with path.open("rb") as source:
            return self.put(iter(lambda: source.read(CHUNK), b""))

    def adopt(self, path: Path, digest: str) -> bool:
        """Move a finished download into the store if its bytes are what the digest names; else WrongDigest.

        Whether the store held these bytes before. If so, the new file takes the old one's place.
        """
        if digest_of(path) != digest:
            raise WrongDigest(f"{path.name} does not hold {digest}")
        with path.open("rb") as written:
            os.fsync(written.fileno())
        return self._settle(path, digest)

    def verify(self, digest: str) -> bool:
        """Read the file again: is it there, and still what its name says?"""
        return self.has(digest) and digest_of(self.path(digest)) == digest

    def remove(self, digest: str) -> None:
        self.path(digest).unlink(missing_ok=True)

    def remove_own(self, digest: str, inode: int) -> None:
        """Remove a file that was adopted as this inode, unless the same bytes were adopted since and are relied on."""
        with suppress(FileNotFoundError):
            if self.path(digest).stat().st_ino == inode:
                self.remove(digest)

    @contextmanager
    def keeping_all(self) -> Iterator[None]:
        """While the block runs, no process prunes: a backup reads rows first and their files afterwards."""
        with self._lock_file() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH)
            yield

    @contextmanager
    def pruning(self) -> Iterator[bool]:
        """Whether files may be removed during the block: False while some process keeps all."""
        with self._lock_file() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def _lock_file(self) -> IO[bytes]:
        """The lock ends with its process, however that ends."""
        return (self.root / "prune.lock").open("ab")

    def digests(self) -> Iterator[str]:
        for path in self.root.glob("[0-9a-f][0-9a-f]/*"):
            if DIGEST.fullmatch(path.name):
                yield path.name

    def prune(self, keep: Iterable[str]) -> list[str]:
        """Remove all that is not to be kept; returns what went."""
        kept = set(keep)
        gone = [digest for digest in self.digests() if digest not in kept]
        for digest in gone:
            self.remove(digest)
        return gone

    def _settle(self, draft: Path, digest: str) -> bool:
        """From the rename on the file exists; the folder is synced so that a power cut cannot undo it."""
        home = self.path(digest)
        home.parent.mkdir(exist_ok=True)
        os.chmod(draft, self._mode)
        was_stored = home.exists()
        os.replace(draft, home)
        folder = os.open(home.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return was_stored


def digest_of(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
