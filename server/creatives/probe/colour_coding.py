"""The colours of stills to sRGB: from ICC profiles, from coded primaries and transfer (CICP), from 16 bits, palettes.

HDR stills are tone-mapped as films are (see server/creatives/render/colours.py): BT.2020 to BT.709 in linear light,
100 cd/m² as white, Hable's curve up to 1,000 cd/m² over the largest channel, gamma 2.4.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from PIL import Image, ImageCms, ImageFilter

Levels = list[float]
Matrix = tuple[tuple[float, float, float], ...]

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
PROFILE_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK", "Lab": "LAB"}
COLOUR_MODES = {"1": "L", "L": "L", "LA": "L", "CMYK": "CMYK", "LAB": "LAB"}

# Numbers of ITU-T H.273.
UNSPECIFIED, BT2020, DCI_P3, DISPLAY_P3 = 2, 9, 11, 12
PQ, HLG = 16, 18
TO_BT709: dict[int, Matrix] = {
    BT2020: ((1.6605, -0.5876, -0.0728), (-0.1246, 1.1329, -0.0083), (-0.0182, -0.1006, 1.1187)),
    DISPLAY_P3: ((1.2249, -0.2247, 0.0), (-0.0420, 1.0419, 0.0), (-0.0197, -0.0786, 1.0979)),
}
TO_BT709[DCI_P3] = TO_BT709[DISPLAY_P3]
HLG_LUMA = (0.2627, 0.6780, 0.0593)
NITS_OF_WHITE, PQ_PEAK_NITS, PEAK_NITS = 100, 10_000, 1000
TABLE_SIZE = 65  # the largest that Pillow takes: within 3 of 255 of the formula


@dataclass(frozen=True)
class Coding:
    """The coded colours (CICP) of a file: its primaries, and its curve from light to values."""

    primaries: int
    transfer: int

    @property
    def hdr(self) -> bool:
        return self.transfer in (PQ, HLG)

    @property
    def is_plain(self) -> bool:
        return not self.hdr and self.primaries not in TO_BT709


def in_srgb(image: Image.Image, coding: Coding | None = None) -> Image.Image:
    """Any mode and any colours, to RGB or RGBA in sRGB, and nothing else that the file carried."""
    profile = image.info.get("icc_profile")
    image = _in_eight_bits(image)
    if coding is not None and not coding.is_plain and (coding.hdr or not profile):
        image = _recoloured(image, lambda plain: _through_table(plain.convert("RGB"), coding))
    elif profile:
        with suppress(ImageCms.PyCMSError, OSError):  # a broken profile: its colours are taken as sRGB
            image = _through_profile(image, profile)
    image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image.info.clear()
    return image


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 or 32 bits or as floats; what the largest number means is guessed from the values for the latter."""
    if image.mode.startswith("I;16"):
        return _grey(image.convert("I"), 257)
    if image.mode in ("I", "F"):
        _, most = image.getextrema()
        ranges = ((1.0, 1 / 255), (255.0, 1.0), (65535.0, 257.0))
        return _grey(image, next((by for top, by in ranges if float(most) <= top), float(most) / 255))  # type: ignore[arg-type]
    return image


def _grey(image: Image.Image, divisor: float) -> Image.Image:
    return image.point(lambda value: value / divisor + 0.0).convert("L")


def _recoloured(image: Image.Image, change: Callable[[Image.Image], Image.Image]) -> Image.Image:
    """Change the colours and put the transparency back."""
    alpha = image.convert("RGBA").getchannel("A") if image.has_transparency_data else None
    changed = change(image)
    if alpha is not None:
        changed.putalpha(alpha)
    return changed


# --- profiles


def _through_profile(image: Image.Image, profile: bytes) -> Image.Image:
    """A profile for other channels than the picture has says nothing about it."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    mode = PROFILE_MODES.get(source.profile.xcolor_space.strip(), "")
    has = COLOUR_MODES.get(image.mode, "RGB")
    if mode != has and (mode, has) != ("RGB", "L"):
        return image

    def change(plain: Image.Image) -> Image.Image:
        converted = ImageCms.profileToProfile(plain.convert(mode), source, SRGB, outputMode="RGB")
        assert converted is not None
        return converted

    return _recoloured(image, change)


# --- coded colours


def _through_table(image: Image.Image, coding: Coding) -> Image.Image:
    return image.filter(_table(coding))


@cache
def _table(coding: Coding) -> ImageFilter.Color3DLUT:
    """One entry per colour of a coarse grid; Pillow interpolates between them."""
    steps = range(TABLE_SIZE)
    change = _hdr_change(coding) if coding.hdr else _wide_change(coding)
    colours = [change(r, g, b) for b in steps for g in steps for r in steps]
    return ImageFilter.Color3DLUT(TABLE_SIZE, [part for colour in colours for part in colour])


Change = Callable[[int, int, int], tuple[float, ...]]


def _hdr_change(coding: Coding) -> Change:
    levels = _levels(_pq_nits if coding.transfer == PQ else _hlg_scene)
    matrix = TO_BT709.get(BT2020 if coding.primaries == UNSPECIFIED else coding.primaries)

    def change(r: int, g: int, b: int) -> tuple[float, ...]:
        light: tuple[float, ...] = (levels[r], levels[g], levels[b])
        if coding.transfer == HLG:
            light = _hlg_display(light)
        light = tuple(part / NITS_OF_WHITE for part in light)
        return tuple(_clip(part) ** (1 / 2.4) for part in _tone_mapped(_times(matrix, light)))

    return change


def _wide_change(coding: Coding) -> Change:
    levels = _levels(_srgb_to_light)

    def change(r: int, g: int, b: int) -> tuple[float, ...]:
        light = _times(TO_BT709[coding.primaries], (levels[r], levels[g], levels[b]))
        return tuple(_light_to_srgb(_clip(part)) for part in light)

    return change


def _levels(decode: Callable[[float], float]) -> Levels:
    return [decode(step / (TABLE_SIZE - 1)) for step in range(TABLE_SIZE)]


def _times(matrix: Matrix | None, light: tuple[float, ...]) -> tuple[float, ...]:
    if matrix is None:
        return light
    return tuple(sum(factor * part for factor, part in zip(row, light, strict=True)) for row in matrix)


def _tone_mapped(light: tuple[float, ...]) -> tuple[float, ...]:
    most = max(*light, 1e-6)
    factor = _hable(most) / _hable(PEAK_NITS / NITS_OF_WHITE) / most
    return tuple(part * factor for part in light)


def _hable(x: float) -> float:
    """John Hable, Uncharted 2 (GDC 2010)."""
    return (x * (0.15 * x + 0.05) + 0.004) / (x * (0.15 * x + 0.5) + 0.06) - 0.02 / 0.3


def _pq_nits(value: float) -> float:
    """SMPTE ST 2084."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    power = value ** (1 / m2)
    return float(PQ_PEAK_NITS * (max(power - c1, 0.0) / (c2 - c3 * power)) ** (1 / m1))


def _hlg_scene(value: float) -> float:
    """ITU-R BT.2100: light of the scene, 0 to 1."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return value * value / 3 if value <= 0.5 else (2.718281828459045 ** ((value - c) / a) + b) / 12


def _hlg_display(scene: tuple[float, ...]) -> tuple[float, ...]:
    """BT.2100's system gamma of 1.2 for a display of 1,000 cd/m²."""
    luma = sum(weight * part for weight, part in zip(HLG_LUMA, scene, strict=True))
    return tuple(PEAK_NITS * luma**0.2 * part for part in scene)


def _srgb_to_light(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _light_to_srgb(light: float) -> float:
    return 12.92 * light if light <= 0.0031308 else float(1.055 * light ** (1 / 2.4) - 0.055)


def _clip(part: float) -> float:
    return min(1.0, max(0.0, part))
