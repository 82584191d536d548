"""A binary heap of integers in arrays, for compiled loops.

The library's heapq works on lists, and numba's lists take most of a slot's time to make.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from server.planner.model.compiled import Longs, compiled, inlined


class Heap(NamedTuple):
    """`size[0]` keys, of which keys[0] is the least; changed in place. keys (N,): at most so many at a time.

    A NamedTuple cannot be changed, so the size is an array of one.
    """

    keys: Longs
    size: Longs


@compiled
def heap_of(most: int) -> Heap:
    """An empty heap for at most so many keys."""
    return Heap(np.empty(most, np.int64), np.zeros(1, np.int64))


@inlined
def push(heap: Heap, key: Any) -> None:
    """Add a key: it moves up from the end while its parent is larger."""
    keys, at = heap.keys, heap.size[0]
    heap.size[0] += 1
    # Parents move down into the gap; the key itself is written once, at the end. Child k has the parent (k − 1) // 2.
    while at and keys[(at - 1) // 2] > key:
        keys[at] = keys[(at - 1) // 2]
        at = (at - 1) // 2
    keys[at] = key


@inlined
def pop(heap: Heap) -> int:
    """Remove and return the least key: the last one moves down from the top while a child is smaller."""
    keys, count = heap.keys, heap.size[0] - 1
    heap.size[0] = count
    least, last, at = keys[0], keys[count], 0
    while 2 * at + 1 < count:
        child = 2 * at + 1
        if child + 1 < count and keys[child + 1] < keys[child]:
            child += 1
        # `child` is the smaller of the two; if it is no smaller than the last key, the gap is that key's place.
        if keys[child] >= last:
            break
        keys[at] = keys[child]
        at = child
    keys[at] = last
    return int(least)
