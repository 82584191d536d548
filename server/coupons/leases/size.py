"""How many claims of an offer a box may hold unused."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, case, col, func, select

from media.wire.leases import MOST_LEASED
from server.coupons.leases.stock import leased_pieces
from server.coupons.models import Claim, Lease, Offer

DAYS_COUNTED = 7
LEAST = 5  # for an offer that nobody has claimed at this screen yet
BUSIEST_DAYS = 2  # a lease lasts for so many days like the busiest one
DAY = timedelta(days=1)


def lease_size(busiest_day: int, *, pieces: int, boxes: int) -> int:
    """busiest_day: the most claims of one day · pieces: in the stock and unused at boxes · boxes: that share them.

    Half of what there is stays in the stock, for phones that the server answers; the boxes share the other half
    equally. So the last pieces are in the stock, where every phone with an uplink can have them.
    """
    share = pieces // (2 * max(1, boxes))
    return min(max(LEAST, BUSIEST_DAYS * busiest_day), share, MOST_LEASED)


def size_for(db: Session, offer: Offer, lease: Lease, *, busiest_day: int, now: datetime) -> int:
    """The size of this lease now."""
    others = (col(Lease.offer_id) == offer.id, col(Lease.expires_at) > now, col(Lease.id) != lease.id)
    boxes = 1 + db.exec(select(func.count()).select_from(Lease).where(*others)).one()
    return lease_size(busiest_day, pieces=offer.stock_left + leased_pieces(db, offer.id), boxes=boxes)


def busiest_days(db: Session, screen_id: str, *, now: datetime) -> dict[str, int]:
    """By offer: the most claims at the screen in 24 hours, of the last seven times 24.

    One query for all offers, by the screen: an offer has claims at thousands of screens.
    """
    at = col(Claim.claimed_at)
    ends = [now - day * DAY for day in range(DAYS_COUNTED)]
    days = [func.sum(case(((at > end - DAY) & (at <= end), 1), else_=0)) for end in ends]
    here = (col(Claim.screen_id) == screen_id, at > now - DAYS_COUNTED * DAY)
    query = select(Claim.offer_id, *days).where(*here).group_by(col(Claim.offer_id))
    return {row[0]: int(max(row[1:])) for row in db.connection().execute(query)}
