"""Two short films with sound, drawn here: what an operator would upload in the demo."""

from __future__ import annotations

import math
import subprocess
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

SIZE = (1280, 720)
FPS = 25
RATE = 48_000

Draw = ImageDraw.ImageDraw
Paint = Callable[[Draw, float, float], None]


def make_films(folder: Path) -> dict[str, Path]:
    """Title to file; a film that is there already is not drawn again."""
    folder.mkdir(parents=True, exist_ok=True)
    films = {"Noodle Bar": folder / "noodle-bar.mp4", "Rooftop Garden": folder / "rooftop-garden.mp4"}
    if not films["Noodle Bar"].exists():
        _make(films["Noodle Bar"], paint_noodles, seconds=15, notes=(392, 494, 587, 494, 440, 523))
    if not films["Rooftop Garden"].exists():
        _make(films["Rooftop Garden"], paint_garden, seconds=10, notes=(330, 415, 494, 659, 494, 415))
    return films


def paint_noodles(draw: Draw, at_s: float, of_s: float) -> None:
    """A bowl steams; the chopsticks come down and lift the noodles."""
    draw.rectangle((0, 0, *SIZE), fill="#f6ead7")
    draw.rectangle((0, 560, *SIZE), fill="#b5523b")
    for wisp in range(5):
        _steam(draw, 470 + wisp * 85, 330, at_s + wisp * 0.7)
    draw.ellipse((380, 330, 900, 430), fill="#fff8ec", outline="#2d2a32", width=6)
    lift = 70 * max(0.0, math.sin(at_s * 1.6))
    for strand in range(14):
        x = 440 + strand * 31
        sway = 8 * math.sin(at_s * 3 + strand)
        draw.line((x, 400, x + sway, 370 - lift * (strand in (6, 7, 8))), fill="#e8b04b", width=11)
    draw.pieslice((380, 150, 900, 610), 0, 180, fill="#2d4a6b", outline="#2d2a32", width=6)
    draw.rectangle((560, 590, 720, 625), fill="#2d4a6b")
    for offset in (0, 34):
        draw.line((1090, 60 + offset, 640, 330 + offset - lift), fill="#7a3b2e", width=13)
    draw.text((80, 60), "Noodle Bar", font=_font(104), fill="#2d2a32")
    draw.text((84, 185), "手工拉面 · level B1", font=_font(48), fill="#7a3b2e")
    _progress(draw, at_s / of_s, "#2d4a6b")


def paint_garden(draw: Draw, at_s: float, of_s: float) -> None:
    """The sun goes up behind the towers, and plants grow on the roof."""
    dawn = at_s / of_s
    draw.rectangle((0, 0, *SIZE), fill=_blend((29, 43, 83), (255, 205, 138), dawn))
    sun = 640 - 430 * dawn
    draw.ellipse((860, sun - 90, 1040, sun + 90), fill=_blend((255, 119, 92), (255, 240, 170), dawn))
    for tower, height in enumerate((180, 290, 230, 350, 210, 320, 260, 190)):
        left = tower * 165 - 10
        draw.rectangle((left, 560 - height, left + 120, 560), fill=_blend((18, 24, 48), (71, 84, 122), dawn))
        for window in range(height // 50):
            draw.rectangle(
                (left + 24, 575 - height + window * 50, left + 96, 593 - height + window * 50), fill="#ffd98a"
            )
    draw.rectangle((0, 560, *SIZE), fill="#3b2f2f")
    for plant in range(16):
        _plant(draw, 50 + plant * 80, min(1.0, max(0.0, dawn * 2.2 - plant * 0.06)), at_s)
    draw.text((80, 60), "Rooftop Garden", font=_font(96), fill="#ffffff")
    draw.text((84, 180), "楼顶花园 · open till ten", font=_font(46), fill="#ffe9c4")
    _progress(draw, dawn, "#7bc47f")


def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype("NotoSansCJK-Regular.ttc", size, index=2)


def _steam(draw: Draw, x: float, y: float, phase: float) -> None:
    points = [(x + 16 * math.sin(phase * 2 + step / 3), y - step * 9) for step in range(int(16 + 6 * math.sin(phase)))]
    draw.line(points, fill="#d9cbb4", width=9, joint="curve")


def _plant(draw: Draw, x: float, grown: float, at_s: float) -> None:
    top = 570 - 110 * grown
    sway = 7 * math.sin(at_s * 2 + x)
    draw.line((x, 575, x + sway, top), fill="#2f7d4f", width=8)
    for side in (-1, 1):
        leaf = (x + sway + side * 22 - 18 * grown, top + 14, x + sway + side * 22 + 18 * grown, top + 14 + 26 * grown)
        draw.ellipse(leaf, fill="#7bc47f")
    if grown > 0.9:
        draw.ellipse((x + sway - 14, top - 16, x + sway + 14, top + 12), fill="#f2667f")


def _progress(draw: Draw, part: float, colour: str) -> None:
    draw.rectangle((0, 700, int(SIZE[0] * part), 720), fill=colour)


def _blend(dark: tuple[int, int, int], light: tuple[int, int, int], part: float) -> tuple[int, int, int]:
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(dark, light, strict=True))
    return red, green, blue


def _make(path: Path, paint: Paint, *, seconds: int, notes: tuple[int, ...]) -> None:
    sound = path.with_suffix(".wav")
    _write_tune(sound, seconds, notes)
    draft = path.with_suffix(".draft.mp4")
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{SIZE[0]}x{SIZE[1]}", "-r", str(FPS), "-i", "-"]
    codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest"]
    command = ["ffmpeg", "-v", "error", "-y", *raw, "-i", str(sound), *codecs, str(draft)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as encoder:
        assert encoder.stdin is not None
        for frame in range(seconds * FPS):
            image = Image.new("RGB", SIZE)
            paint(ImageDraw.Draw(image), frame / FPS, seconds)
            encoder.stdin.write(image.tobytes())
        encoder.stdin.close()
    sound.unlink()
    draft.rename(path)


def _write_tune(path: Path, seconds: int, notes: tuple[int, ...]) -> None:
    """Plucked notes, half a second each, soft enough for an office."""
    at = np.arange(seconds * RATE) / RATE
    pitch = np.array(notes)[(at * 2).astype(int) % len(notes)]
    within = (at * 2) % 1
    tone = np.sin(2 * np.pi * pitch * at) + 0.4 * np.sin(4 * np.pi * pitch * at)
    samples = (tone * np.exp(-3 * within) * np.minimum(1, within * 80) * 8000).astype("<i2")
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.tobytes())
