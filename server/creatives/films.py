"""The renditions of films and sound, made by ffmpeg: what each is encoded as, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from media.probe import Found
from server.creatives.ffmpeg import THREADS, FfmpegLimits, OnProgress, input_of, run_ffmpeg

SCREEN_BOX, PHONE_BOX = (1920, 1080), (1280, 720)
MOST_RATE = Fraction(30)
RATES = (Fraction(24), Fraction(25), Fraction(30), Fraction(24000, 1001), Fraction(30000, 1001))
STILL_RATE = 10
SOUND = ["-c:a", "aac", "-ar", "48000", "-ac", "2"]
TO_SDR = (
    "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0,"
    "zscale=t=bt709:m=bt709:r=tv,format=yuv420p"
)


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
    screen: Path,
    picture: Path,
    sound: Path,
    limits: FfmpegLimits,
    on_progress: OnProgress,
) -> None:
    """Decode once, write the screen's file, the phone's picture and (if there is sound) the phone's sound."""
    graph = f"[0:{found.video_stream}]{_filters(found)},split=2[screen][b];[b]{_scale(found, PHONE_BOX)}[picture]"
    ends = ["-t", f"{(found.duration_ms or 0) / 1000:.3f}"]
    rate = rate_for(found.rate)
    command = [*input_of(source, limits), "-filter_complex", graph, "-filter_complex_threads", str(THREADS)]
    command += ["-map", "[screen]", *_sound_of(found, "160k"), *_picture_options(FOR_SCREEN, rate)]
    command += [*ends, *_mp4(screen)]
    command += ["-map", "[picture]", "-an", *_picture_options(FOR_PHONE, rate), *ends, *_mp4(picture)]
    if found.has_sound:
        command += [*_sound_of(found, "96k"), "-vn", *ends, *_mp4(sound)]
    run_ffmpeg(command, limits=limits, total_ms=found.duration_ms or 0, on_progress=on_progress)


def make_sound_film(
    source: Path,
    cover: Path,
    found: Found,
    *,
    screen: Path,
    sound: Path,
    limits: FfmpegLimits,
    on_progress: OnProgress,
) -> None:
    """Sound with its cover card standing: the screen's film and the phone's sound."""
    ends = ["-t", f"{(found.duration_ms or 0) / 1000:.3f}"]
    command = [*input_of(source, limits), "-loop", "1", "-framerate", str(STILL_RATE), "-i", f"file:{cover}"]
    command += ["-map", "1:v:0", *_sound_of(found, "160k"), "-tune", "stillimage"]
    command += [*_picture_options(FOR_SCREEN, Fraction(STILL_RATE)), "-vf", "format=yuv420p", *ends, *_mp4(screen)]
    command += [*_sound_of(found, "96k"), "-vn", *ends, *_mp4(sound)]
    run_ffmpeg(command, limits=limits, total_ms=found.duration_ms or 0, on_progress=on_progress)


def make_poster(film: Path, poster: Path, *, at_ms: int, limits: FfmpegLimits) -> None:
    """One frame of a film that we made ourselves."""
    command = ["-ss", f"{at_ms / 1000:.3f}", *input_of(film, limits), "-frames:v", "1", "-q:v", "3"]
    run_ffmpeg([*command, "-f", "image2", "-c:v", "mjpeg", "-update", "1", f"file:{poster}"], limits=limits)


def fit_size(width: int, height: int, box: Sequence[int]) -> tuple[int, int]:
    """As large as the box allows, never enlarged, even numbers; a portrait film turns the box."""
    across, along = (box[0], box[1]) if width >= height else (box[1], box[0])
    scale = min(Fraction(1), Fraction(across, width), Fraction(along, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def rate_for(rate: Fraction) -> Fraction:
    """The constant rate to show a film at: its own if it is a common one, half of a common double, else 30."""
    off, common = min((abs(told - common), common) for common in RATES for told in (rate, rate / 2))
    return common if off < common / 500 else MOST_RATE


def _filters(found: Found) -> str:
    """From the upload to the screen's picture, made small first; ffmpeg has turned it upright by then."""
    rate = rate_for(found.rate)
    steps = ["bwdif=mode=send_frame"] if found.interlaced else []
    steps += [f"fps={rate.numerator}/{rate.denominator}:start_time=0", _scale(found, SCREEN_BOX)]
    return ",".join([*steps, *([TO_SDR] if found.hdr else []), "setsar=1,format=yuv420p"])


def _scale(found: Found, box: tuple[int, int]) -> str:
    width, height = fit_size(found.width or 2, found.height or 2, box)
    return f"scale={width}:{height}:flags=bicubic" + ("" if found.hdr else ":out_range=tv")


def _picture_options(encoding: Encoding, rate: Fraction) -> list[str]:
    """A key frame every second, so that a phone that joins finds its place quickly."""
    options = ["-c:v", "libx264", "-profile:v", "high", "-level:v", encoding.level, "-preset", encoding.preset]
    options += ["-crf", str(encoding.crf), "-maxrate", f"{encoding.kbps}k", "-bufsize", f"{2 * encoding.kbps}k"]
    options += ["-g", str(round(rate)), "-fps_mode", "cfr", "-r", f"{rate.numerator}/{rate.denominator}"]
    return [*options, "-threads", str(THREADS)]


def _sound_of(found: Found, rate: str) -> list[str]:
    """Silence is put before sound that begins late, so that every file begins at the same instant."""
    if not found.has_sound:
        return ["-an"]
    return ["-map", f"0:{found.audio_stream}", *SOUND, "-b:a", rate, "-af", "aresample=async=1:first_pts=0"]


def _mp4(path: Path) -> list[str]:
    clean = ["-map_metadata", "-1", "-map_chapters", "-1", "-sn", "-dn"]
    return [*clean, "-movflags", "+faststart", "-f", "mp4", f"file:{path}"]
