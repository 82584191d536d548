"""Debian's Chromium, driven by Playwright: no outside connection, autoplay as on a phone."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, sync_playwright

from tests.rig.players.sound_card import SoundCard

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)

CHROMIUM = Path("/usr/bin/chromium")
POLICY = "Content Security Policy directive"

_running: list[Playwright] = []


@contextmanager
def driver() -> Iterator[Playwright]:
    """Playwright runs only once in a thread: who needs it while it runs shares it."""
    if _running:
        yield _running[0]
        return
    with sync_playwright() as playwright:
        _running.append(playwright)
        try:
            yield playwright
        finally:
            _running.clear()


@contextmanager
def chromium(*more: str, card: SoundCard | None = None, executable: Path = CHROMIUM) -> Iterator[Browser]:
    """A browser in which no page may do what its own content policy refuses; silent without a sound card.

    executable: Chromium, or a program that starts it somewhere
    """
    sound: dict[str, Any] = {"ignore_default_args": ["--mute-audio"], "env": {**os.environ, **card.env}} if card else {}
    violations: list[str] = []
    with driver() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=[*ARGUMENTS, *more], **sound)
        browser.on("context", lambda context: collect_violations(context, violations))
        try:
            yield browser
        finally:
            browser.close()
    check_policies(violations)


def collect_violations(context: BrowserContext, violations: list[str]) -> None:
    """Add what the pages of this context do against their own content policies, as the browser reports it."""

    def take(message: ConsoleMessage) -> None:
        if POLICY in message.text:
            violations.append(f"{message.page.url if message.page else ''}: {message.text}")

    context.on("console", take)


def check_policies(violations: list[str]) -> None:
    if violations:
        raise AssertionError("\n".join(["pages did what their own content policy refuses:", *violations]))


@contextmanager
def cookieless_page(folder: Path, *more: str, executable: Path = CHROMIUM) -> Iterator[Page]:
    """A browser whose owner refuses all cookies: the nearest there is to an iPhone's captive sheet."""
    refused = {"profile": {"default_content_setting_values": {"cookies": 2}}}
    (folder / "Default").mkdir(parents=True)
    (folder / "Default" / "Preferences").write_text(json.dumps(refused))
    with driver() as playwright:
        context = playwright.chromium.launch_persistent_context(
            folder, executable_path=executable, args=[*ARGUMENTS, *more]
        )
        violations: list[str] = []
        collect_violations(context, violations)
        try:
            yield context.new_page()
        finally:
            context.close()
    check_policies(violations)


def camera_showing(film: Path) -> tuple[str, ...]:
    """Arguments for a browser whose camera films this, and whose owner allows it."""
    return (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )


def sign_in(page: Page, link: str) -> None:
    """Open a one-time link and sign in, as its receiver does."""
    page.goto(link)
    page.get_by_role("button", name="Continue as").click()
    page.wait_for_url("**/console/**")
