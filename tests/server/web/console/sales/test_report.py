"""The report as a page and as CSV."""

from __future__ import annotations

from server.accounts.models import Role
from tests.server.web.conftest import SignIn


def test_a_report_of_days_in_the_wrong_order_says_so(sign_in: SignIn) -> None:
    answer = sign_in(Role.OPERATOR).get("/console/report?from_on=2026-03-02&until_on=2026-03-01")
    assert answer.status_code == 422
    assert "in order" in answer.text
