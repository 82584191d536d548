"""The world of the timelines' tests, which publish what is allotted here."""

from __future__ import annotations

from tests.server.timelines.conftest import world

__all__ = ["world"]
