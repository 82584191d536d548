from __future__ import annotations

from server.campaigns.models import GoalKind


def test_goals_of_the_flight_are_those_that_are_counted_on_all_screens_together() -> None:
    assert {kind for kind in GoalKind if kind.of_flight} == {GoalKind.PLAYS, GoalKind.IMPRESSIONS}
