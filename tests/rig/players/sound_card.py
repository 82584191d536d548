"""A sound card of a test's own: PulseAudio with one null sink, and a recording of what is played into it."""

from __future__ import annotations

import os
import subprocess
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from math import cos, pi
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.rig.servers.processes import Process, eventually

RATE = 8000  # samples a second: tones up to 4 kHz
TENTHS = 10  # windows a second
WINDOW = RATE // TENTHS
LOUD = 200  # a tone whose amplitude is below this is silence; a full one has 32,767


@dataclass
class SoundCard:
    """`env` leads a program's sound here, and nowhere else."""

    env: dict[str, str]
    recording: Path

    def samples(self) -> array[int]:
        """All that was recorded so far: mono, 16 bits."""
        raw = self.recording.read_bytes() if self.recording.exists() else b""
        return array("h", raw[: len(raw) // 2 * 2])


@contextmanager
def running_sound_card() -> Iterator[SoundCard]:
    """Needs no session bus, no other sound server and no user but this one, root included."""
    with TemporaryDirectory(prefix="sound-") as short:  # a socket's path has at most 108 characters
        folder = Path(short)
        env = {
            "HOME": short,
            "XDG_RUNTIME_DIR": short,
            "PULSE_RUNTIME_PATH": short,
            "PULSE_SERVER": f"unix:{folder / 'socket'}",
            "DBUS_SESSION_BUS_ADDRESS": "disabled:",
        }
        with Process("pulseaudio", server_command(folder), folder=folder, env=env) as server:
            eventually(lambda: answers(env), within_s=30, what=f"PulseAudio to answer: {server.output()}", every_s=0.1)
            card = SoundCard(env, folder / "recording.raw")
            with Process("parec", record_command(card.recording), folder=folder, env=env):
                eventually(lambda: card.samples(), within_s=30, what="a recording")
                yield card


def server_command(folder: Path) -> list[str]:
    modules = (
        f"module-null-sink sink_name=ear rate={RATE} channels=1",
        f"module-native-protocol-unix socket={folder / 'socket'} auth-anonymous=1 auth-cookie-enabled=0",
    )
    loads = [part for module in modules for part in ("--load", module)]
    options = ("--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--realtime=no", "--high-priority=no")
    return ["pulseaudio", "-n", "--disable-shm", *options, *loads]


def record_command(recording: Path) -> list[str]:
    format_ = f"--format=s16ne --rate={RATE} --channels=1 --latency-msec=50"
    return ["sh", "-c", f"exec parec --device=ear.monitor {format_} --raw > {recording}"]


def answers(env: dict[str, str]) -> bool:
    return (
        subprocess.run(["pactl", "info"], env={**os.environ, **env}, capture_output=True, check=False).returncode == 0
    )


def heard_tones(samples: array[int], tones: Sequence[int]) -> list[int | None]:
    """For each tenth of a second: which of these tones (Hz) is heard, None for silence."""
    ends = range(0, len(samples) + 1, WINDOW)
    return [_loudest(samples[begin:end], tones) for begin, end in pairwise(ends)]


def _loudest(window: array[int], tones: Sequence[int]) -> int | None:
    amplitudes = {tone: _amplitude(window, tone) for tone in tones}
    loudest = max(amplitudes, key=lambda tone: amplitudes[tone])
    return loudest if amplitudes[loudest] > LOUD else None


def _amplitude(window: array[int], tone: int) -> float:
    """Of one frequency, by Goertzel's recurrence (1958)."""
    turn = 2 * cos(2 * pi * tone / RATE)
    last = before = 0.0
    for sample in window:
        last, before = sample + turn * last - before, last
    power = last * last + before * before - turn * last * before
    return float(2 * max(power, 0.0) ** 0.5 / len(window))
