"""CSV files as spreadsheets save them."""

from __future__ import annotations

import unicodedata

import pytest

from server.screens.table.sheet import NotText, Record, UnreadableLine, Workbook, decode_csv, read_records

NAMES = "venue,name\nCafé Hôtel,Lift 2\n"
CHINESE = "场所,名称\n滨江大厦,客梯 2\n"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (NAMES.encode(), NAMES),
        (NAMES.encode("utf-8-sig"), NAMES),
        (unicodedata.normalize("NFD", NAMES).encode(), NAMES),
        (NAMES.encode("utf-16"), NAMES),
        (b"\xfe\xff" + NAMES.encode("utf-16-be"), NAMES),
        (NAMES.encode("utf-16-le"), NAMES),
        (NAMES.encode("utf-16-be"), NAMES),
        (NAMES.encode("cp1252"), NAMES),
        (CHINESE.encode("utf-16"), CHINESE),
        (CHINESE.encode("gb18030"), CHINESE),
        (b"", ""),
    ],
)
def test_a_file_is_read_in_the_encoding_in_which_it_was_saved(raw: bytes, text: str) -> None:
    assert decode_csv(raw) == text


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"PK\x03\x04\x14\x00\x06\x00", Workbook),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Workbook),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", NotText),
        (b"\xff\xfea", NotText),
    ],
)
def test_a_file_of_another_kind_is_named_as_such(raw: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        decode_csv(raw)


@pytest.mark.parametrize(
    "text",
    [
        "venue,name\nTower,Lift 2\n",
        "venue;name\r\nTower;Lift 2\r\n",
        "venue\tname\rTower\tLift 2",
        "sep=;\r\nvenue;name\r\nTower;Lift 2",
        '"venue","name"\n"Tower","Lift 2"',
        "\n\n venue , name \n,\nTower,Lift\u00a02\n\n",
    ],
)
def test_every_separator_and_line_end_gives_the_same_records(text: str) -> None:
    assert [record.cells for record in read_records(text)] == [("venue", "name"), ("Tower", "Lift 2")]


def test_a_record_bears_the_line_at_which_it_begins() -> None:
    text = 'sep=,\nvenue,name\n"Tower\nNorth","Lift ""A"", left"\n\nTower,5" panel\n'
    assert read_records(text)[1:] == [
        Record(3, ("Tower North", 'Lift "A", left')),
        Record(6, ("Tower", '5" panel')),
    ]


@pytest.mark.parametrize("line", ['Tower,"Lift 2', 'Tower,"Lift" 2'])
def test_a_quotation_mark_that_is_never_closed_is_found(line: str) -> None:
    with pytest.raises(UnreadableLine) as caught:
        read_records(f"venue,name\nTower,Lift 1\n{line}\nTower,Lift 3\n")
    assert caught.value.line == 3
