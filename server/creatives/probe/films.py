"""Probe a film or a sound: which of its tracks are used, how long they last, and whether they can be decoded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from media.refused import Refused, not_media, too_long, truncated, unreadable
from server.creatives.probe import ffprobe
from server.creatives.probe.completeness import is_whole
from server.creatives.probe.ffprobe import ratio, seconds
from server.creatives.probe.found import Colours, Found, Limits
from server.creatives.probe.pictures import too_many_pixels

SHORTEST_MS = 1000
SLACK_S = 0.15  # headers round, and count what encoders add at the beginning
UNKNOWN = ("", "unknown", "none", "reserved")
NOT_FILMS = ("attached_pic", "timed_thumbnails")
# These formats count their samples in the header and do not show in any other way that their end is missing.
COUNTED = ("flac", "mp3")
DOLBY_ONLY = 5  # the profile of Dolby Vision whose colours only Dolby's own players can show
HDR_SIGNS = ("Mastering display metadata", "Content light level metadata")
ALPHA_FORMATS = ("yuva", "rgba", "argb", "bgra", "abgr", "gbrap", "ya8", "ya16", "pal8")

Stream = dict[str, Any]


def probe_film(path: Path, size: int, limits: Limits) -> Found:
    """Raises Refused for what cannot be shown or heard."""
    report = ffprobe.read_streams(path)
    streams: list[Stream] = report.get("streams", [])
    if not streams:
        raise truncated() if is_whole(path) is False else not_media()
    film = _choose(path, list(_tracks(streams, "video")), "The picture", limits)
    sound = _choose(path, list(_tracks(streams, "audio")), "The sound", limits)
    if not film and not sound:
        raise unreadable("The film or sound inside")
    _refuse_dolby_only(film)
    span = _span(path, report, film, sound)
    _refuse_length(span.duration_ms, limits)
    measured = Found(
        "video" if film else "audio",
        str(report["format"]["format_name"]),
        size,
        duration_ms=span.duration_ms,
        picture_ms=span.picture_ms,
        starts_s=span.starts_s,
        audio_codec=sound.get("codec_name", ""),
        audio_stream=sound.get("index"),
    )
    return _with_film(measured, film) if film else measured


# --- which track


def _tracks(streams: list[Stream], kind: str) -> Iterator[Stream]:
    """The tracks of this kind in the order in which a player prefers them: the default first."""
    tracks = [stream for stream in streams if stream.get("codec_type") == kind and not _is_picture_of_it(stream)]
    yield from sorted(tracks, key=lambda stream: not stream.get("disposition", {}).get("default"))


def _is_picture_of_it(stream: Stream) -> bool:
    """A cover, or the small pictures of a chapter list."""
    return any(stream.get("disposition", {}).get(name) for name in NOT_FILMS)


def _choose(path: Path, tracks: list[Stream], kind: str, limits: Limits) -> Stream:
    """The first track that can be decoded; empty if there is no track at all."""
    for track in tracks:
        _refuse_pixels(track, limits)
        known = track.get("codec_name", "unknown") not in UNKNOWN
        if known and ffprobe.can_decode(path, track["index"], max_pixels=limits.pixels):
            return track
    if tracks:
        raise unreadable(kind, tracks[0].get("codec_name", ""), tracks[0].get("codec_tag_string", ""))
    return {}


def _refuse_pixels(film: Stream, limits: Limits) -> None:
    width, height = int(film.get("width", 0)), int(film.get("height", 0))
    if width * height > limits.pixels:
        raise too_many_pixels(width, height, limits.pixels)


def _refuse_dolby_only(film: Stream) -> None:
    if any(side.get("dv_profile") == DOLBY_ONLY for side in film.get("side_data_list", [])):
        raise Refused(
            "dolby_vision",
            "This film is in Dolby Vision only, and its colours cannot be shown here.",
            "Export it as ordinary HDR (HLG or HDR10) or without HDR, and upload that.",
        )


# --- how long


@dataclass(frozen=True)
class Span:
    """When film and sound begin within the file, and from there to the end of the longer and of the picture."""

    starts_s: float
    duration_ms: int
    picture_ms: int | None


def _span(path: Path, report: dict[str, Any], film: Stream, sound: Stream) -> Span:
    """Subtitles and data neither begin a film nor lengthen it."""
    packets = ffprobe.read_packets(path)
    starts_s, ends_s = packets.span_s({track["index"] for track in (film, sound) if track})
    if ends_s <= starts_s or ffprobe.is_cut(packets.complaints) or is_whole(path) is False:
        raise truncated()
    if _falls_short(packets, report):
        raise truncated()
    file_starts_s = seconds(report["format"].get("start_time")) or 0.0
    begins_s, picture = max(0.0, starts_s), packets.reach.get(film.get("index", -1))
    return Span(
        starts_s=max(0.0, round(starts_s - file_starts_s, 3)),
        duration_ms=round(1000 * (ends_s - begins_s)),
        picture_ms=round(1000 * (picture.real_end_s - begins_s)) if picture else None,
    )


def _falls_short(packets: ffprobe.Packets, report: dict[str, Any]) -> bool:
    """Fewer samples than the header counts. A length that ffprobe only estimated says nothing."""
    if report["guessed"] or report["format"]["format_name"] not in COUNTED:
        return False
    starts_s, ends_s = packets.span_s(set(packets.reach))
    declared_s = seconds(report["format"].get("duration")) or 0.0
    return ends_s - max(0.0, starts_s) + SLACK_S < declared_s


def _refuse_length(duration_ms: int, limits: Limits) -> None:
    if duration_ms > limits.duration_s * 1000:
        raise too_long(duration_ms, limits.duration_s)
    if duration_ms < SHORTEST_MS:
        raise Refused("too_short", "It lasts less than a second.", "Upload a longer film, or a still picture.")


# --- picture


def _with_film(found: Found, film: Stream) -> Found:
    rotation = _rotation(film)
    width, height = _seen_size(film, rotation)
    return replace(
        found,
        width=width,
        height=height,
        video_codec=film["codec_name"],
        video_stream=film["index"],
        rotation=rotation,
        rate=ratio(film.get("avg_frame_rate")),
        interlaced=film.get("field_order", "progressive") not in ("progressive", "unknown"),
        colours=_colours(film),
    )


def _rotation(film: Stream) -> int:
    """Degrees counter-clockwise by which a player turns the picture."""
    turns = [round(float(side["rotation"])) for side in film.get("side_data_list", []) if "rotation" in side]
    return turns[0] % 360 if turns else 0


def _seen_size(film: Stream, rotation: int) -> tuple[int, int]:
    shape = ratio(film.get("sample_aspect_ratio", "1:1"), separator=":") or Fraction(1)
    width, height = round(film["width"] * shape), int(film["height"])
    return (height, width) if rotation in (90, 270) else (width, height)


def _colours(film: Stream) -> Colours:
    matrix, primaries, transfer = (_named(film.get(f"color_{name}")) for name in ("space", "primaries", "transfer"))
    signs = {side.get("side_data_type") for side in film.get("side_data_list", [])}
    if not transfer and signs.intersection(HDR_SIGNS):
        transfer = "smpte2084"  # only films made for it say how bright they were mastered
    alpha = film.get("pix_fmt", "").startswith(ALPHA_FORMATS) or film.get("tags", {}).get("alpha_mode") == "1"
    return Colours(matrix, primaries, transfer, alpha)


def _named(value: str | None) -> str:
    return "" if value is None or value in UNKNOWN else value
