"""Barred categories as rows of a form."""

from __future__ import annotations

from typing import Any

import pytest

from server.web.console.network.barred import read_rules, write_rules


@pytest.mark.parametrize(
    "rules",
    [
        [],
        [{"category": "Alcohol", "hours": {}}],
        [{"category": "Toys", "hours": {**{day: [] for day in "0123456"}, "2": [[420, 540]], "4": [[420, 540]]}}],
        [{"category": "Toys", "hours": {day: [[0, 60], [120, 1440]] for day in "0123456"}}],
        [{"category": "Toys", "hours": {day: [[0, 60]] for day in "56"}}],
    ],
)
def test_rules_are_read_as_they_were_written(rules: list[dict[str, Any]]) -> None:
    week = [{**rule, "hours": {day: spans for day, spans in rule["hours"].items() if spans}} for rule in rules]
    assert read_rules(write_rules(rules)) == week
