"""The console: the operators' pages, one file a subject."""

from __future__ import annotations

from server.web.console import home
from server.web.console.room import bp

__all__ = ["bp", "home"]
