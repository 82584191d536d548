"""A QR code as SVG, for pages."""

from __future__ import annotations

import segno
from markupsafe import Markup


def qr_svg(text: str) -> Markup:
    """Black on white with a quiet zone, drawn as one path; it scales with its frame."""
    svg = segno.make(text, error="m", micro=False).svg_inline(border=3, light="#fff", dark="#000", omitsize=True)
    return Markup(svg)  # noqa: S704  made by segno from our own text
