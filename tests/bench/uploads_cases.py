"""The files of `tests.bench.uploads`: each kind drawn anew from a seed, and what is right for it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

from PIL import Image

from tests.rig.files import odd_films, odd_pictures
from tests.rig.files.odd_films import HIGH_HZ, Shape, ffmpeg, picture_of, tone_of
from tests.rig.files.odd_pictures import RED, WHITE
from tests.rig.files.rendered import difference, frame_at, hertz_of, says_secrets

STILL_MS = 10_000
SLACK_MS = 120
SIZES = ((160, 90), (320, 180), (180, 320), (192, 144), (256, 256))
RATES = (24, 25, 30, 50)
CODECS = {"mp4": ("h264", "hevc", "mpeg4"), "mov": ("h264", "mpeg4"), "mkv": ("h264", "mpeg4"), "ts": ("h264",)}
WHITE_GROUND, DARK_GROUND = (255, 255, 255), (34, 34, 34)

Files = Mapping[str, Path]
Check = Callable[[Files], bool]


@dataclass(frozen=True)
class Case:
    """One file. `refused` is the code with which it is turned away; else it becomes a creative of `length_ms`.

    `checks` look at the renditions, by their roles.
    """

    kind: str
    path: Path
    length_ms: int = 0
    refused: str = ""
    checks: tuple[Check, ...] = ()


Draw = Callable[[Random, Path], Case]


def draw_cases(folder: Path, *, seed: int, variants: int, kinds: Iterable[str] = ()) -> Iterator[Case]:
    """The same files for the same seed, up to what the encoders put in."""
    for kind in kinds or KINDS:
        for number in range(variants):
            yield KINDS[kind](Random(f"{seed} {kind} {number}"), folder / f"{kind}-{number}")


# --- films and sounds


def _shape(random: Random, *containers: str, turned: bool = False) -> Shape:
    container = random.choice(containers)
    return Shape(
        length_s=random.choice((1.5, 2.0, 2.5, 3.0, 4.0)),
        size=random.choice(SIZES),
        rate=random.choice(RATES),
        codec=random.choice(CODECS.get(container, ("h264",))),
        container=container,
        rotation=random.choice((0, 90, 180, 270)) if turned and container in ("mp4", "mov") else 0,
    )


def _film(
    kind: str,
    write: Callable[[Path, Shape], None],
    *containers: str,
    turned: bool = False,
    checks: tuple[Check, ...] = (),
) -> Draw:
    def draw(random: Random, path: Path) -> Case:
        shape = _shape(random, *containers, turned=turned)
        write(path, shape)
        upright = (_has_size(shape),) if shape.rotation else ()
        return Case(kind, path, round(shape.length_s * 1000), checks=(*checks, *upright))

    return draw


def _sound(kind: str, write: Callable[[Path, Shape], None]) -> Draw:
    def draw(random: Random, path: Path) -> Case:
        length_s = random.choice((6, 9, 12, 15, 20))
        write(path, Shape(length_s=length_s))
        return Case(kind, path, length_s * 1000)

    return draw


def _plain(path: Path, shape: Shape) -> None:
    odd_films.write(path, shape, *picture_of(shape), *tone_of(shape.length_s))


def _has_size(shape: Shape) -> Check:
    width, height = shape.size if shape.rotation == 180 else shape.size[::-1]

    def check(files: Files) -> bool:
        return frame_at(files["screen"], 0).size == (width, height)

    return check


def _holds_last_frame(files: Files) -> bool:
    """The picture ends after a third of the time."""
    length_s = _length_s(files["screen"])
    return all(
        difference(frame_at(files[role], length_s / 3 + 0.1), frame_at(files[role], length_s - 0.2)) < 2
        for role in ("screen", "picture")
    )


def _sounds_high(files: Files) -> bool:
    return abs(hertz_of(files["sound"]) - HIGH_HZ) < 20


def _keeps_quiet(files: Files) -> bool:
    return not any(says_secrets(path) for path in files.values())


def _length_s(path: Path) -> float:
    return plain_length_s(path) or 0.0


def plain_length_s(path: Path) -> float | None:
    """The duration that ffprobe names first: what most programs take for the length."""
    command = ["ffprobe", "-v", "error", "-of", "csv=p=0", "-show_entries", "format=duration", str(path)]
    answer = subprocess.run(command, capture_output=True, text=True).stdout.strip()
    return float(answer) if answer.replace(".", "", 1).isdigit() else None


# --- pictures


def _animation(pillow_format: str) -> Draw:
    def draw(random: Random, path: Path) -> Case:
        frames, frame_ms = random.choice((3, 4, 6, 9)), random.choice((40, 100, 200, 300))
        tint, size = random.choice((RED, WHITE)), random.choice(SIZES)
        odd_pictures.animation(path, pillow_format, size=size, frames=frames, frame_ms=frame_ms, tint=tint)
        turn_s = frames * frame_ms / 1000
        return Case(f"moving_{pillow_format.lower()}", path, STILL_MS, checks=(_stands_on(tint), _begins_again(turn_s)))

    return draw


def _begins_again(turn_s: float) -> Check:
    def check(files: Files) -> bool:
        late_s = (STILL_MS / 1000 // turn_s - 1) * turn_s
        first, later = (frame_at(files["screen"], at_s + 0.02) for at_s in (0, late_s))
        other = frame_at(files["screen"], late_s + turn_s / 2)
        return difference(first, later) < 3 < difference(first, other)

    return check


def _stands_on(tint: tuple[int, ...]) -> Check:
    def check(files: Files) -> bool:
        image = frame_at(files["screen"], 0) if "picture" in files else _still(files["screen"])
        corner = (image.width - 2, 1)
        return _near(image.getpixel(corner), DARK_GROUND if tint == WHITE else WHITE_GROUND)

    return check


def _still_ball(random: Random, path: Path) -> Case:
    tint = random.choice((RED, WHITE))
    odd_pictures.ball(random.choice(SIZES), tint).save(path, random.choice(("PNG", "WEBP", "AVIF")))
    return Case("still_on_nothing", path, STILL_MS, checks=(_stands_on(tint),))


def _grey16(random: Random, path: Path) -> Case:
    size = random.choice(SIZES)
    odd_pictures.grey16(path, size=size, big_endian=random.random() < 0.7)
    return Case("grey16", path, STILL_MS, checks=(_shows((size[0] // 2, 3), (128, 128, 128)),))


def _wide_palette(random: Random, path: Path) -> Case:
    """BT.2020's (180, 60, 60) lies outside of sRGB: full red is what is nearest."""
    size = random.choice(SIZES)
    odd_pictures.wide_colours(path, palette=random.random() < 0.7, size=size)
    return Case("wide_palette", path, STILL_MS, checks=(_shows((size[0] - 3, 3), (225, 0, 54)),))


def _commented(random: Random, path: Path) -> Case:
    odd_pictures.commented(path, size=random.choice(SIZES))
    return Case("commented", path, STILL_MS, checks=(_keeps_quiet,))


def _hdr_still(random: Random, path: Path) -> Case:
    """A grey of PQ's 148 of 255 is 202 cd/m², which films show as 193."""
    random.choice((odd_pictures.hdr_still, odd_pictures.hdr_avif))(path)
    return Case("hdr_still", path, STILL_MS, checks=(_shows((20, 20), (191, 191, 191)),))


def _cropped(random: Random, path: Path) -> Case:
    size = random.choice(((80, 40), (120, 60), (200, 100), (320, 180), (64, 64)))
    odd_pictures.cropped_avif(path, size=size)
    return Case("cropped_avif", path, STILL_MS, checks=(_shows((2, 2), (0, 0, 255)),))


def _deep(random: Random, path: Path) -> Case:
    odd_pictures.deep_png(path, side=random.choice((2600, 3000, 4000, 5000, 7000)))
    return Case("deep_png", path, STILL_MS)


def _shows(at: tuple[int, int], colour: tuple[int, int, int]) -> Check:
    return lambda files: _near(_still(files["screen"]).getpixel(at), colour)


def _still(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")


def _near(seen: object, wanted: tuple[int, int, int]) -> bool:
    return isinstance(seen, tuple) and all(abs(a - b) <= 10 for a, b in zip(seen, wanted, strict=True))


# --- cut off, in truth


def _cut(random: Random, path: Path) -> Case:
    """Any of the above, of which between a third and nine tenths arrived."""
    whole = path.with_suffix(".whole")
    random.choice(CUT)(whole)
    data = whole.read_bytes()
    path.write_bytes(data[: round(len(data) * random.uniform(0.33, 0.9))])
    whole.unlink()
    return Case("cut", path, refused="truncated")


def _encoded(*options: str) -> Callable[[Path], None]:
    shape = Shape(size=(320, 180))
    return lambda path: ffmpeg(*picture_of(shape), *tone_of(shape.length_s), *options, path)


CUT: tuple[Callable[[Path], None], ...] = (
    lambda path: _plain(path, Shape(size=(320, 180))),
    _encoded("-c:v", "libx264", "-preset", "ultrafast", "-movflags", "+faststart", "-f", "mp4"),
    _encoded("-c:v", "libvpx", "-deadline", "realtime", "-f", "webm"),
    _encoded("-c:v", "mpeg4", "-f", "avi"),
    _encoded("-c:v", "wmv2", "-c:a", "wmav2", "-f", "asf"),
    _encoded("-vn", "-f", "mp3"),
    _encoded("-vn", "-f", "wav"),
    _encoded("-vn", "-f", "flac"),
    _encoded("-vn", "-c:a", "pcm_s16le", "-f", "caf"),
    _encoded("-vn", "-c:a", "libvorbis", "-f", "ogg"),
    lambda path: odd_pictures.animation(path, "GIF", size=(320, 180), frames=8),
    lambda path: odd_pictures.animation(path, "WEBP", size=(320, 180), frames=8),
    lambda path: Image.effect_noise((400, 300), 80).convert("RGB").save(path, "JPEG"),
    lambda path: Image.effect_noise((400, 300), 80).save(path, "PNG"),
)

KINDS: dict[str, Draw] = {
    "plain": _film("plain", _plain, "mp4", "mov", "mkv", "ts", turned=True),
    "quiet_first": _sound("quiet_first", odd_films.quiet_first),
    "loud_first": _sound("loud_first", odd_films.loud_first),
    "offset": _film("offset", odd_films.offset, "mp4", "mov", "mkv", "ts", turned=True),
    "fragmented": _film("fragmented", odd_films.fragmented, "mp4", "mov"),
    "live_webm": _film("live_webm", odd_films.live_webm, "webm"),
    "wrong_header": _film("wrong_header", odd_films.wrong_header, "mkv"),
    "trailing": _film("trailing", odd_films.trailing, "mp4", "mov"),
    "short_sound": _film("short_sound", odd_films.short_sound, "mp4", "mov", "mkv", turned=True),
    "sound_longer": _film("sound_longer", odd_films.sound_longer, "mp4", "mov", "mkv", checks=(_holds_last_frame,)),
    "late_picture": _film("late_picture", odd_films.late_picture, "mp4", "mov", "mkv", "ts"),
    "long_subtitles": _film("long_subtitles", odd_films.long_subtitles, "mkv"),
    "second_default": _film("second_default", odd_films.second_default, "mp4", "mov", "mkv", checks=(_sounds_high,)),
    "unknown_first": _film("unknown_first", odd_films.unknown_first, "mp4", "mov", checks=(_sounds_high,)),
    "hlg_only": _film("hlg_only", odd_films.hlg_only, "mov"),
    "talkative": _film("talkative", odd_films.talkative, "mp4", "mov", "mkv", checks=(_keeps_quiet,)),
    "film_on_nothing": _film("film_on_nothing", odd_pictures.transparent_film, "mov", checks=(_stands_on(WHITE),)),
    "moving_gif": _animation("GIF"),
    "moving_png": _animation("PNG"),
    "moving_webp": _animation("WEBP"),
    "moving_avif": _animation("AVIF"),
    "still_on_nothing": _still_ball,
    "grey16": _grey16,
    "wide_palette": _wide_palette,
    "commented": _commented,
    "hdr_still": _hdr_still,
    "cropped_avif": _cropped,
    "deep_png": _deep,
    "cut": _cut,
}
