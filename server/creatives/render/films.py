"""The renditions of films and sound, made by ffmpeg, with the reasons for their encodings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from PIL import Image

from media.cards.grounds import Ground
from server.creatives.probe.found import Found
from server.creatives.render.colours import AS_BT709, JPEG_TO_BT709, scale, to_bt709
from server.creatives.render.ffmpeg import THREADS, FfmpegLimits, OnProgress, input_of, run_ffmpeg

SCREEN_BOX, PHONE_BOX = (1920, 1080), (1280, 720)
MOST_RATE = Fraction(30)
RATES = (Fraction(24), Fraction(25), Fraction(30), Fraction(24000, 1001), Fraction(30000, 1001))
STILL_RATE = 10
SOUND = ["-c:a", "aac", "-ar", "48000", "-ac", "2", "-flags:a", "+bitexact"]  # no comment of the encoder
SOUND_FILTER = "aresample=async=1:first_pts=0,apad"
HOLD_LAST_FRAME = "tpad=stop_mode=clone:stop=-1"
KEY_FRAME_MS = 1000  # so that a phone that joins finds its place quickly
# x264 spends more bits on what moves less: a frame that is held would get sharper with each key frame, a small jump
# every second. With one quality for the whole film, and no frames between two others, it looks the same to the end.
ONE_QUALITY = "qcomp=1:bframes=0"
ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
SAMPLE_BOX, SAMPLES_A_SECOND, SAMPLES = (320, 320), 1, 60
SEI = 6  # the H.264 unit in which encoders sign and captions travel


@dataclass(frozen=True)
class Encoding:
    """How a picture is encoded; `kbps` is the ceiling."""

    box: tuple[int, int]
    crf: int
    kbps: int
    preset: str
    level: str


# The phone's ceiling lets thirty phones share one radio: 30 x 900 kbit/s is what a Pi's WiFi carries.
FOR_SCREEN = Encoding(SCREEN_BOX, crf=19, kbps=8000, preset="veryfast", level="4.0")
FOR_PHONE = Encoding(PHONE_BOX, crf=26, kbps=900, preset="faster", level="3.1")


def make_film(
    source: Path,
    found: Found,
    *,
    length_ms: int,
    ground: Ground | None,
    screen: Path,
    picture: Path,
    sound: Path,
    limits: FfmpegLimits,
    on_progress: OnProgress,
) -> None:
    """Decode once, write the screen's file, the phone's picture and (if there is sound) the phone's sound.

    `ground` replaces what is transparent; without one a film's transparency is ignored, as most players do. All files
    last `length_ms`: the last frame is held, silence is added, an animated picture begins again.
    """
    graph = f"{_filters(found, ground)},split=2[screen][b];[b]{scale(fit(found, PHONE_BOX))}[picture]"
    ends = ["-t", f"{length_ms / 1000:.3f}"]
    rate, hold = rate_for(found.rate), _hold_options(found, length_ms)
    command = [*source_of(source, found, limits), "-filter_complex", graph, "-filter_complex_threads", str(THREADS)]
    command += ["-map", "[screen]", *_sound_of(found, "160k"), *_picture_options(FOR_SCREEN, rate)]
    command += [*hold, *ends, *_mp4(screen)]
    command += ["-map", "[picture]", "-an", *_picture_options(FOR_PHONE, rate), *hold, *ends, *_mp4(picture)]
    if found.has_sound:
        command += [*_sound_of(found, "96k"), "-vn", *ends, *_mp4(sound)]
    run_ffmpeg(command, limits=limits, total_ms=length_ms, on_progress=on_progress)


def make_sound_film(
    source: Path,
    cover: Path,
    found: Found,
    *,
    length_ms: int,
    screen: Path,
    sound: Path,
    limits: FfmpegLimits,
    on_progress: OnProgress,
) -> None:
    """Sound with its cover card as a still: the screen's film and the phone's sound."""
    ends = ["-t", f"{length_ms / 1000:.3f}"]
    command = [*source_of(source, found, limits), "-loop", "1", "-framerate", str(STILL_RATE), "-i", f"file:{cover}"]
    command += ["-map", "1:v:0", *_sound_of(found, "160k"), "-tune", "stillimage"]
    command += [*_picture_options(FOR_SCREEN, Fraction(STILL_RATE)), "-vf", JPEG_TO_BT709, *ends, *_mp4(screen)]
    command += [*_sound_of(found, "96k"), "-vn", *ends, *_mp4(sound)]
    run_ffmpeg(command, limits=limits, total_ms=length_ms, on_progress=on_progress)


def make_poster(film: Path, poster: Path, *, at_ms: int, limits: FfmpegLimits) -> None:
    """One frame, as PNG, of a film that we made ourselves."""
    command = ["-ss", f"{at_ms / 1000:.3f}", *input_of(film, limits), "-frames:v", "1", "-pix_fmt", "rgb24"]
    run_ffmpeg([*command, "-f", "image2", "-c:v", "png", "-update", "1", f"file:{poster}"], limits=limits)


def sample_frames(source: Path, found: Found, raw: Path, *, limits: FfmpegLimits) -> Iterator[Image.Image]:
    """Small pictures of a film with transparency, spread over its first minute; `raw` is a file to work with."""
    size = fit_size(found.width or 2, found.height or 2, SAMPLE_BOX)
    small = f"fps={SAMPLES_A_SECOND},scale={size[0]}:{size[1]},format=rgba"
    command = [*source_of(source, found, limits), "-map", f"0:{found.video_stream}", "-vf", small]
    run_ffmpeg([*command, "-frames:v", str(SAMPLES), "-f", "rawvideo", f"file:{raw}"], limits=limits)
    data, length = raw.read_bytes(), size[0] * size[1] * len("rgba")
    for at in range(0, len(data) - length + 1, length):
        yield Image.frombytes("RGBA", size, data[at : at + length])


def source_of(source: Path, found: Found, limits: FfmpegLimits) -> list[str]:
    """The upload as ffmpeg's input: it begins where film and sound do, and its transparency is decoded too.

    Of an animated picture `source` is the list that `write_loop` writes.
    """
    if found.loops:
        return ["-f", "concat", "-safe", "0", "-i", f"file:{source}"]  # a list that we wrote, of pictures that we wrote
    options = []
    if found.starts_s:
        options += ["-itsoffset", f"{-found.starts_s:.3f}"]
    if found.colours.alpha and found.video_codec in ALPHA_DECODERS:
        options += ["-c:v", ALPHA_DECODERS[found.video_codec]]
    return [*options, *input_of(source, limits)]


def fit(found: Found, box: Sequence[int]) -> tuple[int, int]:
    return fit_size(found.width or 2, found.height or 2, box)


def fit_size(width: int, height: int, box: Sequence[int]) -> tuple[int, int]:
    """As large as the box allows, never enlarged, even numbers; a portrait film turns the box."""
    across, along = (box[0], box[1]) if width >= height else (box[1], box[0])
    scale = min(Fraction(1), Fraction(across, width), Fraction(along, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def rate_for(rate: Fraction) -> Fraction:
    """The constant rate to show a film at: its own if it is a common one, half of a common double, else 30."""
    off, common = min((abs(own - common), common) for common in RATES for own in (rate, rate / 2))
    return common if off < common / 500 else MOST_RATE


def _filters(found: Found, ground: Ground | None) -> str:
    """From the upload to the screen's picture, made small first; ffmpeg has turned it upright by then."""
    rate, size = rate_for(found.rate), fit(found, SCREEN_BOX)
    steps = ["bwdif=mode=send_frame"] if found.interlaced else []
    steps += [f"fps={rate.numerator}/{rate.denominator}:start_time=0", *to_bt709(found, size)]
    picture = f"[0:{found.video_stream}]{','.join(steps)}"
    if ground and found.colours.alpha:
        picture += f"[above];{_plain(ground, size, rate)}[below];[below][above]overlay=shortest=1"
    return f"{picture},setsar=1,format=yuv420p,{AS_BT709},{HOLD_LAST_FRAME}"


def _plain(ground: Ground, size: tuple[int, int], rate: Fraction) -> str:
    return "color=c=0x{:02x}{:02x}{:02x}".format(*ground.colour) + f":s={size[0]}x{size[1]}:r={rate}"


def _picture_options(encoding: Encoding, rate: Fraction) -> list[str]:
    options = ["-c:v", "libx264", "-profile:v", "high", "-level:v", encoding.level, "-preset", encoding.preset]
    options += ["-crf", str(encoding.crf), "-maxrate", f"{encoding.kbps}k", "-bufsize", f"{2 * encoding.kbps}k"]
    options += [
        "-g",
        str(round(rate * KEY_FRAME_MS / 1000)),
        "-fps_mode",
        "cfr",
        "-r",
        f"{rate.numerator}/{rate.denominator}",
    ]
    return [*options, "-threads", str(THREADS), "-bsf:v", f"filter_units=remove_types={SEI}"]


def _hold_options(found: Found, length_ms: int) -> list[str]:
    """For a film whose sound is longer: a key frame where its last frame begins to be held, as good as those after."""
    if found.picture_ms is None or found.picture_ms >= length_ms:
        return []
    options = ["-force_key_frames", f"{found.picture_ms / 1000:.3f}"]
    if length_ms - found.picture_ms >= KEY_FRAME_MS:  # there are key frames after this one
        options += ["-x264-params", ONE_QUALITY]
    return options


def _sound_of(found: Found, rate: str) -> list[str]:
    """Silence is put before sound that begins late and after sound that ends early: all files last equally long."""
    if not found.has_sound:
        return ["-an"]
    return ["-map", f"0:{found.audio_stream}", *SOUND, "-b:a", rate, "-af", SOUND_FILTER]


def _mp4(path: Path) -> list[str]:
    """Nothing but picture and sound: an upload's metadata of places, people and programs is dropped."""
    clean = ["-map_metadata", "-1", "-map_metadata:s", "-1", "-map_chapters", "-1", "-sn", "-dn"]
    return [*clean, "-fflags", "+bitexact", "-movflags", "+faststart", "-f", "mp4", f"file:{path}"]
