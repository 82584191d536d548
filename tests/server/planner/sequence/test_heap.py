"""The heap of the compiled loops returns its keys sorted, for any order of pushes."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from server.planner.sequence.heap import heap_of, pop, push

keys = st.lists(st.integers(-(1 << 54), 1 << 54), max_size=30)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(keys)
def test_keys_are_popped_in_order(keys: list[int]) -> None:
    heap = heap_of(len(keys))
    for key in keys:
        push(heap, key)
    assert [pop(heap) for _ in keys] == sorted(keys)
    assert heap.size[0] == 0


@settings(max_examples=100, deadline=None, derandomize=True)
@given(keys, keys)
def test_pushing_between_pops_keeps_the_least_first(first: list[int], later: list[int]) -> None:
    heap, expected = heap_of(len(first) + len(later)), sorted(first)
    for key in first:
        push(heap, key)
    for key in later:
        if expected:
            assert pop(heap) == expected.pop(0)
        push(heap, key)
        expected = sorted([*expected, key])
    assert [pop(heap) for _ in expected] == expected
