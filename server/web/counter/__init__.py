"""What a merchant's staff does with coupons: redeem and take back, on a page or from a till's own program."""

from __future__ import annotations

from server.web.counter import api, page
from server.web.counter.blueprint import bp

__all__ = ["api", "bp", "page"]
