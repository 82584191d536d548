"""The form of an offer, as a browser sends it."""

from __future__ import annotations

OFFER = {"title": "One bowl free", "stock": "12", "per_phone": "1", "valid_days": "30", "weekdays[]": list("01234")}
