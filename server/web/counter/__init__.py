"""The counter: a merchant's staff redeem coupons and take uses back, on a page or from a till's own program."""

from __future__ import annotations

from server.web.counter import api, page
from server.web.counter.blueprint import bp

__all__ = ["api", "bp", "page"]
