from __future__ import annotations

import gzip
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

PLAIN = b"console.log('a script')"
ZIPPED = gzip.compress(PLAIN)


@pytest.fixture
def folder(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The static folder, with a script that was built, and an icon that was not compressed."""
    folder = tmp_path / "static"
    (folder / "dist").mkdir(parents=True)
    (folder / "dist/page.js").write_bytes(PLAIN)
    (folder / "dist/page.js.gz").write_bytes(ZIPPED)
    (folder / "dist/page.js.br").write_bytes(b"brotli")
    (folder / "icon.svg").write_bytes(b"<svg/>")
    monkeypatch.setattr(app, "static_folder", str(folder))
    return folder


def fetch(client: FlaskClient, path: str, **headers: str) -> TestResponse:
    """The answer, its file closed."""
    with client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()}) as answer:
        assert answer.data is not None
        return answer


def address(app: Flask, name: str = "dist/page.js") -> str:
    with app.test_request_context():
        return app.url_for("static", filename=name)


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("identity", None),
        ("", None),
        ("gzip;q=0", None),
    ],
)
@pytest.mark.usefixtures("folder")
def test_a_script_is_sent_in_the_smallest_form_that_the_browser_reads(
    app: Flask, client: FlaskClient, accepted: str, coding: str | None
) -> None:
    answer = fetch(client, address(app), Accept_Encoding=accepted)
    assert answer.headers.get("Content-Encoding") == coding
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.data == {"br": b"brotli", "gzip": ZIPPED, None: PLAIN}[coding]


@pytest.mark.usefixtures("folder")
def test_an_uncompressed_file_is_sent_as_it_is(app: Flask, client: FlaskClient) -> None:
    answer = fetch(client, address(app, "icon.svg"), Accept_Encoding="gzip")
    assert (answer.data, answer.headers.get("Content-Encoding")) == (b"<svg/>", None)


def test_an_address_is_cached_for_ever_and_changes_with_the_file(app: Flask, client: FlaskClient, folder: Path) -> None:
    before = address(app)
    assert "immutable" in fetch(client, before).headers["Cache-Control"]
    (folder / "dist/page.js").write_bytes(b"console.log('another script')")
    assert address(app) != before
    assert "immutable" in fetch(client, address(app)).headers["Cache-Control"]
    assert fetch(client, before).headers["Cache-Control"] == "no-cache"  # a page of before, and the file of now


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("path", ["dist/page.js", "dist/page.js?v=", "dist/page.js?v=0123456789ab"])
def test_an_address_without_the_files_version_is_revalidated(client: FlaskClient, path: str) -> None:
    answer = fetch(client, f"/static/{path}")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache")
    assert fetch(client, f"/static/{path}", If_None_Match=answer.headers["ETag"]).status_code == 304


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("path", ["dist/none.js", "../../etc/passwd", "..%2f..%2fapp.py", "dist"])
def test_nothing_else_is_served(client: FlaskClient, path: str) -> None:
    assert client.get(f"/static/{path}").status_code == 404


@pytest.mark.parametrize("page", ["/sign-in", "/wallet"])
def test_every_script_and_style_of_a_page_is_compressed_and_cached(client: FlaskClient, page: str) -> None:
    links = re.findall(r'(?:src|href)="(/static/[^"]+)"', client.get(page).text)
    assert links
    for link in links:
        answer = fetch(client, link, Accept_Encoding="gzip")
        assert answer.status_code == 200, link
        assert "immutable" in answer.headers["Cache-Control"]
        compressed = answer.headers.get("Content-Encoding") == "gzip"
        assert compressed is (not urlsplit(link).path.endswith(".svg")), link


def test_pages_with_secrets_are_not_compressed(client: FlaskClient) -> None:
    answer = client.get("/sign-in", headers={"Accept-Encoding": "gzip, br"})
    assert answer.headers.get("Content-Encoding") is None
