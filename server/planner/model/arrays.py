"""The names of array types, for modules that carry no numba: the web server imports the days too."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[Any]  # of int64 where nothing else is said
Flags = NDArray[np.bool_]


def numbered(names: Iterable[str]) -> Numbers:
    """Equal names get equal numbers in order of appearance; an empty name is −1."""
    known: dict[str, int] = {}
    return np.array([known.setdefault(name, len(known)) if name else -1 for name in names], np.int64)
