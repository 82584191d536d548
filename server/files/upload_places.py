"""How many uploads one process takes at once, so that some threads always remain for those who fetch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from server.errors import LiftcastError

PLACES, OF_ONE_PERSON, OF_ONE_ADDRESS = 12, 4, 8


class UploadsBusy(LiftcastError):
    """As many uploads run as the server takes at once. Wait until some have ended, then send the file again."""

    status = 503
    retry_after_s = 10


class UploadPlaces:
    """Counts uploads in all, of each person, and from each address (an office may share one)."""

    def __init__(self, *, most: int = PLACES, of_person: int = OF_ONE_PERSON, of_address: int = OF_ONE_ADDRESS) -> None:
        self._most = {"all": most, "person": of_person, "address": of_address}
        self._taken: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()

    @contextmanager
    def place(self, *, person_id: str, address: str) -> Iterator[None]:
        """Take a place while the block runs. Raises UploadsBusy at once when there is none."""
        keys = [("all", ""), ("person", person_id), ("address", address)]
        with self._lock:
            if any(self._taken[key] >= self._most[key[0]] for key in keys):
                raise UploadsBusy
            self._taken.update(keys)
        try:
            yield
        finally:
            with self._lock:
                self._taken.subtract(keys)
                self._taken += Counter()  # forgets those who have none
