"""Claims from the box's lease: what the portal answers to a phone while the server cannot."""

from __future__ import annotations

import hashlib
from collections import defaultdict

from flask import request

from media.phone.identity import phone_token
from media.phone.source import Claimed
from media.wire.phone import LONGEST_KEY, ClaimAnswer
from player.portal.arrival.interception import phone_address
from player.portal.errors import (
    PortalError,
    already_claimed,
    key_reused,
    lease_used_up,
    too_many_new_phones,
)
from player.portal.upstream.clients import PlayerClient
from player.portal.upstream.player_messages import Coupon, NotHandedOut
from player.portal.upstream.server_requests import OFFER_ID

# A phone is one token, or two with its captive sheet; who erases it again and again would take all that the box has.
PHONES_EACH = 3  # of one address and offer
ADDRESSES_KNOWN = 2048


class LeasedCoupons:
    """Hands out a lease's claims to this request's phone."""

    def __init__(self, player: PlayerClient) -> None:
        self._player = player
        self._phones: defaultdict[tuple[str, str], set[str]] = defaultdict(set)

    def earlier(self, offer_id: str, key: str) -> Claimed | None:
        """The claim that this phone got here, while the server does not know it."""
        if not _is_usable(offer_id, key):
            return None
        found = self._player.hand_out(offer_id, phone=phone_hash(), key=key, only_earlier=True)
        return _claimed(found) if isinstance(found, Coupon) else None

    def hand_out(self, offer_id: str, key: str, refused: PortalError) -> Claimed:
        """Raises `refused`, the server's error, where this box may hand out nothing, or the request is not usable."""
        if not _is_usable(offer_id, key):
            raise refused
        phones = self._phones_at(phone_address(request.remote_addr or ""), offer_id)
        if len(phones | {phone_hash()}) > PHONES_EACH:
            raise too_many_new_phones()
        given = self._player.hand_out(offer_id, phone=phone_hash(), key=key)
        if not isinstance(given, Coupon):
            raise _error(given, refused)
        phones.add(phone_hash())
        return _claimed(given)

    def _phones_at(self, address: str, offer_id: str) -> set[str]:
        if len(self._phones) > ADDRESSES_KNOWN:
            self._phones.clear()
        return self._phones[address, offer_id]


def _is_usable(offer_id: str, key: str) -> bool:
    """Refuse a claim that no server would accept: it is not handed out here either."""
    return bool(OFFER_ID.fullmatch(offer_id)) and 1 <= len(key) <= LONGEST_KEY and key.isprintable()


def phone_hash() -> str:
    """By which the daemon and the server know this request's phone."""
    return hashlib.sha256(phone_token().encode()).hexdigest()


def _error(why: NotHandedOut | None, refused: PortalError) -> PortalError:
    if why is NotHandedOut.USED_UP and refused.status == 503:
        return lease_used_up()
    known = {NotHandedOut.LIMIT: already_claimed, NotHandedOut.OTHER_REQUEST: key_reused}
    return known[why]() if why in known else refused


def _claimed(coupon: Coupon) -> Claimed:
    """Its page is at this box: the server's cannot be reached now. A coupon of the server's keeps the server's page,
    which is there when the WiFi is gone."""
    path = "/w/" + coupon.claim.wallet_url.rpartition("/")[2]
    answer = ClaimAnswer.model_validate(coupon.claim.model_dump() | {"wallet_url": path})
    return Claimed(answer=answer, path=path, is_new=True)
