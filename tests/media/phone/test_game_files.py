from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask, Response

from media.phone.game_files import game_policy, send_game_file
from tests.rig.files.game_zips import GOOD, PAGE, packed

FOLDER = "https://m.example/media/abc/"


def sent(folder: Path, name: str, **headers: str) -> Response | None:
    package = packed(folder / "z", {**GOOD, "notes.md": b"no type"})
    with Flask("box").test_request_context(headers=headers):
        answer = send_game_file(package, name, folder=FOLDER, etag="abc")
        if answer is not None:
            answer.direct_passthrough = False
        return answer


def test_a_file_is_served_in_a_sandbox_without_an_origin(tmp_path: Path) -> None:
    answer = sent(tmp_path, "index.html")
    assert answer is not None
    assert answer.get_data() == PAGE
    assert answer.mimetype == "text/html"
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-scripts; default-src 'none'; script-src https://m.example/media/abc/;")
    assert "connect-src 'none'" in policy
    assert "same-origin" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in answer.headers["Cache-Control"]


def test_no_source_of_the_policy_is_another_place() -> None:
    sources = {word for part in game_policy(FOLDER).split("; ") for word in part.rstrip(";").split()[1:]}
    assert {source for source in sources if "://" in source} == {FOLDER}


def test_a_file_is_served_in_ranges_too(tmp_path: Path) -> None:
    answer = sent(tmp_path, "index.html", Range="bytes=0-14")
    assert answer is not None
    assert (answer.status_code, answer.get_data()) == (206, PAGE[:15])


@pytest.mark.parametrize("name", ["other.js", "../index.html", "notes.md", "board/", ""])
def test_what_is_no_file_of_the_game_is_not_served(tmp_path: Path, name: str) -> None:
    assert sent(tmp_path, name) is None
