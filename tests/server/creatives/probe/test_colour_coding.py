from __future__ import annotations

import pytest
from PIL import Image

from server.creatives.probe.colour_coding import (
    BT2020,
    DISPLAY_P3,
    HLG,
    PQ,
    UNSPECIFIED,
    Coding,
    _hlg_scene,
    _light_to_srgb,
    _pq_nits,
    _srgb_to_light,
    _tone_mapped,
    in_srgb,
)
from tests.rig.files.odd_pictures import wide_profile

SRGB = 13  # its transfer, of ITU-T H.273


def pixel(colour: object, mode: str = "RGB", coding: Coding | None = None, **info: object) -> tuple[int, ...]:
    image = Image.new(mode, (2, 2), colour)
    image.info.update(info)
    return in_srgb(image, coding).getpixel((0, 0))


def near(colour: tuple[int, ...], other: tuple[int, ...], by: int = 3) -> bool:
    return all(abs(part - there) <= by for part, there in zip(colour, other, strict=True))


@pytest.mark.parametrize("coding", [None, Coding(1, SRGB), Coding(UNSPECIFIED, UNSPECIFIED), Coding(99, 99)])
def test_ordinary_colours_stay_as_they_are(coding: Coding | None) -> None:
    assert pixel((200, 30, 7), coding=coding) == (200, 30, 7)


def test_wide_colours_are_brought_in_and_grey_stays_grey() -> None:
    red, green, _blue = pixel((200, 60, 60), coding=Coding(DISPLAY_P3, SRGB))
    assert red > 205
    assert green < 60
    assert near(pixel((128, 128, 128), coding=Coding(DISPLAY_P3, SRGB)), (128, 128, 128))
    assert near(pixel((128, 128, 128), coding=Coding(BT2020, SRGB)), (128, 128, 128))


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_hdr_is_black_where_it_is_black_and_grows_lighter_up_to_white(transfer: int) -> None:
    greys = [pixel((grey, grey, grey), coding=Coding(BT2020, transfer)) for grey in range(0, 256, 15)]
    assert greys[0] == (0, 0, 0)
    assert greys[:10] == sorted(set(greys[:10]))
    assert min(greys[-1]) > 250


def test_a_profile_counts_unless_hdr_is_coded() -> None:
    wide = wide_profile()
    by_profile = pixel((180, 60, 60), icc_profile=wide)
    assert by_profile[0] > 190
    assert pixel((180, 60, 60), coding=Coding(DISPLAY_P3, SRGB), icc_profile=wide) == by_profile
    assert pixel((180, 60, 60), coding=Coding(BT2020, PQ), icc_profile=wide) != by_profile


@pytest.mark.parametrize("profile", [b"", b"no profile", b"\0" * 400])
def test_a_broken_profile_is_taken_as_none(profile: bytes) -> None:
    assert pixel((200, 30, 7), icc_profile=profile) == (200, 30, 7)


@pytest.mark.parametrize(
    ("mode", "colour", "grey"),
    [("I;16", 65535, 255), ("I", 255, 255), ("I", 65535, 255), ("F", 0.5, 128), ("F", 200.0, 200), ("1", 1, 255)],
)
def test_deep_grey_is_as_light_as_it_was(mode: str, colour: float, grey: int) -> None:
    assert near(pixel(colour, mode), (grey, grey, grey), by=1)


def test_transparency_stays_and_nothing_else_that_the_file_carried() -> None:
    image = Image.new("RGBA", (2, 2), (200, 60, 60, 77))
    image.info.update(comment="secret", icc_profile=wide_profile())
    changed = in_srgb(image)
    assert (changed.mode, changed.getpixel((0, 0))[3], changed.info) == ("RGBA", 77, {})


def test_the_curves_are_those_of_their_standards() -> None:
    """ST 2084: 0.5081 is 100 cd/m². BT.2100: 0.75 is 0.265 of the scene's light."""
    assert _pq_nits(0.0) == 0.0
    assert _pq_nits(0.5081) == pytest.approx(100, rel=0.01)
    assert _pq_nits(1.0) == pytest.approx(10_000)
    assert _hlg_scene(0.75) == pytest.approx(0.265, abs=0.001)
    assert _hlg_scene(0.5) == pytest.approx(1 / 12)
    assert [_light_to_srgb(_srgb_to_light(n / 10)) for n in range(11)] == pytest.approx([n / 10 for n in range(11)])


def test_tone_mapping_makes_the_peak_white_and_leaves_the_hue() -> None:
    assert _tone_mapped((10.0, 10.0, 10.0)) == pytest.approx((1.0, 1.0, 1.0))
    red, green, blue = _tone_mapped((4.0, 2.0, 1.0))
    assert (red / green, green / blue) == pytest.approx((2.0, 2.0))
    assert _tone_mapped((0.0, 0.0, 0.0)) == pytest.approx((0.0, 0.0, 0.0))
