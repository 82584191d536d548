from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from server.web.wallet import pages
from tests.server.web.conftest import SignIn


def test_a_request_that_breaks_is_logged_without_the_token_in_its_address(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(*_given: object, **_named: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(pages, "claim_of_link", breaks)
    assert client.get("/w/a-secret-token").status_code == 500
    assert "endpoint=wallet.claim_page" in caplog.text
    assert "a-secret-token" not in caplog.text


@pytest.mark.parametrize("path", ["/console/creatives?kind=%00", "/console/report?campaign=%00"])
def test_what_no_database_takes_is_no_fault_of_ours(sign_in: SignIn, path: str) -> None:
    assert sign_in().get(path).status_code < 500
