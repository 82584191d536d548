"""Eight hours without an uplink: five boxes of one offer give out 200 coupons, and the server all that it has left.

Covers: player.sync.leases, server.coupons.leases.answer, server.coupons.leases.hand_outs, server.coupons.leases.renew
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from tests.rig.offline_hours import offline_hours


def test_eight_offline_hours_pass_no_stock_and_lose_no_claim(engine: Engine, tmp_path: Path) -> None:
    outcome = offline_hours(engine, tmp_path)
    assert (outcome.pieces, outcome.known) == (outcome.stock, outcome.given)
    assert outcome.claims == outcome.expected_claims
    assert outcome.redemptions == outcome.expected_redemptions
