"""Compilation of loops over slots to machine code: the only module that imports numba.

A compiled function is plain Python in 64-bit integers, so it gives the same bytes on every machine. Only compiled do
its numbers wrap around (`sequence.dispatch._hash` does).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from numpy.typing import NDArray

# Arrays of int32, int64, uint16, uint8 and float64, whose elements mix freely with Python's own numbers.
Ints = NDArray[Any]
Longs = NDArray[Any]
Words = NDArray[Any]
Bytes = NDArray[Any]
Floats = NDArray[Any]

Function = TypeVar("Function", bound=Callable[..., Any])


def inlined(function: Function) -> Function:
    """Insert the function into the compiled functions that call it. A real call passes every column as an argument of
    its own, which takes longer than a short function runs."""
    return cast(Function, numba.njit(inline="always", nogil=True)(function))


def compiled(function: Function) -> Function:
    """Compile at the first call and keep the machine code beside the source, or in NUMBA_CACHE_DIR.

    Where neither can be written, every process compiles for itself: some seconds at its first plan.
    """
    try:
        return cast(Function, numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:
        return cast(Function, numba.njit(nogil=True)(function))
