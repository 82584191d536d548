"""Keep Python's garbage collector from examining objects that live as long as the process."""

from __future__ import annotations

import gc


def freeze_loaded_objects() -> None:
    """What is loaded at the start stays for good: neither a full collection (150 ms each time) nor the end of the
    process need walk through it, and forked processes go on sharing its memory."""
    gc.collect()
    gc.freeze()
