from __future__ import annotations

import errno
import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pyzbar.pyzbar import decode

from media.cards.grounds import SHOWN_ON_DARK
from media.games.package import read_packed
from media.store import MediaStore
from media.wire.games import GameKind, Phrase
from server.creatives.accept import RefusedMedia
from server.creatives.games import GameDesign
from server.creatives.models import GAME
from server.creatives.models import RenditionRole as Role
from server.creatives.probe.probe import probe
from server.creatives.render import renditions
from server.creatives.render.renditions import (
    Bench,
    MadeFile,
    OfferWords,
    OriginalLost,
    RenditionFaulty,
    make_renditions,
    whole_seconds,
)
from tests.rig.files.game_zips import GOOD, packed
from tests.rig.files.odd_films import HIGH_HZ, Shape, sound_longer
from tests.rig.files.rendered import difference, frame_at, hertz_of, says_secrets
from tests.rig.files.samples import sample
from tests.server.creatives.render.conftest import LIMITS, bench_in, piece

Made = dict[Role, MadeFile]
Film = tuple[Bench, Made, int]


@pytest.fixture
def make(bench: Bench) -> Callable[[str], tuple[Made, int]]:
    return lambda name: made_in(bench, name)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Film:
    """An ordinary film with sound, made once for all that look at its files."""
    bench = bench_in(tmp_path_factory.mktemp("film"))
    return bench, *made_in(bench, "film.mp4")


def made_in(bench: Bench, name: str) -> tuple[Made, int]:
    made = make_renditions(piece(bench, name), bench)
    return {file.role: file for file in made.files}, made.length_ms


def stream_of(bench: Bench, file: MadeFile) -> dict[str, Any]:
    command = ["ffprobe", "-v", "error", "-of", "json", "-show_streams", str(bench.store.path(file.digest))]
    probed = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return dict(probed["streams"][0])


def seen(bench: Bench, file: MadeFile) -> Image.Image:
    with Image.open(bench.store.path(file.digest)) as image:
        return image.convert("RGB")


def path_of(bench: Bench, file: MadeFile) -> Path:
    return bench.store.path(file.digest)


# --- films


def test_a_film_becomes_a_screen_file_a_picture_without_sound_and_a_sound(film: Film) -> None:
    bench, made, length_ms = film
    assert set(made) == {Role.SCREEN, Role.PICTURE, Role.SOUND, Role.POSTER, Role.THUMB}
    assert length_ms == 2000
    found = {role: probe(bench.store.path(file.digest), LIMITS) for role, file in made.items()}
    assert (found[Role.SCREEN].video_codec, found[Role.SCREEN].audio_codec) == ("h264", "aac")
    assert not found[Role.PICTURE].has_sound
    assert (found[Role.SOUND].kind, found[Role.SOUND].audio_codec) == ("audio", "aac")
    assert {made[role].mime for role in (Role.POSTER, Role.THUMB)} == {"image/jpeg"}
    assert all(file.bytes == bench.store.path(file.digest).stat().st_size for file in made.values())


def test_every_player_can_decode_a_screen_file(film: Film) -> None:
    bench, made, _ = film
    stream = stream_of(bench, made[Role.SCREEN])
    assert (stream["profile"], stream["pix_fmt"], stream["level"]) == ("High", "yuv420p", 40)
    whole = bench.store.path(made[Role.SCREEN].digest).read_bytes()
    assert whole.index(b"moov") < whole.index(b"mdat")


def test_sound_is_stereo_at_48_khz(film: Film) -> None:
    bench, made, _ = film
    stream = stream_of(bench, made[Role.SOUND])
    assert (stream["sample_rate"], stream["channels"]) == ("48000", 2)


def test_a_film_without_sound_has_no_sound_file(make: Any) -> None:
    made, _ = make("silent.mp4")
    assert set(made) == {Role.SCREEN, Role.PICTURE, Role.POSTER, Role.THUMB}


@pytest.mark.parametrize("name", ["portrait.mp4", "rotated.mp4"])
def test_a_film_taken_upright_stays_upright(make: Any, bench: Bench, name: str) -> None:
    made, _ = make(name)
    assert {(made[role].width, made[role].height) for role in (Role.SCREEN, Role.PICTURE)} == {(180, 320)}
    assert probe(bench.store.path(made[Role.SCREEN].digest), LIMITS).rotation == 0


@pytest.mark.parametrize("name", ["film.webm", "interlaced.ts", "ball.gif", "hdr.mp4", "hlg_only.mov"])
def test_foreign_films_become_h264(make: Any, bench: Bench, name: str) -> None:
    made, _ = make(name)
    stream = stream_of(bench, made[Role.SCREEN])
    assert (stream["codec_name"], stream["pix_fmt"]) == ("h264", "yuv420p")
    assert {stream[name] for name in ("color_space", "color_transfer", "color_primaries")} == {"bt709"}


def test_a_variable_rate_becomes_constant(make: Any, bench: Bench) -> None:
    made, _ = make("variable.mp4")
    for role in (Role.SCREEN, Role.PICTURE):
        stream = stream_of(bench, made[role])
        assert stream["avg_frame_rate"] == stream["r_frame_rate"] == "30/1"


def test_large_and_fast_becomes_1080p30_and_720p30(make: Any) -> None:
    made, _ = make("large60.mp4")
    assert [(made[role].width, made[role].height) for role in (Role.SCREEN, Role.PICTURE)] == [
        (1920, 1080),
        (1280, 720),
    ]


@pytest.mark.parametrize(
    ("name", "length_ms"), [("sound_longer.mp4", 3000), ("short_sound.mp4", 2000), ("late_picture.mp4", 2000)]
)
def test_all_files_last_as_long_as_the_longer_of_picture_and_sound(make: Any, name: str, length_ms: int) -> None:
    made, shown_ms = make(name)
    lengths = [made[role].duration_ms for role in (Role.SCREEN, Role.PICTURE, Role.SOUND)]
    assert shown_ms == length_ms
    assert all(abs(length - length_ms) <= 50 for length in lengths)


def test_the_last_frame_is_held_until_the_sound_ends_and_looks_the_same_in_every_second(
    bench: Bench, tmp_path: Path
) -> None:
    """Small and full of detail: encoded worse while it moves, it would become sharper with each key frame."""
    film = tmp_path / "film.mp4"
    sound_longer(film, Shape(length_s=3.0, rate=50, codec="mpeg4"))
    creative = replace(piece(bench), kind="video", original=bench.store.put_file(film))
    made = {file.role: file for file in make_renditions(creative, bench).files}
    for role in (Role.SCREEN, Role.PICTURE):
        during, *held = (frame_at(path_of(bench, made[role]), at_s) for at_s in (0.5, 1.1, 1.9, 2.8))
        assert max(difference(held[0], later) for later in held[1:]) < 1 < difference(during, held[0])


@pytest.mark.parametrize("name", ["second_default.mov", "unknown_first.mov"])
def test_the_right_sound_of_two_is_heard(make: Any, bench: Bench, name: str) -> None:
    made, _ = make(name)
    assert abs(hertz_of(path_of(bench, made[Role.SOUND])) - HIGH_HZ) < 20


@pytest.mark.parametrize("name", ["talkative.mov", "comment.jpg"])
def test_no_rendition_has_the_places_and_people_that_an_upload_names(make: Any, bench: Bench, name: str) -> None:
    made, _ = make(name)
    for file in made.values():
        assert not says_secrets(path_of(bench, file)), file.role


@pytest.mark.parametrize("name", ["ball.gif", "ball.avif"])
def test_an_animated_picture_begins_again_until_its_time_is_over(make: Any, bench: Bench, name: str) -> None:
    """A turn takes 0.4 s, each of its pictures 0.1 s."""
    made, length_ms = make(name)
    assert length_ms == 8000
    first, second, much_later = (frame_at(path_of(bench, made[Role.SCREEN]), at_s) for at_s in (0.05, 0.25, 7.05))
    assert difference(second, much_later) < 2 < difference(first, second)
    assert first.getpixel((158, 2)) == pytest.approx((255, 255, 255), abs=4)
    assert first.getpixel((30, 45)) == pytest.approx((200, 0, 0), abs=8)


@pytest.mark.parametrize(("replaced", "stands_ms"), [(None, 1000), ("ball.gif", 1000), ("film.mp4", 10_000)])
def test_an_animated_picture_has_a_turn_at_least_and_not_the_length_of_a_film_before_it(
    bench: Bench, tmp_path: Path, replaced: str | None, stands_ms: int
) -> None:
    turn, frames = tmp_path / "turn.gif", [Image.new("RGB", (64, 36), colour) for colour in ("red", "lime")]
    frames[0].save(turn, "GIF", save_all=True, append_images=frames[1:], duration=1000, loop=0)
    digest = bench.store.put_file(sample(replaced)) if replaced else None
    creative = piece(bench, kind="video", original=bench.store.put_file(turn), length_ms=1000, replaced=digest)
    assert make_renditions(creative, bench).length_ms == max(stands_ms, 2000)


def test_a_turn_of_an_animated_picture_is_not_rounded(bench: Bench, tmp_path: Path) -> None:
    """Three pictures of 80 ms: after twenty turns the first one is seen again."""
    turn, original = tmp_path / "turn.gif", [Image.new("RGB", (64, 36), colour) for colour in ("red", "lime", "blue")]
    original[0].save(turn, "GIF", save_all=True, append_images=original[1:], duration=80, loop=0)
    creative = replace(piece(bench), kind="video", original=bench.store.put_file(turn))
    made = {file.role: file for file in make_renditions(creative, bench).files}
    assert frame_at(path_of(bench, made[Role.SCREEN]), 4.82).getpixel((30, 18)) == pytest.approx((255, 0, 0), abs=8)


@pytest.mark.parametrize("name", ["logo.png", "moving_logo.webp", "alpha.mov"])
def test_a_light_logo_on_nothing_is_shown_on_a_dark_ground_whether_it_moves_or_not(bench: Bench, name: str) -> None:
    made = make_renditions(piece(bench, name), bench)
    thumb = next(file for file in made.files if file.role is Role.THUMB)
    assert made.warning == SHOWN_ON_DARK
    assert seen(bench, thumb).getpixel((318, 2)) == pytest.approx((34, 34, 34), abs=6)


def test_sound_that_begins_late_is_filled_with_silence(make: Any, bench: Bench) -> None:
    made, _ = make("late_sound.mp4")
    assert float(stream_of(bench, made[Role.SOUND])["start_time"]) == 0
    assert 1950 <= (made[Role.SOUND].duration_ms or 0) <= 2050


def test_progress_is_reported(bench: Bench) -> None:
    progress: list[float] = []
    make_renditions(piece(bench, "film.mp4"), replace(bench, on_progress=progress.append))
    assert progress == sorted(progress)
    assert 0.9 < progress[-1] <= 1


def test_sound_becomes_a_film_of_its_cover(make: Any, bench: Bench) -> None:
    made, length_ms = make("cover.mp3")
    assert set(made) == {Role.SCREEN, Role.SOUND, Role.POSTER, Role.THUMB}
    screen = probe(bench.store.path(made[Role.SCREEN].digest), LIMITS)
    assert (screen.kind, screen.width, screen.height, screen.audio_codec) == ("video", 1920, 1080, "aac")
    assert length_ms == 2000


# --- pictures and cards


def test_a_photo_is_turned_upright_on_the_screen(make: Any, bench: Bench) -> None:
    made, length_ms = make("rotated.jpg")
    assert set(made) == {Role.SCREEN, Role.IMAGE, Role.THUMB}
    assert length_ms == 8000
    assert (made[Role.SCREEN].width, made[Role.SCREEN].height) == (200, 400)
    red, green, blue = seen(bench, made[Role.SCREEN]).getpixel((100, 100))  # type: ignore[misc]
    assert red > 200 > 60 > blue + green
    assert b"Exif" not in bench.store.path(made[Role.SCREEN].digest).read_bytes()[:200]


def test_cmyk_is_shown_in_its_colours(make: Any, bench: Bench) -> None:
    made, _ = make("cmyk.jpg")
    image = seen(bench, made[Role.SCREEN])
    assert image.getpixel((300, 150))[2] > 200  # type: ignore[index]


def test_a_large_picture_is_scaled_for_screen_and_phone(make: Any) -> None:
    made, _ = make("large.jpg")
    assert [(made[role].width, made[role].height, made[role].mime) for role in (Role.SCREEN, Role.IMAGE)] == [
        (1620, 1080, "image/jpeg"),
        (1080, 720, "image/webp"),
    ]


def test_a_notice_becomes_a_full_hd_card(bench: Bench) -> None:
    made = make_renditions(piece(bench, text="今晚停水", title="今晚停水"), bench)
    assert {file.role: (file.width, file.height) for file in made.files}[Role.SCREEN] == (1920, 1080)
    assert made.length_ms == 8000


def test_an_emergency_text_becomes_a_full_hd_card(bench: Bench) -> None:
    made = make_renditions(piece(bench, kind="emergency", text="请从楼梯撤离", title="火警", language="zh"), bench)
    assert {file.role: (file.width, file.height) for file in made.files}[Role.SCREEN] == (1920, 1080)


@pytest.mark.parametrize(("screens", "drawn"), [((1920, 1080), (1920, 1080)), ((2160, 3840), (1080, 1920))])
def test_a_buildings_card_has_the_shape_of_its_screens(
    bench: Bench, screens: tuple[int, int], drawn: tuple[int, int]
) -> None:
    made = make_renditions(piece(bench, kind="building", size=screens, length_ms=60_000), bench)
    assert {file.role for file in made.files} == {Role.SCREEN, Role.IMAGE, Role.THUMB}
    assert next((file.width, file.height) for file in made.files if file.role is Role.SCREEN) == drawn
    assert made.length_ms == 60_000


def test_a_coupons_card_leads_to_its_offer(bench: Bench) -> None:
    offer = OfferWords(title="One bowl free", merchant="Noodle Bar", terms="Weekdays.", link="https://example.org/o/1")
    made = make_renditions(piece(bench, "large.jpg", kind="coupon", offer=offer), bench)
    screen = next(file for file in made.files if file.role is Role.SCREEN)
    assert [code.data.decode() for code in decode(seen(bench, screen))] == ["https://example.org/o/1"]


# --- failures


def test_a_lost_original_is_reported(bench: Bench) -> None:
    with pytest.raises(OriginalLost):
        make_renditions(piece(bench, kind="video"), bench)


def test_no_file_is_left_of_renditions_of_which_one_is_faulty(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def spoil(_image: Image.Image, path: Path) -> None:
        path.write_bytes(b"no picture")

    monkeypatch.setattr(renditions, "save_thumb", spoil)
    film = piece(bench, "silent.mp4")
    with pytest.raises(RenditionFaulty):
        make_renditions(film, bench)
    assert list(bench.store.digests()) == [film.original]


def test_no_file_is_left_where_the_disk_is_full_at_the_last_of_them(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def adopt(store: MediaStore, path: Path, digest: str) -> None:
        if path.name == Role.THUMB:
            raise OSError(errno.ENOSPC, "No space left on device")
        adopt_file(store, path, digest)

    adopt_file = MediaStore.adopt
    monkeypatch.setattr(MediaStore, "adopt", adopt)
    still = piece(bench, "rotated.jpg")
    with pytest.raises(OSError, match="No space left"):
        make_renditions(still, bench)
    assert list(bench.store.digests()) == [still.original]


def test_a_damaged_original_is_reported(bench: Bench) -> None:
    bad = bench.store.put_file(sample("cut.mp4"))
    with pytest.raises(RefusedMedia):
        make_renditions(piece(bench, kind="video", original=bad), bench)


# --- numbers


def test_padding_does_not_cost_a_slot() -> None:
    assert [whole_seconds(ms) for ms in (10_024, 10_100, 10_101, 9_960, 50)] == [10_000, 10_000, 10_101, 9_960, 50]


def test_a_game_has_its_pictures_beside_its_poster(bench: Bench, tmp_path: Path) -> None:
    """Transparent areas stay so; a missing picture fails the whole."""
    logo = tmp_path / "logo.png"
    Image.new("RGBA", (40, 20), (255, 0, 0, 120)).save(logo)
    design = GameDesign(call=Phrase(en="Run"), colour="#c8102e", pictures={"logo": bench.store.put_file(logo)})
    game = replace(piece(bench), kind="game", game=design)
    files = {file.role: file for file in make_renditions(game, bench).files}
    assert set(files) == {Role.SCREEN, Role.IMAGE, Role.THUMB, Role.LOGO}
    assert (files[Role.LOGO].mime, files[Role.LOGO].width, files[Role.LOGO].height) == ("image/webp", 40, 20)
    with Image.open(path_of(bench, files[Role.LOGO])) as prepared:
        assert prepared.mode == "RGBA"
    plain = make_renditions(replace(game, game=GameDesign(call=Phrase(en="Run"))), replace(bench, files={}))
    assert plain.files[0].digest != files[Role.SCREEN].digest
    lost = replace(game, game=design.model_copy(update={"pictures": {"logo": "0" * 64}}))
    with pytest.raises(OriginalLost):
        make_renditions(lost, replace(bench, files={}))


def test_a_custom_game_becomes_a_package_with_the_sdk(bench: Bench, tmp_path: Path) -> None:
    zip_ = bench.store.put_file(packed(tmp_path / "zip", GOOD))
    design = GameDesign(kind=GameKind.CUSTOM, call=Phrase(en="Find the pairs"), most_score=9)
    made = make_renditions(piece(bench, kind=GAME, language="en", original=zip_, game=design), bench)
    files = {file.role: file for file in made.files}
    assert made.board_pictures == ("board/star.png",)
    assert set(files) == {Role.SCREEN, Role.IMAGE, Role.THUMB, Role.PACKAGE}
    assert files[Role.PACKAGE].mime == "application/zip"
    package = bench.store.path(files[Role.PACKAGE].digest)
    assert read_packed(package, "index.html") == GOOD["index.html"]
    assert b"postMessage" in (read_packed(package, "liftcast.js") or b"")
