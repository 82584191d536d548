"""The filters for a film's colours: by what it declares, and by what players assume where it declares nothing."""

from __future__ import annotations

import pytest

from server.creatives.probe.found import Colours, Found
from server.creatives.render.colours import TO_SDR, to_bt709

SIZE = (1920, 1080)


def film(width: int | None, height: int | None, **colours: str) -> Found:
    return Found("video", "mp4", 1000, width=width, height=height, colours=Colours(**colours))


def matrix_of(found: Found) -> str:
    (scaled,) = to_bt709(found, SIZE)
    assert scaled.startswith("scale=1920:1080:")
    assert scaled.endswith(":out_color_matrix=bt709:out_range=tv")
    return scaled.split("in_color_matrix=")[1].split(":")[0]


@pytest.mark.parametrize(
    ("width", "height", "matrix"),
    [
        (1280, 720, "bt709"),
        (720, 1280, "bt709"),  # an upright film is HD by its long side
        (1279, 719, "bt601"),
        (640, 480, "bt601"),
        (None, None, "bt601"),
    ],
)
def test_an_undeclared_matrix_is_assumed_by_size(width: int | None, height: int | None, matrix: str) -> None:
    assert matrix_of(film(width, height)) == matrix


@pytest.mark.parametrize(
    ("declared", "matrix"),
    [("smpte170m", "bt601"), ("bt470bg", "bt601"), ("bt709", "bt709"), ("bt2020c", "bt2020"), ("ictcp", "bt709")],
)
def test_a_declared_matrix_counts_and_an_unknown_one_is_assumed(declared: str, matrix: str) -> None:
    assert matrix_of(film(1920, 1080, matrix=declared)) == matrix


def test_hdr_is_tone_mapped_after_its_colours_are_declared() -> None:
    scaled, declared, mapped = to_bt709(film(3840, 2160, transfer="smpte2084"), SIZE)
    assert scaled == "scale=1920:1080:flags=bicubic"
    assert declared == "setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc"
    assert mapped == TO_SDR


def test_hdr_in_narrow_colours_stays_narrow() -> None:
    _, declared, _ = to_bt709(film(3840, 2160, transfer="arib-std-b67", primaries="bt709", matrix="fcc"), SIZE)
    assert declared == "setparams=color_primaries=bt709:color_trc=arib-std-b67:colorspace=bt709"


def test_wide_colours_without_hdr_are_brought_in_without_tone_mapping() -> None:
    _, declared, brought_in = to_bt709(film(1920, 1080, primaries="smpte432", transfer="iec61966-2-1"), SIZE)
    assert declared == "setparams=color_primaries=smpte432:color_trc=bt709:colorspace=bt709"
    assert "tonemap" not in brought_in
