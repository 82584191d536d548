"""Asking ffprobe about films and sound: time-limited, memory-limited, and only formats that are plain files."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from threading import Timer
from typing import Any, BinaryIO

from media.refused import Refused, truncated

# Playlists and the like are left out: they make ffmpeg open other files and addresses.
FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,mp3,aac,ac3,eac3,wav,aiff,flac,"
    "caf,amr,dv,mxf,gif,apng,h264,hevc,m4v,ivf,w64"
)
SAFE_INPUT = ("-protocol_whitelist", "file,pipe", "-format_whitelist", FORMATS)
SHOWN = (
    "format=format_name,duration,start_time"
    ":stream=index,codec_type,codec_name,codec_tag_string,width,height,sample_aspect_ratio,avg_frame_rate,"
    "field_order,pix_fmt,color_space,color_primaries,color_transfer,channels"
    ":stream_disposition=default,attached_pic,timed_thumbnails:stream_tags=alpha_mode:stream_side_data"
)
CUT_SIGNS = ("partial file", "ended prematurely", "moov atom not found", "truncated")
GUESS_SIGN = "estimating duration from bitrate"
TIME_LIMIT_S = 120
MEMORY_BYTES = 2 << 30
TRIAL_PACKETS = 600  # a recording may begin far from its first whole picture


@dataclass
class Reach:
    """How far the packets of one stream go, in seconds."""

    starts_s: float
    ends_s: float
    packets: int = 0
    last_has_length: bool = True

    @property
    def real_end_s(self) -> float:
        """The last packet lasts as long as the others where its length is not stated."""
        if self.last_has_length or self.packets < 2:
            return self.ends_s
        return self.ends_s + (self.ends_s - self.starts_s) / (self.packets - 1)


@dataclass
class Packets:
    """The reach of each stream that has packets, by its index, and what ffprobe complained of."""

    reach: dict[int, Reach] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def span_s(self, streams: set[int]) -> tuple[float, float]:
        """From the first packet of these streams to the end of the last."""
        reaches = [reach for stream, reach in self.reach.items() if stream in streams]
        if not reaches:
            return 0.0, 0.0
        return min(reach.starts_s for reach in reaches), max(reach.real_end_s for reach in reaches)


def read_streams(path: Path) -> dict[str, Any]:
    """ffprobe's own account of the file, `guessed` if it estimated the length; empty if it knows no such format.

    Raises Refused for a file that is cut before its index.
    """
    with path.open("rb") as file:
        done = _run(file, "-v", "level+warning", "-of", "json", "-show_entries", SHOWN)
    complaints = done.stderr.decode(errors="replace").splitlines()
    if is_cut([line for line in complaints if "[warning]" not in line]):
        raise truncated()
    streams: dict[str, Any] = json.loads(done.stdout.decode(errors="replace") or "{}")
    return {**streams, "guessed": any(GUESS_SIGN in line.lower() for line in complaints)}


def read_packets(path: Path) -> Packets:
    """Walk all packets to the file's real end; nothing is decoded."""
    packets = Packets()
    shown = "packet=stream_index,pts_time,dts_time,duration_time,flags"
    with _running(path, "-of", "compact=p=0", "-show_entries", shown) as output:
        for line in output:
            _note_packet(packets, line)
    return packets


def can_decode(path: Path, stream: int, *, max_pixels: int) -> bool:
    """Whether at least one frame can be decoded at the stream's beginning."""
    trial = ("-select_streams", str(stream), "-read_intervals", f"%+#{TRIAL_PACKETS}", "-max_pixels", str(max_pixels))
    with _running(path, *trial, "-of", "compact=p=0", "-show_entries", "frame=media_type") as output:
        return any(line.startswith("media_type=") for line in output)


def is_cut(lines: list[str]) -> bool:
    return any(sign in line.lower() for line in lines for sign in CUT_SIGNS)


def ratio(text: str | None, *, separator: str = "/") -> Fraction:
    """`30000/1001` or `16:9` as a fraction; 0 when it says nothing."""
    over, _, under = (text or "0").partition(separator)
    return Fraction(int(over), int(under or 1)) if int(under or 1) else Fraction(0)


def seconds(text: str | None) -> float | None:
    return float(text) if text and text != "N/A" else None


def _note_packet(packets: Packets, line: str) -> None:
    if not line.startswith("stream_index="):
        if len(packets.complaints) < 20:
            packets.complaints.append(line)
        return
    fields = dict(part.split("=", 1) for part in line.strip().split("|") if "=" in part)
    at = seconds(fields.get("pts_time"))
    at = seconds(fields.get("dts_time")) if at is None else at
    if at is None or "D" in fields.get("flags", ""):  # to be decoded, not to be shown
        return
    length_s = seconds(fields.get("duration_time"))
    reach = packets.reach.setdefault(int(fields["stream_index"]), Reach(at, at))
    reach.packets += 1
    reach.starts_s = min(reach.starts_s, at)
    if at + (length_s or 0.0) >= reach.ends_s:
        reach.ends_s, reach.last_has_length = at + (length_s or 0.0), length_s is not None


def _run(file: BinaryIO, *options: str) -> subprocess.CompletedProcess[bytes]:
    command, fd = _command(file, *options), file.fileno()
    quiet = subprocess.DEVNULL
    try:
        return subprocess.run(command, stdin=quiet, pass_fds=(fd,), capture_output=True, timeout=TIME_LIMIT_S)
    except subprocess.TimeoutExpired:
        raise too_slow() from None


def _command(file: BinaryIO, *options: str) -> list[str]:
    """The file is handed over without its name, whose ending ffprobe would believe."""
    limited = ["prlimit", f"--as={MEMORY_BYTES}", "ffprobe", "-hide_banner", "-v", "error", "-threads", "1"]
    return [*limited, *SAFE_INPUT, *options, "-i", f"file:/dev/fd/{file.fileno()}"]


@contextmanager
def _running(path: Path, *options: str) -> Iterator[Iterator[str]]:
    """ffprobe's lines, complaints between them; killed when it takes too long or is no longer read."""
    with path.open("rb") as file, _started(file, *options) as process:
        late = Timer(TIME_LIMIT_S, process.kill)
        late.start()
        try:
            assert process.stdout is not None
            yield iter(process.stdout)
        finally:
            took_too_long = not late.is_alive()
            late.cancel()
            process.kill()
    if took_too_long:
        raise too_slow()


def _started(file: BinaryIO, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        _command(file, *options),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=(file.fileno(),),
        text=True,
        errors="replace",
    )


def too_slow() -> Refused:
    return Refused(
        "too_slow_to_read",
        "Reading the file took too long; it may be damaged.",
        "Convert it to MP4 (H.264) with any video program and upload that.",
    )
