"""CSV for spreadsheets: quoted by the standard library, one line at a time, and never a formula."""

from __future__ import annotations

import csv
import io
import re

# Spreadsheets also start a formula at the full-width forms of these signs (U+FF1D, U+FF0B, U+FF0D, U+FF20).
LINE_BREAKS = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")
FORMULA = re.compile(r"[\s\u200b\u2060\ufeff]*[=+\-@＝＋－＠]")


def csv_line(*cells: object) -> str:
    """One line of CSV, with its line end. Text that a spreadsheet would run as a formula is marked as text."""
    line = io.StringIO()
    csv.writer(line).writerow([safe_text(cell) if isinstance(cell, str) else cell for cell in cells])
    return line.getvalue()


def safe_text(text: str) -> str:
    """The text on one line, behind an apostrophe if it could start a formula (OWASP, CSV Injection).

    Programs that ignore quotes start a new cell at a line break, so line breaks become spaces.
    """
    flat = LINE_BREAKS.sub(" ", text)
    return f"'{flat}" if FORMULA.match(flat) else flat
