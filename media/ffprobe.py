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
    ":stream=index,codec_type,codec_name,codec_tag_string,width,height,sample_aspect_ratio,avg_frame_rate,duration,"
    "field_order,color_transfer,channels"
    ":stream_disposition=attached_pic:stream_side_data=rotation"
)
CUT_SIGNS = ("partial file", "ended prematurely", "moov atom not found", "truncat")
TIME_LIMIT_S = 120
MEMORY_BYTES = 2 << 30
TRIAL_PACKETS = 60


@dataclass
class Reach:
    """How far the packets of each stream really go, in seconds, and what ffprobe complained of."""

    starts_s: dict[int, float] = field(default_factory=dict)
    ends_s: dict[int, float] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    @property
    def length_s(self) -> float:
        if not self.ends_s:
            return 0.0
        return max(self.ends_s.values()) - max(0.0, min(self.starts_s.values()))


def read_streams(path: Path) -> dict[str, Any]:
    """ffprobe's own account of the file; empty if it knows no such format. A file cut before its index is refused."""
    with path.open("rb") as file:
        done = _run(file, "-of", "json", "-show_entries", SHOWN)
    if is_cut(done.stderr.decode(errors="replace").splitlines()):
        raise truncated()
    told: dict[str, Any] = json.loads(done.stdout.decode(errors="replace") or "{}")
    return told


def read_packets(path: Path) -> Reach:
    """Walk all packets to the file's real end; nothing is decoded."""
    reach = Reach()
    shown = "packet=stream_index,pts_time,dts_time,duration_time"
    with _running(path, "-of", "compact=p=0", "-show_entries", shown) as output:
        for line in output:
            _note_packet(reach, line)
    return reach


def can_decode(path: Path, stream: int, *, max_pixels: int) -> bool:
    """Does at least one frame come out of the stream's beginning?"""
    trial = ("-select_streams", str(stream), "-read_intervals", f"%+#{TRIAL_PACKETS}", "-max_pixels", str(max_pixels))
    with _running(path, *trial, "-of", "compact=p=0", "-show_entries", "frame=media_type") as output:
        return sum(line.startswith("media_type=") for line in output) > 0


def is_cut(lines: list[str]) -> bool:
    return any(sign in line.lower() for line in lines for sign in CUT_SIGNS)


def ratio(text: str | None, *, separator: str = "/") -> Fraction:
    """`30000/1001` or `16:9` as a fraction; 0 when it says nothing."""
    over, _, under = (text or "0").partition(separator)
    return Fraction(int(over), int(under or 1)) if int(under or 1) else Fraction(0)


def _note_packet(reach: Reach, line: str) -> None:
    if not line.startswith("stream_index="):
        if len(reach.complaints) < 20:
            reach.complaints.append(line)
        return
    told = dict(part.split("=", 1) for part in line.strip().split("|") if "=" in part)
    at = _seconds(told.get("pts_time")) or _seconds(told.get("dts_time"))
    if at is None:
        return
    stream = int(told["stream_index"])
    ends = at + (_seconds(told.get("duration_time")) or 0.0)
    reach.starts_s[stream] = min(reach.starts_s.get(stream, at), at)
    reach.ends_s[stream] = max(reach.ends_s.get(stream, ends), ends)


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text != "N/A" else None


def _run(file: BinaryIO, *options: str) -> subprocess.CompletedProcess[bytes]:
    command, fd = _command(file, *options), file.fileno()
    quiet = subprocess.DEVNULL
    try:
        return subprocess.run(command, stdin=quiet, pass_fds=(fd,), capture_output=True, timeout=TIME_LIMIT_S)
    except subprocess.TimeoutExpired:
        raise _too_slow() from None


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
        raise _too_slow()


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


def _too_slow() -> Refused:
    return Refused(
        "too_slow_to_read",
        "Reading the file took too long; it may be damaged.",
        "Convert it to MP4 (H.264) with any video program and upload that.",
    )
