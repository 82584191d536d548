"""Types and columns of arrays, for modules that carry no numba: the web server imports some of the planner too."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[Any]  # of int64 where nothing else is said
Flags = NDArray[np.bool_]

# Columns of arrays of ranges, as cells (C, 2) are, and of parts (P, 3): first slot, the slot after the last, spots.
FIRST, END, SPOTS = 0, 1, 2


def numbered(names: Iterable[str]) -> Numbers:
    """Equal names get equal numbers in order of appearance; an empty name is −1."""
    known: dict[str, int] = {}
    return np.array([known.setdefault(name, len(known)) if name else -1 for name in names], np.int64)
