"""A phone that leaves the hotspot takes its coupons along: from the box's address to the server's, two cookies apart.

The page gets a token while it reaches the box, and hands it to the server when the WiFi is gone. The token moves
coupons only towards the phone that hands it in, so a stranger's token in an address gives something, and takes nothing.
What was opened before stays good: it is the same phone.
"""

from __future__ import annotations

import hmac
import re
from datetime import datetime, timedelta

from sqlmodel import Session

from server.coupons.codes.derive import CouponKeys, finding_hmac
from server.coupons.models import Phone
from server.coupons.wallets.moving import move_coupons
from server.db import to_ms
from server.errors import Missing

GOOD_FOR = timedelta(days=1)
TOKEN = re.compile(r"([0-9a-f]{64})\.(\d{1,15})\.([0-9a-f]{64})")


class NoSuchHandover(Missing):
    """These coupons cannot be moved any more. Open the page of the screen's WiFi again."""


def make_handover(phone_hash: str, *, keys: CouponKeys, now: datetime) -> str:
    """A token for the coupons of the phone of this hash, also for those that it claims later."""
    ends_ms = to_ms(now + GOOD_FOR)
    return f"{phone_hash}.{ends_ms}.{_mac(keys, phone_hash, ends_ms)}"


def phone_of_handover(token: str, *, keys: CouponKeys, now: datetime) -> str:
    """The hash of the phone whose coupons the token moves. Raises NoSuchHandover."""
    read = TOKEN.fullmatch(token)
    if read is None or not hmac.compare_digest(_mac(keys, read[1], int(read[2])), read[3]) or int(read[2]) < to_ms(now):
        raise NoSuchHandover
    return read[1]


def take_over(db: Session, phone_hash: str, *, to: Phone, now: datetime) -> int:
    """Returns how many coupons moved; 0 where they are on this phone already."""
    return 0 if phone_hash == to.token_hash else move_coupons(db, phone_hash, to=to, now=now, void_copies=None)


def _mac(keys: CouponKeys, phone_hash: str, ends_ms: int) -> str:
    return finding_hmac(keys, "handover", f"{phone_hash}:{ends_ms}")
