from __future__ import annotations

import random
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from media.games.package import ALL_BYTES, FILE_BYTES, MIME, PICTURE_SIDE, SDK, read_packed
from media.refused import Refused
from server.creatives.probe.game_zip import (
    MOST_ENTRIES,
    MOST_FILES,
    MOST_PICTURES,
    NAME_CHARS,
    read_game_zip,
    write_package,
)
from tests.rig.files.game_zips import GOOD, PAGE, packed, picture

LINK = 0o120777 << 16


def noise(size: int, seed: int = 0) -> bytes:
    return random.Random(seed).randbytes(size)


def sound(size: int, seed: int = 0) -> bytes:
    return b"OggS" + noise(size - 4, seed)


def refusal(path: Path) -> Refused:
    with pytest.raises(Refused) as refused:
        read_game_zip(path)
    assert refused.value.message
    assert refused.value.remedy
    return refused.value


def test_a_good_zip_is_read_with_its_pictures_for_the_screen(tmp_path: Path) -> None:
    game = read_game_zip(packed(tmp_path / "z", GOOD))
    assert game.files == GOOD
    assert game.pictures == ("board/star.png",)


def test_the_outer_folder_and_hidden_files_of_a_system_are_left_out(tmp_path: Path) -> None:
    inner = {f"my-game/{name}": content for name, content in GOOD.items()}
    hidden = {"my-game/": b"", "my-game/.DS_Store": b"x", "__MACOSX/my-game/._index.html": b"x"}
    assert read_game_zip(packed(tmp_path / "z", hidden | inner)).files == GOOD


def test_the_package_has_the_game_and_the_sdk(tmp_path: Path) -> None:
    game = read_game_zip(packed(tmp_path / "z", {**GOOD, SDK: b"the designer's copy"}))
    for name in ("first", "second"):
        write_package(game, b"the sdk", tmp_path / name)
    assert read_packed(tmp_path / "first", SDK) == b"the sdk"
    assert read_packed(tmp_path / "first", "index.html") == PAGE
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()
    assert read_game_zip(tmp_path / "first").files == GOOD
    assert MIME == "application/zip"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../out.js", "game_path"),
        ("a/../../out.js", "game_path"),
        ("/etc/out.js", "game_path"),
        ("C:/out.js", "game_path"),
        ("a\\out.js", "game_path"),
        ("图.png", "game_name"),
        ("é.js", "game_name"),
        ("a b.js", "game_name"),
        ("a//b.js", "game_name"),
        ("./b.js", "game_name"),
        ("end./b.js", "game_name"),
        ("n" * NAME_CHARS + ".js", "game_name"),
        ("a/b/c/d/e/f.js", "game_name"),
        ("GAME.js", "game_alike"),
        ("game.js/x.js", "game_alike"),
        ("more.zip", "game_nested"),
        ("tool.exe", "game_type"),
        ("noending", "game_type"),
    ],
)
def test_a_name_that_is_not_safe_everywhere_is_refused(tmp_path: Path, name: str, code: str) -> None:
    refused = refusal(packed(tmp_path / "z", {**GOOD, name: b"1;"}))
    assert refused.code == code
    assert refused.message.startswith("“")


def test_a_name_that_ends_at_a_zero_byte_is_refused(tmp_path: Path) -> None:
    content = packed(tmp_path / "z", {**GOOD, "n.png.js": b"1;"}).read_bytes()
    (tmp_path / "z").write_bytes(content.replace(b"n.png.js", b"n.js\0.js"))
    assert refusal(tmp_path / "z").code == "game_name"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("sub.js", b"PK\x03\x04 and so on", "game_nested"),
        ("a.png", b"no picture", "game_content"),
        ("a.jpg", picture("PNG"), "game_content"),
        ("a.css", b"\xff\xfe", "game_content"),
        ("a.js", b"\0", "game_content"),
        ("a.svg", b"<p>", "game_content"),
        ("a.mp3", b"no sound", "game_content"),
        ("board/a.gif", picture("GIF"), "game_board_picture"),
        ("board/a.png", picture(side=PICTURE_SIDE + 1), "game_board_picture"),
        ("board/a.png", picture(side=200)[:-40], "game_board_picture"),
        ("board/a.txt", b"text", "game_board_picture"),
        ("more.html", b"<script>go()</script>", "game_inline_script"),
        ("more.html", b"<p onclick=go()>", "game_inline_script"),
        ("big.ogg", sound(FILE_BYTES + 1), "game_file_large"),
        ("big.txt", bytes(1 << 20), "game_bomb"),
        ("bomb.txt", bytes(FILE_BYTES * 4), "game_bomb"),
    ],
)
def test_a_file_that_is_not_what_it_may_be_is_refused_by_name(
    tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    refused = refusal(packed(tmp_path / "z", {**GOOD, name: content}))
    assert refused.code == code
    assert f"“{name}”" in refused.message


def test_files_that_are_too_many_or_too_large_together_are_refused(tmp_path: Path) -> None:
    many = {f"f{number}.js": b"1;" for number in range(MOST_FILES)}
    assert refusal(packed(tmp_path / "z", GOOD | many)).code == "game_many_files"
    entries = {f"d{number}/": b"" for number in range(MOST_ENTRIES)}
    assert refusal(packed(tmp_path / "z", GOOD | entries)).code == "game_many_files"
    pictures = {f"board/{number}.png": picture() for number in range(MOST_PICTURES)}
    assert refusal(packed(tmp_path / "z", GOOD | pictures)).code == "game_many_pictures"
    texts = {f"{n}.txt": b"\n".join(b"%d" % (k * n) for k in range(300_000)) for n in range(1, 5)}
    assert refusal(packed(tmp_path / "z", GOOD | texts)).code == "game_large"
    (tmp_path / "z").write_bytes(bytes(2 * ALL_BYTES))
    assert refusal(tmp_path / "z").code == "game_zip_large"


def test_a_game_without_its_page_or_the_sdk_is_refused(tmp_path: Path) -> None:
    assert refusal(packed(tmp_path / "z", {"game.html": PAGE})).code == "game_no_index"
    assert refusal(packed(tmp_path / "z", {"index.html": b"<p>Play"})).code == "game_no_sdk"


def test_links_locked_files_and_odd_packings_are_refused(tmp_path: Path) -> None:
    def with_entry(spoil: dict[str, int], packing: int = zipfile.ZIP_STORED) -> Refused:
        packed(tmp_path / "z", GOOD)
        with zipfile.ZipFile(tmp_path / "z", "a") as archive:
            info = zipfile.ZipInfo("x.js")
            info.compress_type = packing
            archive.writestr(info, b"1;")
            for field, value in spoil.items():  # as the directory will say it
                setattr(info, field, value)
        return refusal(tmp_path / "z")

    assert with_entry({"external_attr": LINK}).code == "game_link"
    assert with_entry({"flag_bits": 1}).code == "game_locked"
    assert with_entry({}, zipfile.ZIP_LZMA).code == "game_packing"
    assert with_entry({"CRC": 1}).code == "game_zip_damaged"


def test_the_same_name_twice_is_refused(tmp_path: Path) -> None:
    packed(tmp_path / "z", GOOD)
    with zipfile.ZipFile(tmp_path / "z", "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("game.js", "2;")
    assert refusal(tmp_path / "z").code == "game_alike"


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"PK", picture(), b"PK\x05\x06" + b"\xff" * 18):
        (tmp_path / "z").write_bytes(content)
        assert refusal(tmp_path / "z").code.startswith("game_")


def test_a_comment_and_zip64_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(packed(tmp_path / "z", GOOD), "a") as archive:
        archive.comment = b"hello"
    assert refusal(tmp_path / "z").code == "game_zip_damaged"
    content = packed(tmp_path / "z", GOOD).read_bytes()
    (tmp_path / "z").write_bytes(content[:-22] + b"PK\x06\x07" + bytes(16) + content[-22:])
    assert refusal(tmp_path / "z").code == "game_zip_damaged"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    spoiled=st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), min_size=1, max_size=12),
    cut=st.integers(0, 400),
    names=st.dictionaries(st.text(min_size=1, max_size=12), st.binary(max_size=40), max_size=3),
)
def test_whatever_the_zip_it_is_refused_with_a_remedy_or_all_of_it_is_safe(
    tmp_path: Path, spoiled: list[tuple[int, int]], cut: int, names: dict[str, bytes]
) -> None:
    content = bytearray(packed(tmp_path / "z", GOOD | names).read_bytes())
    for at, byte in spoiled:
        content[at % len(content)] = byte
    (tmp_path / "z").write_bytes(content[: len(content) - (cut if cut < 40 else 0)])
    files = files_of_safe_zip(tmp_path / "z")
    assert all(name.isascii() and ".." not in name.split("/") and name[0] != "/" for name in files)
    assert sum(map(len, files.values())) <= ALL_BYTES


def files_of_safe_zip(path: Path) -> dict[str, bytes]:
    try:
        return read_game_zip(path).files
    except Refused as refused:
        return {} if refused.remedy and refused.code.startswith("game_") else {"/refused without a remedy": b""}
