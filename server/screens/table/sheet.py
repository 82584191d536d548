"""A CSV file as spreadsheets save it: its encoding, its separator, and the line at which each record begins."""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from server.errors import Invalid

SEPARATORS = ",;\t"
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx and .ods, .xls
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
HIGH_BYTES = re.compile(rb"[\x80-\xff]+")


class Workbook(Invalid):
    """This is a workbook of a spreadsheet, not a CSV file. Open it, choose Save as, then CSV UTF-8, and send that."""


class NotText(Invalid):
    """This is not a text file. Save the table as CSV UTF-8 and send that file."""


class OpenQuote(Invalid):
    """A quotation mark is opened and not closed as it should be. Close it, or take it out."""


@dataclass(frozen=True)
class Record:
    """A row of the table. `line`: where it begins in the file, from 1."""

    line: int
    cells: tuple[str, ...]


class UnreadableLine(Exception):
    """The record that begins in this line cannot be read."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def decode_csv(raw: bytes) -> str:
    """The text of a file, in NFC. Raises Workbook or NotText."""
    if raw.startswith(WORKBOOKS):
        raise Workbook
    try:
        text = raw.decode(_encoding(raw))
    except UnicodeDecodeError as error:
        raise NotText from error
    if "\0" in text:
        raise NotText
    return unicodedata.normalize("NFC", text.removeprefix("\ufeff"))


def _encoding(raw: bytes) -> str:
    """UTF-8 or UTF-16, else Excel's own default: GB 18030 in China, Windows-1252 in the West."""
    if raw.startswith(UTF_16):
        return "utf-16"
    if b"\0" in raw:
        return "utf-16-le" if raw[1:2] == b"\0" else "utf-16-be"
    for encoding in ("utf-8", "gb18030"):
        if encoding == "gb18030" and not _in_pairs(raw):
            continue
        try:
            raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return "cp1252"


def _in_pairs(raw: bytes) -> bool:
    """Chinese characters are two high bytes each; a western letter with an accent is one alone."""
    return all(len(run) % 2 == 0 for run in HIGH_BYTES.findall(raw))


def read_records(text: str) -> list[Record]:
    """The records that are not blank, blanks around and within cells made one. Raises UnreadableLine."""
    return [record for record in _records(text) if any(record.cells)]


def _records(text: str) -> Iterator[Record]:
    hint = re.match(r"sep=(.)[ \t]*\r?\n", text, re.IGNORECASE)
    lines = io.StringIO(text, newline="")
    if hint:
        lines.readline()
    reader = csv.reader(lines, delimiter=hint[1] if hint else _separator(text), strict=True)
    before = 1 if hint else 0
    while True:
        line = before + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UnreadableLine(line) from error
        yield Record(line, tuple(_tidy(cell) for cell in cells))


def _separator(text: str) -> str:
    """The known separator that is most frequent in the first line."""
    head = next((line for line in text.splitlines() if line.strip()), "")
    return max(SEPARATORS, key=head.count)


def _tidy(cell: str) -> str:
    return " ".join(unicodedata.normalize("NFC", cell).split())
