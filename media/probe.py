"""What is this file? Decided by its content, never by its name; what cannot be used is refused with a remedy."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from media import ffprobe
from media.ffprobe import ratio
from media.pictures import MOVING_FILM_CAN_READ, PictureHead, open_picture, read_head, too_many_pixels
from media.refused import Refused, not_media, truncated
from media.whole import is_whole

SHORTEST_MS = 1000
THINNEST = 100  # the longer side against the shorter
HDR_TRANSFERS = ("smpte2084", "arib-std-b67")
SLACK_S, SLACK_SHARE = 0.5, 0.02  # containers round, and tracks end a little apart


@dataclass(frozen=True)
class Limits:
    """What a file may measure at most."""

    bytes: int
    pixels: int
    duration_s: int


@dataclass(frozen=True)
class Found:
    """What a file is. Width and height as a viewer sees it: upright, with square pixels."""

    kind: Literal["video", "image", "audio"]
    format: str
    bytes: int
    width: int | None = None
    height: int | None = None
    duration_ms: int | None = None
    video_codec: str = ""
    audio_codec: str = ""
    video_stream: int | None = None
    audio_stream: int | None = None
    rotation: int = 0
    rate: Fraction = Fraction(0)
    interlaced: bool = False
    hdr: bool = False

    @property
    def has_sound(self) -> bool:
        return bool(self.audio_codec)


def probe(path: Path, limits: Limits) -> Found:
    """Tell what the file is, or raise Refused."""
    size = path.stat().st_size
    _refuse_size(size, limits)
    head = read_head(path, max_pixels=limits.pixels)
    if head is None or (head.moving and head.format in MOVING_FILM_CAN_READ):
        return _probe_film(path, size, limits)
    return _probe_picture(path, head, size, limits)


def _refuse_size(size: int, limits: Limits) -> None:
    if size == 0:
        raise Refused("empty_file", "The file is empty: 0 bytes.", "Choose the right file and upload it again.")
    if size > limits.bytes:
        raise too_large(limits.bytes)


def too_large(most_bytes: int) -> Refused:
    return Refused(
        "too_large",
        f"The file is larger than the {most_bytes >> 20} MB allowed.",
        "Export it smaller (1920 × 1080 is enough for a screen) and upload that.",
    )


# --- pictures


def _probe_picture(path: Path, head: PictureHead, size: int, limits: Limits) -> Found:
    if head.moving:
        raise Refused(
            "animated_picture",
            f"An animated {head.format} cannot be shown.",
            "Save it as a film (MP4) or an animated GIF and upload that.",
        )
    _refuse_thin(head)
    open_picture(path, max_pixels=limits.pixels)
    return Found("image", head.format.lower(), size, head.width, head.height, rotation=head.rotation)


def _refuse_thin(head: PictureHead) -> None:
    """Scaled to a screen, less than some twenty pixels would be left of it; to a list's thumb, less than three."""
    if max(head.width, head.height) > THINNEST * min(head.width, head.height):
        raise Refused(
            "too_thin",
            f"It has {head.width} × {head.height} pixels: on a screen only a thin line would be left of it.",
            "Cut out the part that people are to see, and upload that.",
        )


# --- films and sound


def _probe_film(path: Path, size: int, limits: Limits) -> Found:
    told = ffprobe.read_streams(path)
    if not told.get("streams"):
        raise not_media()
    film, sound = _first(told, "video"), _first(told, "audio")
    _refuse_codecs(film, sound)
    if film:
        _refuse_pixels(film, limits)
    duration_ms = _length_ms(path, told)
    _refuse_length(duration_ms, limits)
    _refuse_undecodable(path, film, sound, limits)
    return _found(told, film, sound, size=size, duration_ms=duration_ms)


def _first(told: dict[str, Any], kind: str) -> dict[str, Any]:
    """The first stream of this kind that is no cover picture, or an empty one."""
    for stream in told["streams"]:
        if stream.get("codec_type") == kind and not stream.get("disposition", {}).get("attached_pic"):
            return dict(stream)
    return {}


def _refuse_codecs(film: dict[str, Any], sound: dict[str, Any]) -> None:
    if not film and not sound:
        raise _unreadable("The film or sound inside", "an unknown format")
    for what, stream in (("The picture", film), ("The sound", sound)):
        if stream and stream.get("codec_name", "unknown") in ("unknown", "none"):
            raise _unreadable(what, stream.get("codec_tag_string") or "an unknown format")


def _refuse_pixels(film: dict[str, Any], limits: Limits) -> None:
    width, height = int(film.get("width", 0)), int(film.get("height", 0))
    if width * height > limits.pixels:
        raise too_many_pixels(width, height, limits.pixels)


def _length_ms(path: Path, told: dict[str, Any]) -> int:
    """How long the packets last; a file whose packets end before what it declares is cut off."""
    reach = ffprobe.read_packets(path)
    if not reach.ends_s or ffprobe.is_cut(reach.complaints) or not is_whole(path):
        raise truncated()
    for stream in told["streams"]:
        declared, ends = float(stream.get("duration", 0)), reach.ends_s.get(stream["index"])
        if ends is not None and _falls_short(ends - max(0.0, reach.starts_s[stream["index"]]), declared):
            raise truncated()
    declared = float(told.get("format", {}).get("duration", 0))
    if _falls_short(reach.length_s, declared):
        raise truncated()
    return round(1000 * (declared or reach.length_s))


def _falls_short(real_s: float, declared_s: float) -> bool:
    return real_s + SLACK_S + SLACK_SHARE * declared_s < declared_s


def _refuse_length(duration_ms: int, limits: Limits) -> None:
    if duration_ms > limits.duration_s * 1000:
        raise Refused(
            "too_long",
            f"It lasts {duration_ms // 1000} seconds, longer than the {limits.duration_s} allowed.",
            "Cut it shorter and upload it again; people wait for an elevator less than a minute.",
        )
    if duration_ms < SHORTEST_MS:
        raise Refused(
            "too_short", "It lasts less than a second.", "Upload a longer film, or a picture that stands still."
        )


def _refuse_undecodable(path: Path, film: dict[str, Any], sound: dict[str, Any], limits: Limits) -> None:
    for what, stream in (("The picture", film), ("The sound", sound)):
        if stream and not ffprobe.can_decode(path, stream["index"], max_pixels=limits.pixels):
            raise _unreadable(what, stream["codec_name"])


def _unreadable(what: str, codec: str) -> Refused:
    return Refused(
        "unreadable_codec",
        f"{what} is encoded as {codec}, which cannot be read here.",
        "Export it as MP4 with H.264 and AAC, without copy protection, and upload that.",
    )


def _found(told: dict[str, Any], film: dict[str, Any], sound: dict[str, Any], *, size: int, duration_ms: int) -> Found:
    name = str(told["format"]["format_name"])
    codec = sound.get("codec_name", "")
    if not film:
        return Found("audio", name, size, duration_ms=duration_ms, audio_codec=codec, audio_stream=sound["index"])
    rotation = _rotation(film)
    width, height = _seen_size(film, rotation)
    return Found(
        "video",
        name,
        size,
        width,
        height,
        duration_ms,
        video_codec=film["codec_name"],
        audio_codec=codec,
        video_stream=film["index"],
        audio_stream=sound.get("index"),
        rotation=rotation,
        rate=ratio(film.get("avg_frame_rate")),
        interlaced=film.get("field_order", "progressive") not in ("progressive", "unknown"),
        hdr=film.get("color_transfer") in HDR_TRANSFERS,
    )


def _rotation(film: dict[str, Any]) -> int:
    """Degrees counter-clockwise by which a player turns the picture."""
    turns = [round(float(side["rotation"])) for side in film.get("side_data_list", []) if "rotation" in side]
    return turns[0] % 360 if turns else 0


def _seen_size(film: dict[str, Any], rotation: int) -> tuple[int, int]:
    shape = ratio(film.get("sample_aspect_ratio", "1:1"), separator=":") or Fraction(1)
    width, height = round(film["width"] * shape), int(film["height"])
    return (height, width) if rotation in (90, 270) else (width, height)
