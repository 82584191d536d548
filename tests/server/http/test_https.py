from __future__ import annotations

import pytest
from flask import Flask, Response

from server.http.https import require_https
from server.settings import Settings


def header(settings: Settings, base_url: str) -> str | None:
    response = Response()
    with Flask("server.web").test_request_context("/", base_url=base_url):
        require_https(response, settings)
    return response.headers.get("Strict-Transport-Security")


@pytest.mark.parametrize(("days", "sent"), [(365, "max-age=31536000"), (0, "max-age=0")])
def test_an_https_client_must_stay_with_https_for_as_long_as_is_set(settings: Settings, days: int, sent: str) -> None:
    assert header(settings.model_copy(update={"hsts_days": days}), "https://localhost") == sent


def test_an_answer_over_plain_http_has_no_such_header(settings: Settings) -> None:
    assert header(settings, "http://localhost") is None
