"""The venue's plan on the box's disk, as the server sent it: whole or not there, at any moment of a power cut."""

from __future__ import annotations

import logging
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from media.hotspot_plan import Name
from media.wire.hotspot import FORMATS_READ, PlannedHotspot
from player.files import read_if_there, remove_whole, write_whole
from player.hotspot.plan import HotspotPlan, faults_of, with_venue_plan

logger = logging.getLogger(__name__)

PLAN_FILE, NAME_FILE = "plan", "portal_name"
NAME: TypeAdapter[str] = TypeAdapter(Name)


class PlanRefused(Exception):
    """This plan cannot be carried out here; the text says why."""


class PlanStore:
    """The plan that was applied last; the portal reads it too.

    own: the box's own plan, which goes on where the venue has none · folder: of the hotspot's state
    """

    def __init__(self, own: HotspotPlan, folder: Path) -> None:
        self._own = own
        self._file = folder / PLAN_FILE
        self._name_file = folder / NAME_FILE

    def read(self) -> PlannedHotspot | None:
        """None without one, or if the file is not one of ours: the server sends it again."""
        try:
            raw = read_if_there(self._file)
            return None if raw is None else PlannedHotspot.model_validate_json(raw)
        except (OSError, ValidationError) as error:
            logger.error("stored plan unreadable why=%s", type(error).__name__)
            return None

    def write(self, planned: PlannedHotspot | None) -> None:
        """Raises OSError, with the old one in its place."""
        if planned is None:
            remove_whole(self._file)
        else:
            write_whole(self._file, planned.model_dump_json().encode(), mode=0o640)

    def write_name(self, name: str | None) -> None:
        """The portal's name while phones are given its API. Raises OSError."""
        if name is None:
            remove_whole(self._name_file)
        else:
            write_whole(self._name_file, name.encode(), mode=0o640)

    def _name(self) -> str | None:
        try:
            raw = read_if_there(self._name_file)
            return None if raw is None else NAME.validate_python(raw.decode())
        except (OSError, ValueError) as error:  # pydantic's ValidationError is one
            logger.error("stored name unreadable why=%s", type(error).__name__)
            return None

    def plan_by(self, planned: PlannedHotspot | None) -> HotspotPlan:
        """The plan of this box by the venue's, or its own without one. Raises PlanRefused."""
        return self._plan_by(planned).model_copy(update={"portal_name": self._name()})

    def _plan_by(self, planned: PlannedHotspot | None) -> HotspotPlan:
        if planned is None:
            return self._own
        if planned.format not in FORMATS_READ:
            raise PlanRefused(f"this box does not read plans of format {planned.format}: update its software")
        try:
            return with_venue_plan(self._own, planned.plan)
        except ValidationError as error:
            raise PlanRefused(faults_of(error)) from error

    def current(self) -> HotspotPlan:
        """The plan by the stored one; the box's own, if that was changed since so that they do not go together."""
        try:
            return self.plan_by(self.read())
        except PlanRefused:
            return self.plan_by(None)
