"""ffmpeg's filters that bring any film's colours to BT.709, in which every rendition is encoded and tagged."""

from __future__ import annotations

from dataclasses import replace

from server.creatives.probe.found import Colours, Found

Size = tuple[int, int]

AS_BT709 = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
JPEG_TO_BT709 = f"scale=in_color_matrix=bt601:out_color_matrix=bt709:out_range=tv,format=yuv420p,{AS_BT709}"
TO_SDR = "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv"
HD_SIDE = 1280
# A matrix as swscale calls it; others hardly exist outside of studios.
MATRICES = {
    "bt709": "bt709", "smpte170m": "bt601", "bt470bg": "bt601", "fcc": "fcc", "smpte240m": "smpte240m",
    "bt2020nc": "bt2020", "bt2020c": "bt2020",
}  # fmt: skip
WIDE = ("bt2020", "smpte431", "smpte432")
WIDE_MATRICES = ("bt709", "smpte170m", "bt2020nc", "gbr")


def to_bt709(found: Found, size: Size) -> list[str]:
    """Scaled to `size`, in BT.709: HDR is tone-mapped, wider colours are brought in."""
    colours = found.colours
    if colours.hdr:
        return [scale(size), _declared(colours), TO_SDR]
    if colours.primaries in WIDE:
        return [scale(size), _declared(replace(colours, transfer="bt709")), "zscale=p=bt709:t=bt709:m=bt709:r=tv"]
    return [f"{scale(size)}:in_color_matrix={_matrix(found)}:out_color_matrix=bt709:out_range=tv"]


def scale(size: Size) -> str:
    return f"scale={size[0]}:{size[1]}:flags=bicubic"


def _declared(colours: Colours) -> str:
    """The colours that the film is assumed to have: a telephone may declare the transfer alone, and means BT.2020
    then."""
    primaries = colours.primaries if colours.primaries in (*WIDE, "bt709") else "bt2020"
    usual = "bt2020nc" if primaries == "bt2020" else "bt709"
    matrix = colours.matrix if colours.matrix in WIDE_MATRICES else usual
    return f"setparams=color_primaries={primaries}:color_trc={colours.transfer}:colorspace={matrix}"


def _matrix(found: Found) -> str:
    """An undeclared matrix is what players assume: BT.709 for HD, BT.601 below."""
    is_hd = max(found.width or 0, found.height or 0) >= HD_SIDE
    return MATRICES.get(found.colours.matrix, "bt709" if is_hd else "bt601")
