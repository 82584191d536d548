"""Files of a build as browsers get them; tests/server/web/test_built_files.py has them at the server's addresses."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from media.phone.built_files import CHANGES, FOR_EVER, send_built


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, raw in (("a.js", b"plain"), ("a.js.br", b"brotli"), ("a.js.gz", b"gzip"), ("b.svg", b"<svg/>")):
        (tmp_path / "dist" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "dist" / name).write_bytes(raw)
    (tmp_path / "secret.txt.br").write_bytes(b"secret")
    return tmp_path / "dist"


def sent(folder: Path, name: str, accepted: str = "", *, for_ever: bool = False) -> TestResponse:
    """The answer, its file closed."""
    app = Flask("box")
    app.add_url_rule("/file", view_func=lambda: send_built(folder, name, for_ever=for_ever))
    with app.test_client().get("/file", headers={"Accept-Encoding": accepted}) as answer:
        assert answer.data is not None
        return answer


@pytest.mark.parametrize(
    ("accepted", "raw"),
    [("gzip, br", b"brotli"), ("gzip", b"gzip"), ("br;q=0, gzip", b"gzip"), ("", b"plain"), ("zstd", b"plain")],
)
def test_the_smallest_form_that_the_browser_reads_is_sent(folder: Path, accepted: str, raw: bytes) -> None:
    response = sent(folder, "a.js", accepted)
    assert (response.data, response.mimetype, response.headers["Vary"]) == (raw, "text/javascript", "Accept-Encoding")
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_a_file_that_was_not_compressed_is_sent_as_it_is(folder: Path) -> None:
    response = sent(folder, "b.svg", "br, gzip")
    assert (response.data, response.headers.get("Content-Encoding")) == (b"<svg/>", None)


@pytest.mark.parametrize(("for_ever", "kept"), [(True, FOR_EVER), (False, CHANGES)])
def test_only_a_file_whose_address_changes_with_it_is_kept_for_ever(folder: Path, for_ever: bool, kept: str) -> None:
    assert sent(folder, "a.js", for_ever=for_ever).headers["Cache-Control"] == kept


@pytest.mark.parametrize("name", ["../secret.txt", "gone.js", "", "/etc/passwd"])
def test_nothing_outside_of_the_build_is_sent(folder: Path, name: str) -> None:
    assert sent(folder, name, "br").status_code == 404
