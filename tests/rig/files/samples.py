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

from tests.rig.files import odd_films, odd_pictures
from tests.rig.files.odd_films import Shape, ffmpeg
from tests.rig.files.odd_pictures import png_chunk

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
    """The sample of this name, made when it is first needed."""
    path = folder() / name
    if not path.exists():
        draft = path.with_name(f"draft-{name}")
        MADE[name](draft)
        draft.rename(path)
    return path


# --- films and sound


def film(path: Path) -> None:
    """Sound, index at the end."""
    ffmpeg(*FILM, *TONE, *H264, "-c:a", "aac", "-shortest", "-f", "mp4", path)


MARKER = (220, 30, 220)


def marked(path: Path) -> None:
    """Four seconds with sound; what surrounds it moves, but the middle is of the marker's colour."""
    colour = "0x{:02x}{:02x}{:02x}".format(*MARKER)
    box = f"drawbox=x=160:y=60:w=320:h=240:color={colour}:t=fill"
    picture = ("-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=4")
    tone = ("-f", "lavfi", "-i", "sine=frequency=440:duration=4:sample_rate=44100")
    ffmpeg(*picture, *tone, "-vf", box, *H264, "-c:a", "aac", "-shortest", "-f", "mp4", path)


def film_faststart(path: Path) -> None:
    ffmpeg("-i", sample("film.mp4"), "-c", "copy", "-movflags", "+faststart", "-f", "mp4", path)


def silent(path: Path) -> None:
    ffmpeg(*FILM, *H264, "-an", "-f", "mp4", path)


def portrait(path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=180x320:r=25:d=2", *H264, "-f", "mp4", path)


def rotated(path: Path) -> None:
    """As phones write it: lying pixels, and a note to turn them."""
    turned = ("-metadata:s:v:0", "rotate=90") if _oldffmpeg() else ()
    before = () if _oldffmpeg() else ("-display_rotation", "90")
    ffmpeg(*before, "-i", sample("silent.mp4"), "-c", "copy", *turned, "-f", "mp4", path)


def webm(path: Path) -> None:
    ffmpeg(*FILM, *TONE, "-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus", "-shortest", "-f", "webm", path)


def variable_rate(path: Path) -> None:
    """Frames 40 and 200 ms apart, as screen recorders write."""
    drop = "select='lt(n,20)+not(mod(n,5))'"
    ffmpeg(*FILM, "-vf", drop, "-fps_mode", "vfr", *H264, "-f", "mp4", path)


def large_60(path: Path) -> None:
    """Larger and faster than any rendition may be, one second of it."""
    ffmpeg("-f", "lavfi", "-i", "color=navy:s=2048x1152:r=60:d=1", *H264, "-f", "mp4", path)


def wide_pixels(path: Path) -> None:
    """Anamorphic: 160 × 180 pixels, each twice as wide as high."""
    ffmpeg(*FILM, "-vf", "scale=160:180,setsar=2", *H264, "-f", "mp4", path)


def interlaced(path: Path) -> None:
    ffmpeg(*FILM, "-vf", "interlace", "-c:v", "mpeg2video", "-flags", "+ilme+ildct", "-f", "mpegts", path)


def late_sound(path: Path) -> None:
    """The sound begins half a second after the picture."""
    ffmpeg(*FILM, "-itsoffset", "0.5", *TONE, *H264, "-c:a", "aac", "-t", "2", "-f", "mp4", path)


def hdr(path: Path) -> None:
    """As telephones film in the evening: ten bits, wide colours, hybrid log-gamma."""
    tags = "colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc"
    ten_bits = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le", "-x264-params", tags)
    ffmpeg(*FILM, "-t", "1", *ten_bits, "-f", "mp4", path)


def short(path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x64:r=25:d=0.4", *H264, "-f", "mp4", path)


def long_film(path: Path) -> None:
    """Takes a worker some seconds: something to be killed in the middle of."""
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=960x540:r=30:d=20", *H264, "-f", "mp4", path)


def mp3(path: Path) -> None:
    ffmpeg(*TONE, "-f", "mp3", path)


def mp3_with_cover(path: Path) -> None:
    ffmpeg("-i", sample("tone.mp3"), "-i", sample("picture.png"), "-map", "0", "-map", "1", "-f", "mp3", path)


def wav(path: Path) -> None:
    ffmpeg(*TONE, "-f", "wav", path)


def ogg(path: Path) -> None:
    ffmpeg(*TONE, "-c:a", "libopus", "-f", "ogg", path)


def gif(path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=80x60:r=5:d=2", "-f", "gif", path)


def unknown_codec(path: Path) -> None:
    """A film whose picture claims a format that nobody has heard of."""
    path.write_bytes(sample("silent.mp4").read_bytes().replace(b"avc1", b"zzzz"))


def cut(name: str, percent: int = 60) -> Callable[[Path], None]:
    """The first part of another sample."""

    def make(path: Path) -> None:
        whole = sample(name).read_bytes()
        path.write_bytes(whole[: len(whole) * percent // 100])

    return make


def _oldffmpeg() -> bool:
    """Before 6.0 rotation is written as a tag, since then by an option."""
    version = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True, check=True).stdout
    return version.split()[2].split(".")[0] in ("4", "5")


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


def bomb(path: Path) -> None:
    """A few hundred bytes whose header promises 60,000 × 60,000 pixels."""
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks))


def deep(path: Path) -> None:
    """2500 × 2500 pixels of 16 bits a channel, a few kilobytes that take some 75 MB to decode."""
    header = struct.pack(">IIBBBBB", 2500, 2500, 16, 6, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80\0" * 4 * 2500) * 2500)
    chunks = ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks))


# --- neither


def text(path: Path) -> None:
    path.write_text("Dear operator, this is a letter and no film.\n" * 50)


def playlist(path: Path) -> None:
    """A playlist, which would make a careless reader open other files."""
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
    "quiet_first.mp3": lambda path: odd_films.quiet_first(path, Shape(length_s=6)),
    "loud_first.mp3": lambda path: odd_films.loud_first(path, Shape(length_s=6)),
    "offset.mp4": odd_films.offset,
    "offset.ts": lambda path: odd_films.offset(path, Shape(container="ts")),
    "fragmented.mp4": odd_films.fragmented,
    "live.webm": odd_films.live_webm,
    "wrong_header.mkv": odd_films.wrong_header,
    "trailing.mp4": odd_films.trailing,
    "short_sound.mp4": odd_films.short_sound,
    "sound_longer.mp4": lambda path: odd_films.sound_longer(path, Shape(length_s=3)),
    "late_picture.mp4": odd_films.late_picture,
    "long_subtitles.mkv": odd_films.long_subtitles,
    "second_default.mov": lambda path: odd_films.second_default(path, Shape(container="mov")),
    "unknown_first.mov": lambda path: odd_films.unknown_first(path, Shape(container="mov")),
    "hlg_only.mov": odd_films.hlg_only,
    "talkative.mov": lambda path: odd_films.talkative(path, Shape(container="mov")),
    "alpha.mov": odd_pictures.transparent_film,
    "ball.gif": lambda path: odd_pictures.animation(path, "GIF"),
    "ball.png": lambda path: odd_pictures.animation(path, "PNG"),
    "ball.webp": lambda path: odd_pictures.animation(path, "WEBP"),
    "ball.avif": lambda path: odd_pictures.animation(path, "AVIF"),
    "logo.png": lambda path: odd_pictures.ball((160, 90), odd_pictures.WHITE).save(path, "PNG"),
    "moving_logo.webp": lambda path: odd_pictures.animation(path, "WEBP", tint=odd_pictures.WHITE),
    "grey16be.tif": odd_pictures.grey16,
    "grey16le.tif": lambda path: odd_pictures.grey16(path, big_endian=False),
    "wide.png": lambda path: odd_pictures.wide_colours(path, palette=False),
    "wide_palette.png": lambda path: odd_pictures.wide_colours(path, palette=True),
    "comment.jpg": odd_pictures.commented,
    "hdr.heic": odd_pictures.hdr_still,
    "hdr.avif": odd_pictures.hdr_avif,
    "crop.avif": odd_pictures.cropped_avif,
    "cut.avi": cut("film.avi"),
    "cut.flac": cut("tone.flac"),
    "cut.heic": cut("picture.heic"),
    "cut.webp": cut("ball.webp"),
    "nearly_whole.mp3": cut("tone.mp3", percent=85),
    "film.avi": lambda path: ffmpeg(*FILM, *TONE, "-c:v", "mpeg4", "-f", "avi", path),
    "tone.flac": lambda path: ffmpeg(*TONE, "-f", "flac", path),
    "text.mp4": text,
    "playlist.mp4": playlist,
    "empty.mp4": empty,
}
