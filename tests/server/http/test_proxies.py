from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, request

from server.http.proxies import trust_proxies
from server.settings import Settings

CLAIMED = {
    "X-Forwarded-For": "203.0.113.9, 198.51.100.7",
    "X-Forwarded-Proto": "http, https",
    "X-Forwarded-Host": "evil.example, screens.example.org",
}


def seen(settings: Settings, proxies: int, headers: dict[str, str]) -> Any:
    app = Flask("server.web")
    trust_proxies(app, settings.model_copy(update={"proxies": proxies}))
    app.add_url_rule("/", view_func=lambda: {"from": request.remote_addr, "at": request.url})
    return app.test_client().get("/", headers=headers).json


@pytest.mark.parametrize(
    ("proxies", "address", "at"),
    [
        (0, "127.0.0.1", "http://localhost/"),
        (1, "198.51.100.7", "https://screens.example.org/"),
        (2, "203.0.113.9", "http://evil.example/"),
    ],
)
def test_only_what_the_trusted_proxies_report_counts(settings: Settings, proxies: int, address: str, at: str) -> None:
    assert seen(settings, proxies, CLAIMED) == {"from": address, "at": at}


def test_a_client_that_comes_past_the_proxy_is_itself(settings: Settings) -> None:
    assert seen(settings, 1, {})["from"] == "127.0.0.1"
