from __future__ import annotations

from pathlib import Path

from media.games.package import FILE_BYTES, ending_of, read_packed
from tests.rig.files.game_zips import GOOD, packed


def test_a_file_is_read_by_its_name(tmp_path: Path) -> None:
    package = packed(tmp_path / "z", GOOD)
    assert read_packed(package, "board/star.png") == GOOD["board/star.png"]


def test_what_is_not_in_the_package_is_not_read(tmp_path: Path) -> None:
    package = packed(tmp_path / "z", {**GOOD, "large.txt": bytes(FILE_BYTES + 1)})
    for name in ("other.js", "../index.html", "/index.html", "board/", "", "large.txt"):
        assert read_packed(package, name) is None


def test_what_is_no_package_has_no_files(tmp_path: Path) -> None:
    (tmp_path / "film").write_bytes(b"ftyp")
    assert read_packed(tmp_path / "film", "index.html") is None
    assert read_packed(tmp_path / "missing", "index.html") is None


def test_the_ending_decides_the_type_in_any_case() -> None:
    assert ending_of("a/B.PNG") == ".png"
