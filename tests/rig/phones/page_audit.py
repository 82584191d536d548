"""The audit of how a page looks, read from the page itself."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

LOOKS = Path(__file__).with_name("page_audit.js").read_text(encoding="utf-8")


def wrong_looks(page: Page) -> list[str]:
    """Each thing that is cut off, faint, too small to hit or without a name."""
    faults: list[str] = page.evaluate(LOOKS)
    return faults
