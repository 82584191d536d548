"""The hotspot's plan: the server sends it with the timeline, and the box reports what became of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue

from media.wire.message import Digest, Message, Name, Why

FORMAT = 1
FORMATS_READ = (1,)


class PlannedHotspot(Message):
    """The plan of the venue's hotspots.

    `plan` has the fields of media.hotspot_plan.VenueHotspotPlan. It is checked by the hotspot and not by the reader of
    the timeline: a plan that a box refuses must not cost it its timeline.

    format: of `plan`; a new field alone does not raise it · digest: names the plan in the report
    """

    format: int = FORMAT
    digest: Digest
    plan: dict[str, JsonValue]

    def __hash__(self) -> int:
        """Settings are keys of what is drawn by them, and a dict has no hash of its own."""
        return hash(self.digest)


class PlanReport(Message):
    """running: the digest of the plan in force; empty: the box's own · refused: the digest of the newest plan, if it
    could not be applied, for the reason `why`
    """

    running: Name = ""
    refused: Name = ""
    why: Why = ""


def planned_hotspot(plan: Mapping[str, Any]) -> PlannedHotspot:
    return PlannedHotspot(digest=digest_of(plan), plan=dict(plan))


def digest_of(plan: Mapping[str, Any]) -> str:
    """The same for the same fields, in whichever order a database returns them."""
    return hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()
