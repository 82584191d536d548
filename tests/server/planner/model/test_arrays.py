from __future__ import annotations

from server.planner.model.arrays import numbered


def test_names_are_numbered_in_order_of_appearance_and_an_empty_one_is_none() -> None:
    assert numbered(["b", "", "a", "b", ""]).tolist() == [0, -1, 1, 0, -1]
    assert numbered([]).tolist() == []
