"""Pictures, still and animated, as people really send them, which a careless reader gets wrong."""

from __future__ import annotations

import struct
import subprocess
import zlib
from pathlib import Path

from PIL import Image, ImageCms, ImageDraw

from tests.rig.files.odd_films import SMALL, Shape

Tint = tuple[int, int, int, int]
RED, WHITE = (200, 0, 0, 255), (255, 255, 255, 255)


def ball(size: tuple[int, int], tint: Tint = RED, at: float = 0.0) -> Image.Image:
    """A ball on transparent ground, from the left (0) to the right (1)."""
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    across, width = size[1] * 2 // 3, size[0]
    left = round((width - across) * at)
    ImageDraw.Draw(image).ellipse((left, size[1] // 6, left + across, size[1] // 6 + across), fill=tint)
    return image


def animation(
    path: Path, kind: str, *, size: tuple[int, int] = (160, 90), frames: int = 4, frame_ms: int = 100,
    tint: Tint = RED,
) -> None:  # fmt: skip
    balls = [ball(size, tint, number / frames) for number in range(frames)]
    more = {"GIF": {"disposal": 2, "loop": 0}, "PNG": {"disposal": 1, "loop": 0}, "WEBP": {"lossless": True}}
    balls[0].save(path, kind, save_all=True, append_images=balls[1:], duration=frame_ms, **more.get(kind, {}))


def transparent_film(path: Path, shape: Shape = SMALL, *, tint: Tint = WHITE) -> None:
    """A ball that moves over nothing, as a film (QuickTime Animation)."""
    frames = round(shape.length_s * shape.rate)
    raw = b"".join(ball(shape.size, tint, number / frames).tobytes() for number in range(frames))
    width, height = shape.size
    source = ("-f", "rawvideo", "-pix_fmt", "rgba", "-s", f"{width}x{height}", "-r", f"{shape.rate}", "-i", "pipe:0")
    command = ["ffmpeg", "-v", "error", "-y", *source, "-c:v", "qtrle", "-f", "mov", str(path)]
    subprocess.run(command, check=True, input=raw)


def grey16(path: Path, *, size: tuple[int, int] = (64, 64), big_endian: bool = True) -> None:
    """A ramp from black to white, in 16 bits."""
    order, mode = (">", "I;16B") if big_endian else ("<", "I;16")
    row = b"".join(struct.pack(f"{order}H", x * 65535 // (size[0] - 1)) for x in range(size[0]))
    Image.frombytes(mode, size, row * size[1]).save(path, "TIFF")


def wide_profile() -> bytes:
    """An ICC profile in which full red, green and blue are those of BT.2020."""
    bt2020 = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = bytearray(bt2020)
    red, green, blue = (0.6735, 0.2790, -0.0019), (0.1657, 0.6753, 0.0300), (0.1251, 0.0456, 0.7967)
    for tag, xyz in ((b"rXYZ", red), (b"gXYZ", green), (b"bXYZ", blue)):
        entry = data.index(tag)
        at = int.from_bytes(data[entry + 4 : entry + 8], "big")
        data[at + 8 : at + 20] = b"".join(struct.pack(">i", round(part * 65536)) for part in xyz)
    return bytes(data)


def wide_colours(path: Path, *, palette: bool, size: tuple[int, int] = (64, 64)) -> None:
    """A few colours under a profile wider than sRGB, as a palette or not."""
    image = Image.new("RGB", size, (180, 60, 60))
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 2, size[1]), fill=(60, 160, 60))
    (image.quantize(8) if palette else image).save(path, "PNG", icc_profile=wide_profile())


def commented(path: Path, *, size: tuple[int, int] = (64, 48)) -> None:
    """A JPEG with a comment, the place where it was taken, and XMP."""
    exif = Image.Exif()
    exif[0x010E] = "SECRET description"
    exif.get_ifd(0x8825)[1] = "N"
    image = Image.new("RGB", size, (0, 90, 200))
    image.save(path, "JPEG", comment="SECRET +00 000 000", exif=exif, xmp=b"<x:xmpmeta>SECRET</x:xmpmeta>")


def hdr_still(path: Path, *, transfer: int = 16, colour: tuple[int, int, int] = (148, 148, 148)) -> None:
    """A HEIC in BT.2020 with the curve of PQ (16) or HLG (18); in PQ 148 of 255 are about 200 cd/m²."""
    import pillow_heif

    pillow_heif.register_heif_opener()
    declared = {"color_primaries": 9, "transfer_characteristics": transfer, "matrix_coefficients": 9}
    Image.new("RGB", (64, 48), colour).save(path, "HEIF", quality=95, **declared)


def cropped_avif(path: Path, *, size: tuple[int, int] = (80, 40)) -> None:
    """Red at the left and blue at the right; the file says that only the right half is to be seen."""
    image = Image.new("RGB", size, "red")
    ImageDraw.Draw(image).rectangle((size[0] // 2, 0, *size), fill="blue")
    image.save(path, "AVIF")
    half = struct.pack(">IIIIiIiI", size[0] // 2, 1, size[1], 1, size[0] // 4, 1, 0, 1)
    path.write_bytes(_with_property(path.read_bytes(), b"clap", half))


def hdr_avif(path: Path, *, transfer: int = 16, colour: tuple[int, int, int] = (148, 148, 148)) -> None:
    """As `hdr_still`, in AVIF."""
    Image.new("RGB", (64, 48), colour).save(path, "AVIF", quality=95)
    data = bytearray(path.read_bytes())
    at = data.index(b"nclx") + 4
    data[at : at + 4] = struct.pack(">HH", 9, transfer)
    path.write_bytes(data)


def _with_property(data: bytes, kind: bytes, body: bytes) -> bytes:
    """One more property of the first item: boxes around it grow, and what follows moves."""
    box = struct.pack(">I4s", len(body) + 8, kind) + body
    grown, link = bytearray(data), len(box) + 1
    count = data.index(b"ipma") + 4 + 4 + 4 + 2
    number = data[count] + 1
    end_of_list = count + 1 + data[count]
    grown[count] = number
    grown[end_of_list:end_of_list] = bytes([0x80 | _properties_of(data) + 1])
    ipma = data.index(b"ipma") - 4
    grown[ipma:ipma] = box
    for name, more in ((b"meta", link), (b"iprp", link), (b"ipco", len(box))):
        _grow(grown, grown.index(name) - 4, more)
    _grow(grown, grown.index(b"ipma") - 4, 1)
    offset = data.index(b"iloc") + 4 + 4 + 2 + 2 + 2 + 2 + 2
    grown[offset : offset + 4] = (int.from_bytes(data[offset : offset + 4], "big") + link).to_bytes(4, "big")
    return bytes(grown)


def _properties_of(data: bytes) -> int:
    at = data.index(b"ipco") - 4
    end, count = at + int.from_bytes(data[at : at + 4], "big"), 0
    at += 8
    while at < end:
        at += int.from_bytes(data[at : at + 4], "big")
        count += 1
    return count


def _grow(data: bytearray, at: int, more: int) -> None:
    data[at : at + 4] = (int.from_bytes(data[at : at + 4], "big") + more).to_bytes(4, "big")


def deep_png(path: Path, *, side: int = 7000) -> None:
    """Few bytes, and 16 bits for each of four channels of very many pixels: the cost comes with the decoding."""
    packer, rows = zlib.compressobj(9), bytearray()
    for _ in range(side):
        rows += packer.compress(bytes(1 + side * 8))
    header = struct.pack(">IIBBBBB", side, side, 16, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", bytes(rows + packer.flush())), (b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks))


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
