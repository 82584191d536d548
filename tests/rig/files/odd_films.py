"""Films and sounds as people really send them, which a careless reader gets wrong; length, size and codec are free.

`python -m tests.bench.uploads` draws many of each kind; tests take the small ones of `tests.rig.files.samples`.
"""

from __future__ import annotations

import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

LOW_HZ, HIGH_HZ = 300, 900

CODECS: dict[str, tuple[str, ...]] = {
    "h264": ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"),
    "hevc": ("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-x265-params", "log-level=none"),
    "mpeg4": ("-c:v", "mpeg4", "-q:v", "5"),
    "vp8": ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "500k"),
}
SOUNDS = {"webm": ("-c:a", "libopus"), "mkv": ("-c:a", "aac")}
MUXERS = {"mp4": "mp4", "mov": "mov", "mkv": "matroska", "webm": "webm", "ts": "mpegts"}


@dataclass(frozen=True)
class Shape:
    """Properties beside the fault; `rotation` is noted in the file, the pixels lie on their side."""

    length_s: float = 2.0
    size: tuple[int, int] = (160, 90)
    rate: int = 25
    codec: str = "h264"
    container: str = "mp4"
    rotation: int = 0


SMALL = Shape()


def ffmpeg(*arguments: str | Path) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True, stdin=subprocess.DEVNULL)


def picture_of(shape: Shape, length_s: float | None = None) -> list[str]:
    source = f"testsrc2=s={shape.size[0]}x{shape.size[1]}:r={shape.rate}:d={length_s or shape.length_s}"
    return ["-f", "lavfi", "-i", source]


def tone_of(length_s: float, hertz: int = 440) -> list[str]:
    return ["-f", "lavfi", "-i", f"sine=frequency={hertz}:duration={length_s}:sample_rate=44100"]


def write(path: Path, shape: Shape, *arguments: str | Path) -> None:
    """Encode it, and note in the file by how much a player is to turn it."""
    sound, muxer = SOUNDS.get(shape.container, ("-c:a", "aac")), ("-f", MUXERS[shape.container])
    ffmpeg(*arguments, *CODECS[shape.codec], *sound, *muxer, path)
    if shape.rotation:
        lying = path.rename(path.with_name(f"lying-{path.name}"))
        turned = ("-metadata:s:v:0", f"rotate={shape.rotation}")
        ffmpeg("-copyts", "-i", lying, "-map", "0", "-c", "copy", *turned, *muxer, path)
        lying.unlink()


# --- lengths


def quiet_first(path: Path, shape: Shape = SMALL) -> None:
    """MP3 of variable rate without an index: its length is guessed from the quiet beginning."""
    _uneven_mp3(path, "anullsrc=r=44100:cl=stereo", "anoisesrc=c=pink:r=44100:a=0.5", shape)


def loud_first(path: Path, shape: Shape = SMALL) -> None:
    _uneven_mp3(path, "anoisesrc=c=white:r=44100:a=0.8", "anullsrc=r=44100:cl=stereo", shape)


def _uneven_mp3(path: Path, first: str, second: str, shape: Shape) -> None:
    third = shape.length_s / 3
    parts = ["-f", "lavfi", "-t", f"{third}", "-i", first, "-f", "lavfi", "-t", f"{2 * third}", "-i", second]
    joined = "[0]aformat=channel_layouts=stereo[a];[1]aformat=channel_layouts=stereo[b];[a][b]concat=n=2:v=0:a=1"
    bare = ("-write_xing", "0", "-id3v2_version", "0", "-f", "mp3")
    ffmpeg(*parts, "-filter_complex", joined, "-c:a", "libmp3lame", "-q:a", "2", *bare, path)


def offset(path: Path, shape: Shape = SMALL) -> None:
    """Timestamps begin at ten seconds."""
    write(path, shape, *picture_of(shape), *tone_of(shape.length_s), "-output_ts_offset", "10")


def fragmented(path: Path, shape: Shape = SMALL) -> None:
    """As a browser's recorder writes it: the length in the header is the largest number there is."""
    pieces = ("-movflags", "frag_keyframe+empty_moov")
    write(path, shape, *picture_of(shape), *tone_of(shape.length_s), *pieces)
    data = bytearray(path.read_bytes())
    duration = data.index(b"mvhd") + 4 + 16
    data[duration : duration + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(data)


def live_webm(path: Path, shape: Shape = SMALL) -> None:
    """A recording that was never finished: neither its length nor its size are in the header."""
    with path.open("wb") as file:
        command = ["ffmpeg", "-v", "error", *picture_of(shape), *tone_of(shape.length_s), *CODECS["vp8"]]
        command += ["-c:a", "libopus", "-f", "webm", "-live", "1", "pipe:1"]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=file)


def wrong_header(path: Path, shape: Shape = SMALL) -> None:
    """A whole Matroska whose header claims to last for an hour."""
    ffmpeg(*picture_of(shape), *tone_of(shape.length_s), *CODECS[shape.codec], "-c:a", "aac", "-f", "matroska", path)
    data = bytearray(path.read_bytes())
    duration = data.index(b"\x44\x89\x88") + 3
    data[duration : duration + 8] = struct.pack(">d", 3_600_000.0)
    path.write_bytes(data)


def trailing(path: Path, shape: Shape = SMALL) -> None:
    """A good film with a piece of a web page after its end."""
    write(path, shape, *picture_of(shape), *tone_of(shape.length_s))
    with path.open("ab") as file:
        file.write(b"<html>forty bytes after the end</html>..")


def short_sound(path: Path, shape: Shape = SMALL) -> None:
    write(path, shape, *picture_of(shape), *tone_of(0.4))


def sound_longer(path: Path, shape: Shape = SMALL) -> None:
    """The picture lasts a third of the time; its last frame is of one colour."""
    write(path, shape, *picture_of(shape, shape.length_s / 3), *tone_of(shape.length_s))


def late_picture(path: Path, shape: Shape = SMALL) -> None:
    """The picture begins when half of the sound is over."""
    half = shape.length_s / 2
    late = ("-itsoffset", str(half))
    write(path, shape, *late, *picture_of(shape, half), *tone_of(shape.length_s))


def long_subtitles(path: Path, shape: Shape = SMALL) -> None:
    """A subtitle begins before the film and stays long after it."""
    words = path.with_suffix(".srt")
    words.write_text("1\n00:00:00,000 --> 00:00:40,000\nhello\n")
    film = ("-itsoffset", "1", *picture_of(shape))
    kinds = ("-map", "0", "-map", "1", "-c:s", "srt")
    ffmpeg(*film, "-i", words, *kinds, *CODECS[shape.codec], "-f", "matroska", path)
    words.unlink()


# --- tracks


def second_default(path: Path, shape: Shape = SMALL) -> None:
    """Two sounds; the second is the default."""
    tones = (*tone_of(shape.length_s, LOW_HZ), *tone_of(shape.length_s, HIGH_HZ))
    chosen = ("-map", "0", "-map", "1", "-map", "2", "-disposition:a:0", "0", "-disposition:a:1", "default")
    write(path, shape, *picture_of(shape), *tones, *chosen)


def unknown_first(path: Path, shape: Shape = SMALL) -> None:
    """As some telephones write: the first of two sounds, and the default, is in a format that nothing here knows."""
    tones = (*tone_of(shape.length_s, LOW_HZ), *tone_of(shape.length_s, HIGH_HZ))
    write(path, shape, *picture_of(shape), *tones, "-map", "0", "-map", "1", "-map", "2")
    data = bytearray(path.read_bytes())
    entry = next(at + 16 for at in _places(data, b"stsd") if data[at + 16 : at + 20] == b"mp4a")
    codec = data.find(b"esds", entry)
    data[entry : entry + 4], data[codec : codec + 4] = b"apac", b"xxxx"
    path.write_bytes(data)


def _places(data: bytes | bytearray, word: bytes) -> list[int]:
    places, at = [], data.find(word)
    while at >= 0:
        places.append(at)
        at = data.find(word, at + 4)
    return places


def hlg_only(path: Path, shape: Shape = SMALL) -> None:
    """Ten bits with the transfer of HLG, and not a word of which primaries and which matrix."""
    hdr = ("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le", "-tag:v", "hvc1")
    declared = ("-x265-params", "log-level=none:transfer=arib-std-b67")
    ffmpeg(*picture_of(shape), *hdr, *declared, "-f", "mov", path)


def talkative(path: Path, shape: Shape = SMALL) -> None:
    """A film that says where and by whom it was made, in the container, in its tracks and in its chapters."""
    secrets = path.with_suffix(".txt")
    secrets.write_text(
        ";FFMETADATA1\ntitle=SECRET title\ncomment=SECRET comment\nlocation=+31.2304+121.4737/\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=SECRET chapter\n"
    )
    tracks = ("-metadata:s:a:0", "title=SECRET track", "-metadata:s:a:0", "handler_name=SECRET handler")
    marked = ("-i", secrets, "-map", "0", "-map", "1", "-map_metadata", "2", *tracks)
    write(path, shape, *picture_of(shape), *tone_of(shape.length_s), *marked)
    secrets.unlink()
