from __future__ import annotations

import struct
from pathlib import Path

import pytest
from PIL import Image

from server.creatives.probe.colour_coding import Coding
from server.creatives.probe.picture_boxes import PictureExtras, _crop, _of_avif, _of_png, read_extras
from tests.rig.files.odd_pictures import cropped_avif, hdr_still

PNG = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + b"crc_"


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", 8 + len(body)) + kind + body


def test_a_png_names_its_colours_before_its_pixels_alone() -> None:
    coding = chunk(b"cICP", bytes((9, 16, 0, 1)))
    assert _of_png(PNG + chunk(b"IHDR", bytes(13)) + coding) == Coding(9, 16)
    assert _of_png(PNG + chunk(b"IDAT", b"pixels") + coding) is None


@pytest.mark.parametrize("data", [b"", PNG, PNG + b"\xff\xff\xff\xffcHRM", PNG + bytes(11), PNG + bytes(4000)])
def test_a_png_of_nonsense_names_none_and_comes_to_an_end(data: bytes) -> None:
    assert _of_png(data) is None


@pytest.mark.parametrize("data", [b"", bytes(4000), b"\xff" * 4000, box(b"meta", b""), box(b"meta", bytes(4))])
def test_an_avif_of_nonsense_names_nothing(data: bytes) -> None:
    assert _of_avif(data, (80, 40)) == PictureExtras()


def avif(*properties: bytes, of: tuple[int, ...]) -> bytes:
    """The head of a file whose primary item is 1, with these of the properties."""
    ipma = struct.pack(">IIHB", 0, 1, 1, len(of)) + bytes(of)
    iprp = box(b"ipco", b"".join(properties)) + box(b"ipma", ipma)
    return box(b"meta", bytes(4) + box(b"pitm", struct.pack(">IH", 0, 1)) + box(b"iprp", iprp))


def clap(width: int, height: int, right: int = 0, down: int = 0) -> bytes:
    return struct.pack(">IIIIiIiI", width, 1, height, 1, right, 1, down, 1)


def test_only_properties_of_the_primary_item_count() -> None:
    colours = box(b"colr", b"nclx" + struct.pack(">HHH", 12, 13, 1) + b"\x80")
    crop = box(b"clap", clap(40, 40, 20))
    read = PictureExtras(Coding(12, 13), (40, 0, 80, 40))
    assert _of_avif(avif(colours, crop, of=(1, 2)), (80, 40)) == read
    assert _of_avif(avif(colours, crop, of=(0x81, 0x82)), (80, 40)) == read, "the first bit is no part of the number"
    assert _of_avif(avif(colours, crop, of=(0, 3, 9)), (80, 40)) == PictureExtras()


@pytest.mark.parametrize(
    ("body", "crop"),
    [
        (clap(80, 40), (0, 0, 80, 40)),
        (clap(20, 10), (30, 15, 50, 25)),
        (clap(20, 10, -30, 15), (0, 30, 20, 40)),
        (clap(82, 40), None),
        (clap(20, 10, 31), None),
        (clap(0, 10), None),
        (struct.pack(">IIIIiIiI", 20, 0, 10, 1, 0, 1, 0, 1), None),
    ],
)
def test_a_crop_that_is_not_inside_the_picture_is_none(body: bytes, crop: tuple[int, int, int, int] | None) -> None:
    assert _crop(body, (80, 40)) == crop


def test_real_files_say_what_they_were_written_with(tmp_path: Path) -> None:
    cropped, hdr, plain = (tmp_path / name for name in ("a.avif", "b.heic", "c.jpg"))
    cropped_avif(cropped)
    hdr_still(hdr)
    Image.new("RGB", (4, 4)).save(plain)
    with Image.open(cropped) as image:
        assert read_extras(cropped, image).crop == (40, 0, 80, 40)
    with Image.open(hdr) as image:
        assert read_extras(hdr, image) == PictureExtras(Coding(9, 16))
    with Image.open(plain) as image:
        assert read_extras(plain, image) == PictureExtras()
