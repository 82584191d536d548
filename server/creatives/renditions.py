"""Make the renditions of a creative: files in, files out. No database here, so a long run holds no lock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from media import cards
from media.building_card import building_card
from media.emergency_card import emergency_card
from media.pictures import open_picture
from media.probe import Found, Limits, probe
from media.refused import Refused
from media.store import MediaStore, digest_of
from server.creatives.accept import RefusedMedia, limits_of
from server.creatives.ffmpeg import FfmpegLimits, OnProgress, RenditionFailed
from server.creatives.films import SCREEN_BOX, fit_size, make_film, make_poster, make_sound_film
from server.creatives.models import BUILDING, EMERGENCY
from server.creatives.models import RenditionRole as Role
from server.creatives.notices import heading_of
from server.creatives.stills import save_phone, save_screen, save_thumb
from server.settings import Settings

JPEG, WEBP, MP4, M4A = "image/jpeg", "image/webp", "video/mp4", "audio/mp4"
SLACK_MS = 500
PADDING_MS = 100


class RenditionFaulty(RenditionFailed):
    """What was made of the file is not what it should be. Export the film as MP4 (H.264, AAC) and upload that."""


class OriginalLost(RenditionFailed):
    """The original is no longer in the media store. Upload it again."""


@dataclass(frozen=True)
class OfferWords:
    """What a coupon's card says."""

    title: str
    merchant: str
    terms: str
    link: str


@dataclass(frozen=True)
class Piece:
    """A creative as its renditions need it."""

    kind: str
    title: str
    text: str
    language: str
    length_ms: int
    original: str | None
    offer: OfferWords | None = None
    size: tuple[int, int] | None = None  # of the screens that a building's card is for


@dataclass(frozen=True)
class MadeFile:
    """A rendition in the store."""

    role: Role
    digest: str
    mime: str
    bytes: int
    duration_ms: int | None
    width: int | None
    height: int | None


@dataclass(frozen=True)
class Bench:
    """Where the work is done, and within which limits."""

    store: MediaStore
    folder: Path
    media: Limits
    ffmpeg: FfmpegLimits
    on_progress: OnProgress
    files: dict[Role, tuple[Path, str]] = field(default_factory=dict)

    def file(self, role: Role, mime: str) -> Path:
        """A new file of this role; it is kept when the work is done."""
        path = self.folder / role.value
        self.files[role] = (path, mime)
        return path

    def original(self, piece: Piece) -> Path:
        if not piece.original or not self.store.has(piece.original):
            raise OriginalLost
        return self.store.path(piece.original)


def bench_for(settings: Settings, store: MediaStore, *, folder: Path, on_progress: OnProgress) -> Bench:
    limits = FfmpegLimits(
        timeout_s=settings.transcode_timeout_s,
        memory_bytes=settings.transcode_memory_mb << 20,
        max_pixels=settings.pixel_limit_mp * 1_000_000,
    )
    return Bench(store, folder, limits_of(settings), limits, on_progress)


def make_renditions(piece: Piece, bench: Bench) -> tuple[list[MadeFile], int]:
    """Every file that the creative needs, checked and in the store; and how long it stands."""
    try:
        length_ms = MAKERS[piece.kind](piece, bench)
    except Refused as refused:
        raise RefusedMedia(refused) from refused
    return [_checked(bench, role, length_ms) for role in bench.files], length_ms


def whole_seconds(duration_ms: int) -> int:
    """An encoder's padding of up to a tenth of a second must not cost a whole slot of the grid."""
    over = duration_ms % 1000
    return duration_ms - over if duration_ms >= 1000 and over <= PADDING_MS else duration_ms


# --- one maker per kind: returns how long the creative stands


def _make_video(piece: Piece, bench: Bench) -> int:
    original = bench.original(piece)
    found = probe(original, bench.media)
    screen = bench.file(Role.SCREEN, MP4)
    make_film(
        original,
        found,
        screen=screen,
        picture=bench.file(Role.PICTURE, MP4),
        sound=bench.file(Role.SOUND, M4A) if found.has_sound else bench.folder / "none",
        limits=bench.ffmpeg,
        on_progress=bench.on_progress,
    )
    length_ms = whole_seconds(found.duration_ms or 0)
    poster = bench.file(Role.POSTER, JPEG)
    make_poster(screen, poster, at_ms=min(2000, length_ms // 4), limits=bench.ffmpeg)
    save_thumb(open_picture(poster, max_pixels=bench.media.pixels), bench.file(Role.THUMB, JPEG))
    return length_ms


def _make_audio(piece: Piece, bench: Bench) -> int:
    original = bench.original(piece)
    found = probe(original, bench.media)
    card = cards.cover_card(piece.title, language=piece.language)
    poster = bench.file(Role.POSTER, JPEG)
    save_screen(card, poster, crisp=True)
    save_thumb(card, bench.file(Role.THUMB, JPEG))
    make_sound_film(
        original,
        poster,
        found,
        screen=bench.file(Role.SCREEN, MP4),
        sound=bench.file(Role.SOUND, M4A),
        limits=bench.ffmpeg,
        on_progress=bench.on_progress,
    )
    return whole_seconds(found.duration_ms or 0)


def _make_image(piece: Piece, bench: Bench) -> int:
    original = bench.original(piece)
    picture = open_picture(original, max_pixels=bench.media.pixels)
    _save_still(picture, bench, crisp=not _is_photo(original, bench))
    return piece.length_ms


def _make_notice(piece: Piece, bench: Bench) -> int:
    _save_still(cards.notice_card(piece.text, title=heading_of(piece.title, piece.text)), bench, crisp=True)
    return piece.length_ms


def _make_emergency(piece: Piece, bench: Bench) -> int:
    heading = heading_of(piece.title, piece.text)
    _save_still(emergency_card(piece.text, title=heading, language=piece.language), bench, crisp=True)
    return piece.length_ms


def _make_coupon(piece: Piece, bench: Bench) -> int:
    if piece.offer is None:
        raise OriginalLost(remedy="The offer of this coupon is gone; make the coupon anew.")
    offer = piece.offer
    picture = open_picture(bench.original(piece), max_pixels=bench.media.pixels) if piece.original else None
    card = cards.coupon_card(
        title=offer.title,
        merchant=offer.merchant,
        terms=offer.terms,
        link=offer.link,
        picture=picture,
        language=piece.language,
    )
    _save_still(card, bench, crisp=True)
    return piece.length_ms


def _make_building_card(piece: Piece, bench: Bench) -> int:
    size = fit_size(*(piece.size or SCREEN_BOX), SCREEN_BOX)
    _save_still(building_card(piece.title, size), bench, crisp=True)
    return piece.length_ms


MAKERS: dict[str, Callable[[Piece, Bench], int]] = {
    "video": _make_video,
    "audio": _make_audio,
    "image": _make_image,
    "notice": _make_notice,
    "coupon": _make_coupon,
    EMERGENCY: _make_emergency,
    BUILDING: _make_building_card,
}


def _save_still(image: Image.Image, bench: Bench, *, crisp: bool) -> None:
    save_screen(image, bench.file(Role.SCREEN, JPEG), crisp=crisp)
    save_phone(image, bench.file(Role.IMAGE, WEBP))
    save_thumb(image, bench.file(Role.THUMB, JPEG))


def _is_photo(path: Path, bench: Bench) -> bool:
    return probe(path, bench.media).format in ("jpeg", "mpo", "heif")


# --- nothing is used before it has been looked at


def _checked(bench: Bench, role: Role, length_ms: int) -> MadeFile:
    path, mime = bench.files[role]
    found = _look_at(path, bench)
    if not _is_as_wanted(found, role, mime, length_ms):
        raise RenditionFaulty(role=role, found=found)
    digest = digest_of(path)
    bench.store.adopt(path, digest)
    return MadeFile(role, digest, mime, found.bytes, found.duration_ms, found.width, found.height)


def _is_as_wanted(found: Found, role: Role, mime: str, length_ms: int) -> bool:
    wanted = {JPEG: "image", WEBP: "image", MP4: "video", M4A: "audio"}[mime]
    long_enough = found.duration_ms is None or role is not Role.SCREEN or found.duration_ms + SLACK_MS >= length_ms
    return found.kind == wanted and long_enough and not (role is Role.PICTURE and found.has_sound)


def _look_at(path: Path, bench: Bench) -> Found:
    try:
        return probe(path, Limits(1 << 62, bench.media.pixels, bench.media.duration_s + 1))
    except Refused as refused:
        raise RenditionFaulty(refused.message) from refused
