"""A phone in front of a screen: what its page reports of itself, and waiting for what it shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, TimeoutError

LAP_MS = 40_000  # more than one of the lookout

OpenPage = Callable[..., Page]


def measures(page: Page) -> dict[str, Any]:
    state: dict[str, Any] = page.evaluate("window.liftcast")
    return state


def wait_for_socket(page: Page) -> None:
    try:
        page.wait_for_function("() => window.liftcast?.line === 'socket'", timeout=LAP_MS)
    except TimeoutError as error:
        error.add_note(f"{page.url}: {measures(page)}")
        raise


def wait_until_shown(page: Page, item: str) -> None:
    page.wait_for_function("item => window.liftcast?.shown === item", arg=item, timeout=LAP_MS)


def wait_until_in_step(page: Page) -> float:
    """Wait until a film keeps to its place within a frame of 25 a second; returns the error."""
    in_step = "() => [window.liftcast?.film?.error_ms ?? 1e9].find(error_ms => Math.abs(error_ms) <= 40)?.toString()"
    return float(page.wait_for_function(in_step, timeout=LAP_MS).json_value())
