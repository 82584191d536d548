"""What phones do with coupons: claim, keep, show, save. Public: a phone is a random token."""

from __future__ import annotations

from server.web.wallet import api, pages, save
from server.web.wallet.blueprint import bp

__all__ = ["api", "bp", "pages", "save"]
