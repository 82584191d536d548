"""Leases: finished claims that a box hands out while its uplink is down, and what became of them.

A box reports first (`HandOuts`), and renews then (`LeaseRequest`). Both are harmless when they are repeated. A claim
returns to the stock when the box confirms that it has deleted it, so the server requests that (`give_back`), and waits.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from media.wire.message import COLUMN_MOST, YEAR_2200_MS, Digest, Instant, Message, Name
from media.wire.phone import LONGEST_KEY

MOST_OFFERS = 20
MOST_LEASED = 200  # claims of one offer at one box
MOST_HANDED_OUT = 200  # in one report
MOST_HELD = MOST_OFFERS * MOST_LEASED

ClaimId = Annotated[Name, Field(min_length=26, max_length=26)]


class LeasedCopy(Message):
    """A claim that is finished but for its phone. From `secret` follow its code, and a new QR each half-minute.

    handle: begins each of its QRs · wallet_url: the link that opens it at the server
    """

    claim: ClaimId
    secret: Annotated[str, Field(pattern=r"^[0-9a-f]{20}$")]
    handle: Name
    wallet_url: Annotated[str, Field(max_length=300)]


class Validity(Message):
    """A claim that is handed out before `until_ms`, and in none of the spans before, is valid until `expires_ms`."""

    until_ms: Instant
    expires_ms: Instant


class OfferLease(Message):
    """The claims of one offer that a box may hand out until `expires_ms`; `claims` has only those new to it."""

    offer: Name
    title: Annotated[str, Field(max_length=80)]
    terms: Annotated[str, Field(max_length=1000)] = ""
    merchant: Annotated[str, Field(max_length=120)]
    per_phone: Annotated[int, Field(ge=1, le=COLUMN_MOST)]
    expires_ms: Instant
    validity: tuple[Validity, ...]
    claims: tuple[LeasedCopy, ...]


class LeaseRequest(Message):
    """The unused claims that the box holds, and those that it deleted unused since the last request."""

    holds: Annotated[tuple[ClaimId, ...], Field(max_length=MOST_HELD)] = ()
    returned: Annotated[tuple[ClaimId, ...], Field(max_length=MOST_HELD)] = ()


class Leases(Message):
    """All leases of the box; an offer that is not named here is handed out no more.

    give_back: claims that the box deletes, unless a phone has them, and names in `returned` of its next request
    """

    leases: tuple[OfferLease, ...]
    give_back: tuple[ClaimId, ...] = ()


class HandOut(Message):
    """A leased claim that a phone was given. `phone` is the hash of its token, `key` that of its request."""

    claim: ClaimId
    phone: Digest
    key: Annotated[str, Field(max_length=LONGEST_KEY)] = ""
    screen: Name = ""
    claimed_ms: Annotated[int, Field(ge=0, le=YEAR_2200_MS)]
    expires_ms: Annotated[int, Field(ge=0, le=YEAR_2200_MS)]


class HandOuts(Message):
    """A batch of claims that were handed out, oldest first."""

    claims: tuple[HandOut, ...] = Field(max_length=MOST_HANDED_OUT)


class HandOutAnswer(Message):
    """The result of one hand-out. Each is final: the box does not report it again."""

    claim: str
    status: Literal["accepted", "duplicate", "refused"]
    why: str = ""


class HandOutsAnswer(Message):
    claims: tuple[HandOutAnswer, ...]
