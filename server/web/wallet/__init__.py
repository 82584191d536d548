"""The pages of coupons: an offer, a wallet, a claim, and saving a wallet. Public: a phone is a random token."""

from __future__ import annotations

from server.web.wallet import pages, save
from server.web.wallet.blueprint import bp

__all__ = ["bp", "pages", "save"]
