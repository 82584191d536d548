"""Small real media, drawn by Pillow or encoded by ffmpeg once for all tests, good and bad."""

from __future__ import annotations

import atexit
import shutil
import struct
import subprocess
import tempfile
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw

FILM = ("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=2")
TONE = ("-f", "lavfi", "-i", "sine=frequency=440:duration=2:sample_rate=44100")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


@cache
def folder() -> Path:
    """One folder for the whole run of tests, gone when it ends."""
    made = tempfile.mkdtemp(prefix="samples-")
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return Path(made)


def sample(name: str) -> Path:
    """The sample of this name, made when it is first asked for."""
    path = folder() / name
    if not path.exists():
        draft = path.with_name(f"draft-{name}")
        MADE[name](draft)
        draft.rename(path)
    return path


def _ffmpeg(*arguments: str | Path) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True, stdin=subprocess.DEVNULL)


# --- films and sound


def film(path: Path) -> None:
    """Sound, index at the end."""
    _ffmpeg(*FILM, *TONE, *H264, "-c:a", "aac", "-shortest", "-f", "mp4", path)


MARKER = (220, 30, 220)


def marked(path: Path) -> None:
    """Four seconds with sound; whatever moves around it, the middle is of the marker's colour."""
    colour = "0x{:02x}{:02x}{:02x}".format(*MARKER)
    box = f"drawbox=x=160:y=60:w=320:h=240:color={colour}:t=fill"
    picture = ("-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=4")
    tone = ("-f", "lavfi", "-i", "sine=frequency=440:duration=4:sample_rate=44100")
    _ffmpeg(*picture, *tone, "-vf", box, *H264, "-c:a", "aac", "-shortest", "-f", "mp4", path)


def film_faststart(path: Path) -> None:
    _ffmpeg("-i", sample("film.mp4"), "-c", "copy", "-movflags", "+faststart", "-f", "mp4", path)


def silent(path: Path) -> None:
    _ffmpeg(*FILM, *H264, "-an", "-f", "mp4", path)


def portrait(path: Path) -> None:
    _ffmpeg("-f", "lavfi", "-i", "testsrc2=s=180x320:r=25:d=2", *H264, "-f", "mp4", path)


def rotated(path: Path) -> None:
    """As phones write it: lying pixels, and a note to turn them."""
    turned = ("-metadata:s:v:0", "rotate=90") if _old_ffmpeg() else ()
    before = () if _old_ffmpeg() else ("-display_rotation", "90")
    _ffmpeg(*before, "-i", sample("silent.mp4"), "-c", "copy", *turned, "-f", "mp4", path)


def webm(path: Path) -> None:
    _ffmpeg(*FILM, *TONE, "-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus", "-shortest", "-f", "webm", path)


def variable_rate(path: Path) -> None:
    """Frames 40 and 200 ms apart, as screen recorders write."""
    drop = "select='lt(n,20)+not(mod(n,5))'"
    _ffmpeg(*FILM, "-vf", drop, "-fps_mode", "vfr", *H264, "-f", "mp4", path)


def large_60(path: Path) -> None:
    """Larger and faster than any rendition may be, one second of it."""
    _ffmpeg("-f", "lavfi", "-i", "color=navy:s=2048x1152:r=60:d=1", *H264, "-f", "mp4", path)


def wide_pixels(path: Path) -> None:
    """Anamorphic: 160 × 180 pixels, each twice as wide as high."""
    _ffmpeg(*FILM, "-vf", "scale=160:180,setsar=2", *H264, "-f", "mp4", path)


def interlaced(path: Path) -> None:
    _ffmpeg(*FILM, "-vf", "interlace", "-c:v", "mpeg2video", "-flags", "+ilme+ildct", "-f", "mpegts", path)


def late_sound(path: Path) -> None:
    """The sound begins half a second after the picture."""
    _ffmpeg(*FILM, "-itsoffset", "0.5", *TONE, *H264, "-c:a", "aac", "-t", "2", "-f", "mp4", path)


def hdr(path: Path) -> None:
    """As telephones film in the evening: ten bits, wide colours, hybrid log-gamma."""
    tags = "colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc"
    ten_bits = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le", "-x264-params", tags)
    _ffmpeg(*FILM, "-t", "1", *ten_bits, "-f", "mp4", path)


def short(path: Path) -> None:
    _ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x64:r=25:d=0.4", *H264, "-f", "mp4", path)


def long_film(path: Path) -> None:
    """Takes a worker some seconds: something to be killed in the middle of."""
    _ffmpeg("-f", "lavfi", "-i", "testsrc2=s=960x540:r=30:d=20", *H264, "-f", "mp4", path)


def mp3(path: Path) -> None:
    _ffmpeg(*TONE, "-f", "mp3", path)


def mp3_with_cover(path: Path) -> None:
    _ffmpeg("-i", sample("tone.mp3"), "-i", sample("picture.png"), "-map", "0", "-map", "1", "-f", "mp3", path)


def wav(path: Path) -> None:
    _ffmpeg(*TONE, "-f", "wav", path)


def ogg(path: Path) -> None:
    _ffmpeg(*TONE, "-c:a", "libopus", "-f", "ogg", path)


def gif(path: Path) -> None:
    _ffmpeg("-f", "lavfi", "-i", "testsrc2=s=80x60:r=5:d=2", "-f", "gif", path)


def unknown_codec(path: Path) -> None:
    """A film whose picture claims a format that nobody has heard of."""
    path.write_bytes(sample("silent.mp4").read_bytes().replace(b"avc1", b"zzzz"))


def cut(name: str) -> Callable[[Path], None]:
    """The first 60 % of another sample."""

    def make(path: Path) -> None:
        whole = sample(name).read_bytes()
        path.write_bytes(whole[: len(whole) * 6 // 10])

    return make


def _old_ffmpeg() -> bool:
    """Before 6.0 rotation is written as a tag, since then by an option."""
    told = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True, check=True).stdout
    return told.split()[2].split(".")[0] in ("4", "5")


# --- pictures


def drawn(width: int = 400, height: int = 200) -> Image.Image:
    """Red at the left, blue at the right, a white corner at the top left."""
    image = Image.new("RGB", (width, height), "red")
    draw = ImageDraw.Draw(image)
    draw.rectangle((width // 2, 0, width, height), fill="blue")
    draw.rectangle((0, 0, width // 10, height // 10), fill="white")
    return image


def png(path: Path) -> None:
    drawn().save(path, "PNG")


def exif_rotated(path: Path) -> None:
    """Lying pixels with orientation 6: seen upright it is 200 × 400, red at the top."""
    exif = Image.Exif()
    exif[0x0112] = 6
    drawn().save(path, "JPEG", exif=exif, quality=95)


def cmyk(path: Path) -> None:
    drawn().convert("CMYK").save(path, "JPEG", quality=95)


def large_jpeg(path: Path) -> None:
    drawn(3000, 2000).save(path, "JPEG")


def transparent(path: Path) -> None:
    image = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((100, 100, 200, 200), fill=(0, 128, 0, 255))
    image.save(path, "PNG")


def heic(path: Path) -> None:
    import pillow_heif

    pillow_heif.from_pillow(drawn()).save(path)


def moving_webp(path: Path) -> None:
    drawn(80, 40).save(path, "WEBP", save_all=True, append_images=[drawn(80, 40).rotate(180)], duration=200)


def bomb(path: Path) -> None:
    """A few hundred bytes whose header promises 60,000 × 60,000 pixels."""
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(*chunk) for chunk in chunks))


def deep(path: Path) -> None:
    """2500 × 2500 pixels of 16 bits a channel, a few kilobytes that take some 75 MB to decode."""
    header = struct.pack(">IIBBBBB", 2500, 2500, 16, 6, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80\0" * 4 * 2500) * 2500)
    chunks = ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(*chunk) for chunk in chunks))


def _png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


# --- neither


def text(path: Path) -> None:
    path.write_text("Dear operator, this is a letter and no film.\n" * 50)


def playlist(path: Path) -> None:
    """What would make a careless reader open other files."""
    path.write_text("#EXTM3U\n#EXTINF:5,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n")


def empty(path: Path) -> None:
    path.touch()


MADE: dict[str, Callable[[Path], None]] = {
    "film.mp4": film,
    "marked.mp4": marked,
    "faststart.mp4": film_faststart,
    "silent.mp4": silent,
    "portrait.mp4": portrait,
    "rotated.mp4": rotated,
    "film.webm": webm,
    "variable.mp4": variable_rate,
    "large60.mp4": large_60,
    "wide_pixels.mp4": wide_pixels,
    "interlaced.ts": interlaced,
    "late_sound.mp4": late_sound,
    "hdr.mp4": hdr,
    "short.mp4": short,
    "long.mp4": long_film,
    "tone.mp3": mp3,
    "cover.mp3": mp3_with_cover,
    "tone.wav": wav,
    "tone.ogg": ogg,
    "moving.gif": gif,
    "moving.webp": moving_webp,
    "unknown_codec.mp4": unknown_codec,
    "cut.mp4": cut("film.mp4"),
    "cut_faststart.mp4": cut("faststart.mp4"),
    "cut.webm": cut("film.webm"),
    "cut.mp3": cut("tone.mp3"),
    "cut.wav": cut("tone.wav"),
    "cut.ogg": cut("tone.ogg"),
    "cut.gif": cut("moving.gif"),
    "cut.jpg": cut("large.jpg"),
    "cut.png": cut("picture.png"),
    "picture.png": png,
    "rotated.jpg": exif_rotated,
    "cmyk.jpg": cmyk,
    "large.jpg": large_jpeg,
    "transparent.png": transparent,
    "picture.heic": heic,
    "bomb.png": bomb,
    "deep.png": deep,
    "text.mp4": text,
    "playlist.mp4": playlist,
    "empty.mp4": empty,
}
