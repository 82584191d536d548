"""Have the C library return freed memory to the system.

glibc gives each thread a heap of its own, and after the first large block that is freed it takes blocks of up to 32 MB
from these heaps, which it rarely makes smaller. A web process whose ten pool threads had each drawn a few cards held
200 MB that nobody used. With few heaps, and large blocks mapped by themselves, what is freed is returned at once.
"""

from __future__ import annotations

import ctypes

# Parameters of mallopt(3).
M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8

HEAPS = 2
MAPPED_FROM_BYTES = 1 << 20  # a picture has more, nearly everything else less; naming it keeps it from being raised


def return_freed_memory() -> None:
    """Call it before the process starts threads. Another C library than glibc has no such parameters."""
    library = ctypes.CDLL(None)
    if not hasattr(library, "mallopt"):
        return
    library.mallopt(M_ARENA_MAX, HEAPS)
    library.mallopt(M_MMAP_THRESHOLD, MAPPED_FROM_BYTES)
