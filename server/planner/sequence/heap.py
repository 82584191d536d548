"""A heap of whole numbers in columns. The library's works on lists, whose making takes most of a slot's time."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from server.planner.model.compiled import Longs, compiled, inlined


class Heap(NamedTuple):
    """The least of `size[0]` keys comes first; changed. keys (N,): no more than so many at a time."""

    keys: Longs
    size: Longs


@compiled
def heap_of(most: int) -> Heap:
    return Heap(np.empty(most, np.int64), np.zeros(1, np.int64))


@inlined
def push(heap: Heap, key: Any) -> None:
    keys, at = heap.keys, heap.size[0]
    heap.size[0] += 1
    while at and keys[(at - 1) // 2] > key:
        keys[at] = keys[(at - 1) // 2]
        at = (at - 1) // 2
    keys[at] = key


@inlined
def pop(heap: Heap) -> int:
    """Takes the least."""
    keys, count = heap.keys, heap.size[0] - 1
    heap.size[0] = count
    least, last, at = keys[0], keys[count], 0
    while 2 * at + 1 < count:
        child = 2 * at + 1
        if child + 1 < count and keys[child + 1] < keys[child]:
            child += 1
        if keys[child] >= last:
            break
        keys[at] = keys[child]
        at = child
    keys[at] = last
    return int(least)
