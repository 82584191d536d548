"""Make the renditions of a creative: files in, files out. No database here, so a long run holds no lock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from media.cards.building import building_card
from media.cards.coupon import coupon_card
from media.cards.cover import cover_card
from media.cards.emergency import emergency_card
from media.cards.games.board import GameWords
from media.cards.games.kinds import poster_of
from media.cards.grounds import INVISIBLE, Outline, on_ground, outline_of
from media.cards.notice import notice_card
from media.games import package
from media.games.package import SDK_FILE
from media.refused import Refused
from media.store import MediaStore, digest_of
from media.wire.games import GameKind
from server.creatives.accept import RefusedMedia, limits_of, stands_ms_after
from server.creatives.game_pictures import board_look, prepare_picture
from server.creatives.games import GameDesign
from server.creatives.models import BUILDING, EMERGENCY, GAME
from server.creatives.models import RenditionRole as Role
from server.creatives.notices import heading_of
from server.creatives.probe.animations import frames_of
from server.creatives.probe.found import Found, Limits
from server.creatives.probe.game_zip import read_game_zip, write_package
from server.creatives.probe.pictures import open_picture, read_head
from server.creatives.probe.probe import probe
from server.creatives.render.ffmpeg import FfmpegLimits, OnProgress, RenditionFailed
from server.creatives.render.films import SCREEN_BOX, fit_size, make_film, make_poster, make_sound_film, sample_frames
from server.creatives.render.loops import write_loop
from server.creatives.render.stills import save_phone, save_screen, save_thumb
from server.settings import Settings

JPEG, WEBP, MP4, M4A = "image/jpeg", "image/webp", "video/mp4", "audio/mp4"
SLACK_MS = 500
PADDING_MS = 100
PHOTO_FORMATS = ("JPEG", "MPO", "HEIF")


class RenditionFaulty(RenditionFailed):
    """The film was converted, but not all of it came out. Export it as MP4 (H.264, AAC) and upload that."""


class SdkNotBuilt(RenditionFailed):
    """The script that games are served with is not built. Run `make setup`, then try again."""


class OriginalLost(RenditionFailed):
    """The original is no longer in the media store. Upload it again."""


@dataclass(frozen=True)
class OfferWords:
    """The words on a coupon's card."""

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
    game: GameDesign | None = None
    size: tuple[int, int] | None = None  # of the screens that a building's card is for
    replaced: str | None = None  # the file that is shown until this one is processed


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
class Made:
    """All renditions of a creative, how long it is shown, and a warning about its looks.

    board_pictures: of a custom game, the names of the pictures for the screen in its package
    """

    files: list[MadeFile]
    length_ms: int
    warning: str = ""
    board_pictures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """The result of a maker, beside the files that it left on the bench. board_pictures: as in `Made`"""

    length_ms: int
    warning: str = ""
    board_pictures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bench:
    """Folder, limits and progress of one run."""

    store: MediaStore
    folder: Path
    media: Limits
    ffmpeg: FfmpegLimits
    on_progress: OnProgress
    files: dict[Role, tuple[Path, str]] = field(default_factory=dict)

    def file(self, role: Role, mime: str) -> Path:
        """A new file of this role; it goes into the store when the run is done."""
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


def make_renditions(piece: Piece, bench: Bench) -> Made:
    """Every file that the creative needs, checked and in the store."""
    try:
        outcome = MAKERS[piece.kind](piece, bench)
    except Refused as refused:
        raise RefusedMedia(refused) from refused
    files = [_checked(bench, role, outcome.length_ms) for role in bench.files]
    _store(files, bench)
    return Made(files, outcome.length_ms, outcome.warning, outcome.board_pictures)


def whole_seconds(duration_ms: int) -> int:
    """An encoder's padding of up to a tenth of a second must not cost a whole slot of the grid."""
    over = duration_ms % 1000
    return duration_ms - over if duration_ms >= 1000 and over <= PADDING_MS else duration_ms


# --- one maker per kind


def _make_video(piece: Piece, bench: Bench) -> Outcome:
    source = bench.original(piece)
    found = probe(source, bench.media)
    length_ms = _length_of(piece, found, bench)
    outline = _outline(source, found, bench)
    if found.loops:
        listed = bench.folder / "loop"
        found = write_loop(
            source,
            found,
            listed,
            length_ms=length_ms,
            ground=outline.ground,
            limits=bench.ffmpeg,
            on_progress=bench.on_progress,
        )
        source = listed
    screen = bench.file(Role.SCREEN, MP4)
    make_film(
        source,
        found,
        length_ms=length_ms,
        ground=outline.ground if outline.visible else None,
        screen=screen,
        picture=bench.file(Role.PICTURE, MP4),
        sound=bench.file(Role.SOUND, M4A) if found.has_sound else bench.folder / "none",
        limits=bench.ffmpeg,
        on_progress=bench.on_progress,
    )
    frame = bench.folder / "frame"
    make_poster(screen, frame, at_ms=min(2000, length_ms // 4), limits=bench.ffmpeg)
    poster = open_picture(frame, max_pixels=bench.media.pixels)
    save_screen(poster, bench.file(Role.POSTER, JPEG), crisp=False)
    save_thumb(poster, bench.file(Role.THUMB, JPEG))
    return Outcome(length_ms, outline.warning)


def _length_of(piece: Piece, found: Found, bench: Bench) -> int:
    """A film's own; an animated picture begins again until its length is full, and has one turn at least."""
    if not found.loops:
        return whole_seconds(found.duration_ms or 0)
    chosen_ms = stands_ms_after(bench.store, piece.replaced, piece.length_ms) if piece.replaced else piece.length_ms
    return max(chosen_ms, found.duration_ms or 0)


def _outline(source: Path, found: Found, bench: Bench) -> Outline:
    """How the film looks on a plain ground; it has no outline if nothing of it is transparent."""
    if found.loops:
        return outline_of(frame for frame, _ in frames_of(source))
    if found.colours.alpha:
        return outline_of(sample_frames(source, found, bench.folder / "sample", limits=bench.ffmpeg))
    return Outline(visible=True)


def _make_audio(piece: Piece, bench: Bench) -> Outcome:
    original = bench.original(piece)
    found = probe(original, bench.media)
    card = cover_card(piece.title, language=piece.language)
    poster = bench.file(Role.POSTER, JPEG)
    save_screen(card, poster, crisp=True)
    save_thumb(card, bench.file(Role.THUMB, JPEG))
    length_ms = whole_seconds(found.duration_ms or 0)
    make_sound_film(
        original,
        poster,
        found,
        length_ms=length_ms,
        screen=bench.file(Role.SCREEN, MP4),
        sound=bench.file(Role.SOUND, M4A),
        limits=bench.ffmpeg,
        on_progress=bench.on_progress,
    )
    return Outcome(length_ms)


def _make_image(piece: Piece, bench: Bench) -> Outcome:
    original = bench.original(piece)
    picture = open_picture(original, max_pixels=bench.media.pixels)
    outline = outline_of([picture])
    _save_still(on_ground(picture, outline.ground), bench, crisp=not _is_photo(original, bench))
    return Outcome(piece.length_ms, outline.warning)


def _make_notice(piece: Piece, bench: Bench) -> Outcome:
    _save_still(notice_card(piece.text, title=heading_of(piece.title, piece.text)), bench, crisp=True)
    return Outcome(piece.length_ms)


def _make_emergency(piece: Piece, bench: Bench) -> Outcome:
    heading = heading_of(piece.title, piece.text)
    _save_still(emergency_card(piece.text, title=heading, language=piece.language), bench, crisp=True)
    return Outcome(piece.length_ms)


def _make_coupon(piece: Piece, bench: Bench) -> Outcome:
    if piece.offer is None:
        raise OriginalLost(remedy="The offer of this coupon is gone; make the coupon anew.")
    offer = piece.offer
    picture = open_picture(bench.original(piece), max_pixels=bench.media.pixels) if piece.original else None
    card = coupon_card(
        title=offer.title,
        merchant=offer.merchant,
        terms=offer.terms,
        link=offer.link,
        picture=picture,
        language=piece.language,
    )
    _save_still(card, bench, crisp=True)
    return Outcome(piece.length_ms)


def _make_game(piece: Piece, bench: Bench) -> Outcome:
    """The poster: what the screen shows where its board cannot be drawn."""
    if piece.game is None:
        raise OriginalLost(remedy="The design of this game is gone; make the game anew.")
    words = GameWords(piece.game.call.within(piece.language), piece.offer.title if piece.offer else "")
    pictures = {Role(role): _game_picture(Role(role), digest, bench) for role, digest in piece.game.pictures.items()}
    look = board_look(piece.game, pictures)
    _save_still(poster_of(piece.game.kind, words, language=piece.language, look=look), bench, crisp=True)
    board_pictures = _pack_game(piece, bench) if piece.game.kind is GameKind.CUSTOM else ()
    unseen = not all(outline_of([picture]).visible for picture in pictures.values())
    return Outcome(piece.length_ms, INVISIBLE if unseen else "", board_pictures)


def _game_picture(role: Role, digest: str, bench: Bench) -> Image.Image:
    """Prepared, and left on the bench for players and phones."""
    if not bench.store.has(digest):
        raise OriginalLost(remedy="A picture of this game is gone; make the game anew.")
    picture = prepare_picture(bench.store.path(digest), role, max_pixels=bench.media.pixels)
    picture.save(bench.file(role, WEBP), "WEBP", quality=88, method=4)
    return picture


def _pack_game(piece: Piece, bench: Bench) -> tuple[str, ...]:
    """Pack the files of a custom game with the SDK's script, of which every byte has been checked.

    Returns the names of its pictures for the screen.
    """
    if not SDK_FILE.is_file():
        raise SdkNotBuilt
    game = read_game_zip(bench.original(piece))
    write_package(game, SDK_FILE.read_bytes(), bench.file(Role.PACKAGE, package.MIME))
    return game.pictures


def _make_building_card(piece: Piece, bench: Bench) -> Outcome:
    size = fit_size(*(piece.size or SCREEN_BOX), SCREEN_BOX)
    _save_still(building_card(piece.title, size), bench, crisp=True)
    return Outcome(piece.length_ms)


MAKERS: dict[str, Callable[[Piece, Bench], Outcome]] = {
    "video": _make_video,
    "audio": _make_audio,
    "image": _make_image,
    "notice": _make_notice,
    "coupon": _make_coupon,
    GAME: _make_game,
    EMERGENCY: _make_emergency,
    BUILDING: _make_building_card,
}


def _save_still(image: Image.Image, bench: Bench, *, crisp: bool) -> None:
    save_screen(image, bench.file(Role.SCREEN, JPEG), crisp=crisp)
    save_phone(image, bench.file(Role.IMAGE, WEBP))
    save_thumb(image, bench.file(Role.THUMB, JPEG))


def _is_photo(path: Path, bench: Bench) -> bool:
    head = read_head(path, max_pixels=bench.media.pixels)
    return head is not None and head.format in PHOTO_FORMATS


# --- every file is probed before it is used


def _checked(bench: Bench, role: Role, length_ms: int) -> MadeFile:
    path, mime = bench.files[role]
    if role is Role.PACKAGE:
        read_game_zip(path)
        return MadeFile(role, digest_of(path), mime, path.stat().st_size, None, None, None)
    found = _probe_made(path, bench)
    if not _is_as_expected(found, role, mime, length_ms):
        raise RenditionFaulty(role=role, found=found)
    return MadeFile(role, digest_of(path), mime, found.bytes, found.duration_ms, found.width, found.height)


def _store(files: list[MadeFile], bench: Bench) -> None:
    """Store all of them or, if the disk is full, none."""
    new = [file for file in files if not bench.store.has(file.digest)]
    try:
        for file in files:
            bench.store.adopt(bench.files[file.role][0], file.digest)
    except OSError:
        for file in new:
            bench.store.remove(file.digest)
        raise


def _is_as_expected(found: Found, role: Role, mime: str, length_ms: int) -> bool:
    expected = {JPEG: "image", WEBP: "image", MP4: "video", M4A: "audio"}[mime]
    long_enough = found.duration_ms is None or role is not Role.SCREEN or found.duration_ms + SLACK_MS >= length_ms
    return found.kind == expected and long_enough and not (role is Role.PICTURE and found.has_sound)


def _probe_made(path: Path, bench: Bench) -> Found:
    try:
        return probe(path, Limits(1 << 62, bench.media.pixels, bench.media.duration_s + 1))
    except Refused as refused:
        raise RenditionFaulty(refused.message) from refused
