"""The requests that the privileged unit understands, and its answers.

A request names a phone by its IP address. Its MAC stays inside the unit: an answer names the phone by a pseudonym that
nobody can compute from the MAC, and that is another one each day.
"""

from __future__ import annotations

from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, field_validator

from media.hotspot_plan import Name, hides_portal
from media.wire.hotspot import PlannedHotspot


def normal_address(given: object) -> object:
    """As the kernel's table of neighbours has it: an IPv4 address is not wrapped into IPv6, and no interface named."""
    if isinstance(given, IPv4Address | IPv6Address):
        return given
    if not isinstance(given, str):
        raise ValueError("must be a text")
    address = ip_address(given.partition("%")[0])
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


PhoneAddress = Annotated[IPv4Address | IPv6Address, BeforeValidator(normal_address)]


class Strict(BaseModel):
    """Frozen, and a field that is not known is refused: it may have been meant to restrict the request."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Grant(Strict):
    """Lets the phone at this address pass for the plan's minutes; a visit that runs stays as it is."""

    kind: Literal["grant"] = "grant"
    address: PhoneAddress


class Extend(Strict):
    """The plan's minutes and bytes anew, for a phone whose visit runs."""

    kind: Literal["extend"] = "extend"
    address: PhoneAddress


class Revoke(Strict):
    """Ends the phone's visit."""

    kind: Literal["revoke"] = "revoke"
    address: PhoneAddress


class Look(Strict):
    """Requests the time and the bytes that the phone's visit has left."""

    kind: Literal["look"] = "look"
    address: PhoneAddress


class Count(Strict):
    """How many phones there are and were."""

    kind: Literal["count"] = "count"


class SetPlan(Strict):
    """The venue's plan; None: the venue has none, and the box goes by its own. Only the daemon may send it.

    portal_name: under which the portal has a certificate; empty: it has none; None: not known yet, so it stays
    """

    kind: Literal["set_plan"] = "set_plan"
    planned: PlannedHotspot | None
    portal_name: Name | Literal[""] | None = None

    @field_validator("portal_name")
    @classmethod
    def _is_no_probe(cls, name: str | None) -> str | None:
        """dnsmasq answers the portal's name with the box's address: never one that phones probe."""
        if name and hides_portal(name):
            raise ValueError("would hide the portal")
        return name


Request = Annotated[Grant | Extend | Revoke | Look | Count, Field(discriminator="kind")]


class Ending(StrEnum):
    """Why a visit ended by itself."""

    TIME = "time"
    BYTES = "bytes"
    IDLE = "idle"


class VisitAnswer(Strict):
    """A visit that runs. is_returning: the phone had another one today
    can_extend: whether the plan allows the phone its minutes anew today
    """

    kind: Literal["visit"] = "visit"
    phone: str
    seconds_left: int
    bytes_left: int
    is_returning: bool = False
    can_extend: bool = True


class NoVisit(Strict):
    """The phone may not pass. ended: why its last visit of today ended, if that ended by itself"""

    kind: Literal["no_visit"] = "no_visit"
    phone: str
    is_returning: bool = False
    ended: Ending | None = None


class PlanState(Strict):
    """running: the digest of the venue's plan in force; empty: the box's own · refused: that of the newest plan if it
    failed, for the reason `why`
    """

    kind: Literal["plan"] = "plan"
    running: str = ""
    refused: str = ""
    why: str = ""


class Counts(Strict):
    """present: phones on the radio now · online: those of them whose visit runs · most_phones: places in the plan
    join_s: median of the seconds from a phone's first address to its visit, of the last visits; None: of none
    uplink_bytes: what passed the uplink, both ways, since the box started; None: the kernel does not say

    The others count since the unit started, which `run` identifies: visits begun, those of phones that had one before
    on the same day, grants refused because all places were taken, and visits that ended by each limit.
    """

    kind: Literal["counts"] = "counts"
    run: str
    present: int
    online: int
    most_phones: int
    join_s: int | None
    uplink_bytes: int | None
    joins: int
    returns: int
    refusals: int
    ended: dict[Ending, int]
    plan: PlanState = PlanState()


class Refusal(StrEnum):
    """Why a request was not carried out."""

    BAD_REQUEST = "bad_request"
    NO_PHONE = "no_phone"  # nothing on the radio has this address
    FULL = "full"
    DAY = "day"  # the phone has had as many visits today as the plan allows
    FAILED = "failed"  # the kernel refused; the log says what


class Refused(Strict):
    kind: Literal["refused"] = "refused"
    why: Refusal


Answer = Annotated[VisitAnswer | NoVisit | Counts | PlanState | Refused, Field(discriminator="kind")]

REQUEST: TypeAdapter[Request] = TypeAdapter(Request)
ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)
