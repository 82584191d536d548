"""Check the zip of a game that a designer made, and write it anew as a package of known files.

The zip is hostile until it is checked. The size of its directory is limited before it is read. Its files are unpacked
into memory, and only up to the limit, whatever sizes the zip states. No name in the zip is used as a path on the disk.
"""

from __future__ import annotations

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path, PurePosixPath

from PIL import Image

from media.games.package import ALL_BYTES, BOARD, FILE_BYTES, INDEX, PICTURE_SIDE, SDK, TYPES, ending_of
from media.refused import Refused

MOST_FILES, MOST_ENTRIES = 150, 400  # entries are folders and a system's hidden files too
ENTRY_BYTES = 400  # of the directory, for each entry at most
NAME_CHARS, DEEPEST = 100, 5
MOST_RATIO, SMALL_BYTES = 200, 64 << 10  # drawings and texts shrink to a fiftieth at best; small files do not matter
MOST_PICTURES, PIXELS = 24, 4_000_000

END = struct.Struct("<4s4H2LH")  # the end of central directory record (APPNOTE 4.3.16)
END_MARK, LOCATOR_MARK, LOCATOR_BYTES = b"PK\x05\x06", b"PK\x06\x07", 20
HIDDEN_FILES = (".DS_Store", "Thumbs.db", "desktop.ini")
SEGMENT = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?<!\.)")
ARCHIVE_ENDINGS = (".zip", ".rar", ".7z", ".gz", ".tar", ".tgz", ".bz2", ".xz", ".jar", ".apk")
ARCHIVE_MAGICS = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"Rar!\x1a\x07",
    b"7z\xbc\xaf\x27\x1c",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ",
)
TEXTS = (".html", ".css", ".js", ".mjs", ".json", ".txt", ".svg")
PICTURES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".gif": "GIF", ".webp": "WEBP"}
MAGICS = {
    ".mp3": rb"ID3|\xff[\xe2-\xfb]",
    ".m4a": rb"....ftyp",
    ".ogg": rb"OggS",
    ".wav": rb"RIFF....WAVE",
    ".woff": rb"wOFF",
    ".woff2": rb"wOF2",
}
PACK_AGAIN = "Pack the folder again with an ordinary zip program and upload that."
DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError, OverflowError)
# The same files always become the same package.
WRITTEN_AT, FILE_MODE = (1980, 1, 1, 0, 0, 0), (stat.S_IFREG | 0o644) << 16


@dataclass(frozen=True)
class GameFiles:
    """The files of a game by name, all checked."""

    files: dict[str, bytes]

    @property
    def pictures(self) -> tuple[str, ...]:
        """The names of the pictures that the screen may show, in order."""
        return tuple(sorted(name for name in self.files if name.startswith(BOARD)))


def read_game_zip(path: Path) -> GameFiles:
    """Every file of the zip, unpacked and checked.

    Raises Refused, which names the file.
    """
    with _opened(path) as archive:
        files = _without_outer_folder(_unpacked(archive, _entries(archive)))
    files.pop(SDK, None)
    _refuse_alike(files)
    for name, content in files.items():
        _check_file(name, content)
    _check_whole(files)
    return GameFiles(files)


def write_package(game: GameFiles, sdk: bytes, to: Path) -> None:
    """The game and the SDK's script as a zip of which every byte is known."""
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted((game.files | {SDK: sdk}).items()):
            info = zipfile.ZipInfo(name, WRITTEN_AT)
            info.external_attr, info.compress_type = FILE_MODE, zipfile.ZIP_DEFLATED
            archive.writestr(info, content)


# --- the zip itself


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """The open zip. Every error that a damaged zip causes in Python's reader becomes one refusal."""
    _check_directory(path)
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except Refused:
        raise
    except UnicodeDecodeError:
        raise _refused_name("a file whose name cannot be read") from None
    except DAMAGE:
        raise Refused("game_zip_damaged", "The zip is damaged and cannot be read.", PACK_AGAIN) from None


def _check_directory(path: Path) -> None:
    """Bounds the zip's directory, which the reader loads whole. A comment, or the form for zips of more than 4 GB,
    could have it read another directory than this one."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        if size > ALL_BYTES + MOST_ENTRIES * ENTRY_BYTES:
            raise Refused("game_zip_large", f"The zip is larger than {ALL_BYTES >> 20} MB.", _smaller())
        file.seek(max(size - END.size - LOCATOR_BYTES, 0))
        tail = file.read()
    if len(tail) < END.size:
        raise Refused("game_zip_damaged", "This is no zip.", PACK_AGAIN)
    mark, _, _, _, entries, directory_bytes, _, comment = END.unpack(tail[-END.size :])
    if mark != END_MARK or comment or tail.startswith(LOCATOR_MARK):
        raise Refused("game_zip_damaged", "This is no zip, or one with a comment or of the form ZIP64.", PACK_AGAIN)
    if entries > MOST_ENTRIES or directory_bytes > MOST_ENTRIES * ENTRY_BYTES:
        raise _too_many(entries)


def _entries(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The entries to unpack: files, with names that are safe everywhere."""
    entries = [info for info in archive.infolist() if not _is_left_out(info.orig_filename)]
    for info in entries:
        _check_entry(info)
    if len(entries) > MOST_FILES:
        raise _too_many(len(entries))
    return entries


def _is_left_out(name: str) -> bool:
    """Folders, and the files that a system adds by itself."""
    return _is_folder(name) or name.startswith("__MACOSX/") or PurePosixPath(name).name in HIDDEN_FILES


def _is_folder(name: str) -> bool:
    if name.endswith("/"):
        _check_name(name.rstrip("/"))
    return name.endswith("/")


def _check_entry(info: zipfile.ZipInfo) -> None:
    name = info.orig_filename
    _check_name(name)
    if info.flag_bits & 0x1:
        raise Refused("game_locked", f"“{name}” is locked with a password.", "Pack the folder without a password.")
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
        raise Refused("game_link", f"“{name}” is a link, not a file.", "Put the file itself in its place.")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refused("game_packing", f"“{name}” is packed in a way that few programs read.", PACK_AGAIN)


def _check_name(name: str) -> None:
    segments = name.split("/")
    if name.startswith(("/", "\\")) or ".." in segments or "\\" in name or re.match(r"[A-Za-z]:", name):
        raise Refused(
            "game_path",
            f"“{_printable(name)}” is a path out of the zip's own folder.",
            "Pack the files with paths within their folder, separated by “/”.",
        )
    if len(name) > NAME_CHARS or len(segments) > DEEPEST or not all(map(SEGMENT.fullmatch, segments)):
        raise _refused_name(_printable(name))


def _refused_name(name: str) -> Refused:
    return Refused(
        "game_name",
        f"“{name}” has a name that does not read the same on every system.",
        f"Rename it: letters from a to z, digits, “-”, “_” and “.”, at most {NAME_CHARS} characters with its folders,"
        f" which are at most {DEEPEST - 1} deep.",
    )


def _printable(name: str) -> str:
    return "".join(c if c.isprintable() and c not in "“”" else "?" for c in name[:NAME_CHARS])


def _too_many(number: int) -> Refused:
    return Refused(
        "game_many_files",
        f"The zip has {number} files; at most {MOST_FILES} are allowed.",
        "Join small pictures into one, and scripts into a bundle.",
    )


def _unpacked(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    unpacked = 0
    for info in entries:
        content = _unpack(archive, info)
        unpacked += len(content)
        if unpacked > ALL_BYTES:
            text = f"With “{info.filename}”, the files unpack to more than {ALL_BYTES >> 20} MB."
            raise Refused("game_large", text, _smaller())
        if info.filename in files:
            raise _alike(info.filename, info.filename)
        files[info.filename] = content
    return files


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Real bytes are counted: the sizes that the zip states may be wrong."""
    with archive.open(info) as file:
        content = file.read(FILE_BYTES + 1)
    if len(content) > SMALL_BYTES and len(content) > MOST_RATIO * info.compress_size:
        raise Refused(
            "game_bomb",
            f"“{info.filename}” unpacks to more than {MOST_RATIO} times its packed size.",
            "Leave out files that are filled with the same content.",
        )
    if len(content) > FILE_BYTES:
        raise Refused("game_file_large", f"“{info.filename}” is larger than {FILE_BYTES >> 20} MB.", _smaller())
    return content


def _smaller() -> str:
    return "People load the game within seconds: scale pictures down, and shorten or leave out sound."


def _without_outer_folder(files: dict[str, bytes]) -> dict[str, bytes]:
    """Many programs pack the folder itself; then the game is what is in it."""
    outer = {name.partition("/")[0] for name in files}
    if INDEX in files or len(outer) != 1 or (folder := f"{outer.pop()}/") + INDEX not in files:
        return files
    return {name.removeprefix(folder): content for name, content in files.items()}


# --- the files together


def _refuse_alike(files: dict[str, bytes]) -> None:
    """Names that are one file on some systems, or a file and a folder."""
    known: dict[str, str] = {}
    for name in files:
        if (other := known.setdefault(name.casefold(), name)) != name:
            raise _alike(name, other)
    for name in files:
        for folder in PurePosixPath(name.casefold()).parents:
            if str(folder) in known:
                raise _alike(name, known[str(folder)])


def _alike(name: str, other: str) -> Refused:
    text = f"“{name}” and “{other}” are the same name on some systems."
    return Refused("game_alike", text, "Rename one of them, or leave it out.")


def _check_whole(files: dict[str, bytes]) -> None:
    if INDEX not in files:
        raise Refused(
            "game_no_index", f"“{INDEX}” is missing.", f"Name the game's page {INDEX} and put it at the top of the zip."
        )
    if not any(SDK.encode() in content for name, content in files.items() if ending_of(name) in TEXTS):
        raise Refused(
            "game_no_sdk",
            f"“{INDEX}” does not load {SDK}, through which the game hears who plays.",
            f'Add <script src="{SDK}"></script> before the game\'s own script.',
        )
    pictures = [name for name in files if name.startswith(BOARD)]
    if len(pictures) > MOST_PICTURES:
        raise Refused(
            "game_many_pictures",
            f"“{BOARD}” has {len(pictures)} pictures for the screen; at most {MOST_PICTURES} are allowed.",
            "Move those that only phones show into another folder.",
        )


# --- one file


def _check_file(name: str, content: bytes) -> None:
    ending = ending_of(name)
    if ending in ARCHIVE_ENDINGS or content.startswith(ARCHIVE_MAGICS):
        raise Refused("game_nested", f"“{name}” is an archive within the zip.", "Unpack it and pack its files instead.")
    if ending not in TYPES:
        raise Refused(
            "game_type",
            f"“{name}” is of a kind that games may not have.",
            f"Leave it out. Allowed: {', '.join(TYPES)}.",
        )
    if not _is_as_named(ending, content):
        remedy = f"Save it anew as a real {ending} file (texts in UTF-8)."
        raise Refused("game_content", f"“{name}” is not what its ending says.", remedy)
    if ending == ".html":
        _refuse_inline_scripts(name, content)
    if name.startswith(BOARD):
        _check_board_picture(name, content)


def _is_as_named(ending: str, content: bytes) -> bool:
    if ending in PICTURES:
        return _is_picture(ending, content)
    if ending in TEXTS:
        return _is_text(content) and (ending != ".svg" or b"<svg" in content)
    return re.match(MAGICS[ending], content, re.DOTALL) is not None


def _is_text(content: bytes) -> bool:
    try:
        return "\0" not in content.decode()
    except UnicodeDecodeError:
        return False


def _is_picture(ending: str, content: bytes) -> bool:
    """By its header alone: phones decode it, in the game's frame."""
    return _picture(content, [PICTURES[ending]], lambda image: image.width * image.height <= PIXELS)


def _check_board_picture(name: str, content: bytes) -> None:
    """The screen's player decodes it, so it is decoded here first."""
    if not _picture(content, ["PNG", "JPEG", "WEBP"], _decodes_small):
        raise Refused(
            "game_board_picture",
            f"“{name}” cannot be shown on the screen.",
            f"Pictures in {BOARD} are PNG, JPEG or WebP of at most {PICTURE_SIDE} × {PICTURE_SIDE} pixels.",
        )


def _decodes_small(image: Image.Image) -> bool:
    if max(image.size) > PICTURE_SIDE:
        return False
    image.load()
    return True


def _picture(content: bytes, formats: list[str], check: Callable[[Image.Image], bool]) -> bool:
    """Hostile bytes make Pillow's readers raise nearly anything; all of it means that this is no such picture."""
    try:
        with Image.open(BytesIO(content), formats=formats) as image:
            return check(image)
    except Exception:
        return False


class _Inline(HTMLParser):
    """Whether a page has scripts within itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found = False
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        self._in_script = tag == "script" and "src" not in names
        self.found |= any(name.startswith("on") for name in names)

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False

    def handle_data(self, data: str) -> None:
        self.found |= self._in_script and bool(data.strip())


def _refuse_inline_scripts(name: str, content: bytes) -> None:
    """They would not run: the frame allows scripts from the game's own files only."""
    parser = _Inline()
    parser.feed(content.decode())
    if parser.found:
        raise Refused(
            "game_inline_script",
            f"“{name}” has a script within the page, which does not run.",
            "Move it into a file and load that with <script src>; use addEventListener instead of onclick.",
        )
