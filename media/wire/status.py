"""A player's status report, and the commands that the server sends it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from media.wire.certificates import LONGEST_NAME
from media.wire.hotspot import PlanReport
from media.wire.message import PROTOCOL, Count, Digest, Instant, Message, Milliseconds, Name, Why, first_of, text_of
from media.wire.plays import MOST_PHONES
from media.wire.timeline import Override

Phones = Annotated[int, Field(ge=0, le=MOST_PHONES)]


class FileTrouble(Message):
    """A media file that the player should hold and does not, and why."""

    digest: Digest
    why: Why


class FaultKind(StrEnum):
    """The part of a player that is broken."""

    X_SERVER = "x_server"  # the display has nothing to draw on
    DISPLAY = "display"  # the process that draws died, or does not answer
    ITEM = "item"  # one item's file cannot be shown
    JOURNAL = "journal"  # plays cannot be written


class Fault(Message):
    """One thing that is broken now; `title` is the item's."""

    kind: Name  # a FaultKind, or a newer player's word
    why: Why
    title: Annotated[str, text_of(120)] = ""


class CertificateFault(StrEnum):
    """Why a portal does not use the certificate that its box has."""

    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    OTHER_NAME = "other_name"  # it is not for the portal's name
    COVERS_SERVER = "covers_server"  # with it the box could play the server to phones
    OTHER_KEY = "other_key"  # key and certificate do not belong together
    UNREADABLE = "unreadable"


class CertificateReport(Message):
    """The certificate that a portal has. fault: a CertificateFault for which it is not used, or a newer player's word;
    empty: phones are given the captive-portal API under `name`
    """

    name: Annotated[str, Field(max_length=LONGEST_NAME, pattern=r"^[a-z0-9.-]*$")] = ""
    starts_ms: Instant | None = None
    expires_ms: Instant | None = None
    fault: Name = ""


class HotspotCounts(Message):
    """A hotspot at one moment. `run` names the process that counts: the sums count since it started.

    present: phones on the radio · online: those of them whose visit runs · most_phones: places in its plan
    refusals: taps that were refused because all places were taken · ended_…: visits that ended by this limit
    join_s: median of the seconds from a phone's first address to its visit, of the last visits; None: of none
    uplink_bytes: what passed the uplink, both ways together, since the box started; None: the kernel does not say
    """

    run: Name = ""
    present: Phones = 0
    online: Phones = 0
    most_phones: Phones = 0
    joins: Count = 0
    returns: Count = 0
    refusals: Count = 0
    ended_time: Count = 0
    ended_bytes: Count = 0
    ended_idle: Count = 0
    join_s: Count | None = None
    uplink_bytes: Annotated[int, Field(ge=0, le=2**53)] | None = None


class Hotspot(Message):
    """The hotspot as its process last counted, `age_s` ago; without `counts` it has not answered since the start.

    plan: which plan was in force then; None: its software is older than plans of the venue
    referees: whether its portal can be the referee of games; False: its software is older than that
    certificate: None of a portal that has none, or has not reported since the box's player started
    """

    counts: HotspotCounts | None = None
    age_s: Count = 0
    plan: PlanReport | None = None
    certificate: CertificateReport | None = None
    referees: bool = False


class Status(Message):
    """A player's heartbeat. `display` says in one line what `faults` say one by one.

    hotspot: None from a box that is no hotspot
    """

    protocol: int = PROTOCOL
    hardware: str = Field(max_length=128)
    boot_id: Name = Field(min_length=1)
    seq: Count
    screen: Name | None = None
    version: Count | None = None
    now_ms: Instant
    uptime_s: Count = 0
    clock_offset_ms: Milliseconds | None = None
    clock_error_ms: Milliseconds | None = None
    clock_trusted: bool = False
    showing: Name | None = None
    showing_since_ms: Instant | None = None
    files_held: Count = 0
    files_wanted: Count = 0
    files_missing: Annotated[tuple[FileTrouble, ...], first_of(50)] = ()
    disk_free_bytes: int | None = Field(default=None, ge=0, le=2**53)
    plays_waiting: Count = 0
    display: Why = ""
    faults: Annotated[tuple[Fault, ...], first_of(50)] = ()
    override: Override | None = None
    software: Annotated[str, text_of(120)] = ""
    hotspot: Hotspot | None = None


class Command(Message):
    """A command to a player, to be done at once; an unknown one is refused, never ignored."""

    id: str
    do: str


class CommandAnswer(Message):
    """The acknowledgement of a command: whether it was understood, and if not, why."""

    ok: bool
    why: Why = ""
