"""Applies the venue's plan to the hotspot while it runs. Visits go on, and a plan that fails leaves the old one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from pydantic import ValidationError

from media.wire.hotspot import PlannedHotspot
from player.hotspot.configurations import HOSTAPD_CONF, Configurations
from player.hotspot.enforcer import CommandFailed
from player.hotspot.messages import PlanState, Refusal, Refused, SetPlan
from player.hotspot.plan import HotspotPlan
from player.hotspot.plan_store import PlanRefused, PlanStore
from player.hotspot.radio import Radio

logger = logging.getLogger(__name__)


class Firewall(Protocol):
    """`unit.HotspotUnit` is one."""

    plan_state: PlanState

    @property
    def plan(self) -> HotspotPlan: ...

    def change_plan(self, plan: HotspotPlan) -> None:
        """Raises CommandFailed, with the old plan in force."""


class PlanChange:
    """One plan after the other: its socket answers in one thread.

    The steps are in this order so that the process may be killed between any two. The files are written and checked
    beside those in force. Then the firewall changes; a start would put it back to the stored plan, which is still the
    old one. Then the plan is stored, and the files take their place: a start does that as well. At last hostapd, which
    systemd starts again with its new file, must have its radio up; what a radio can do only it knows.
    """

    def __init__(self, unit: Firewall, store: PlanStore, files: Configurations, radio: Radio) -> None:
        self._unit, self._store, self._files, self._radio = unit, store, files, radio
        self._refused_for_good: str | None = None  # a digest; what failed for another reason is tried again

    def start(self) -> None:
        """Report the plan in force, and write its files. A disk that takes nothing leaves those that are there."""
        planned = self._store.read()
        digest = planned.digest if planned else ""
        try:
            self._store.plan_by(planned)
        except PlanRefused as error:
            self._refuse(digest, str(error))
        else:
            self._report(PlanState(running=digest))
        try:
            self._files.write_script()
            self._files.prepare(self._unit.plan)
            self._files.install()
        except (PlanRefused, OSError) as error:
            logger.error("configurations not written why=%s", error)

    def answer(self, line: bytes) -> bytes:
        """The answer to one line, for `LineServer`."""
        try:
            sent = SetPlan.model_validate_json(line)
            answer: PlanState | Refused = self.apply(sent.planned, portal_name=sent.portal_name)
        except ValidationError as error:
            logger.warning("plan not read errors=%d", error.error_count())
            answer = Refused(why=Refusal.BAD_REQUEST)
        return answer.model_dump_json().encode()

    def apply(self, planned: PlannedHotspot | None, *, portal_name: str | None = None) -> PlanState:
        """Make this the plan, or go on with the one before. portal_name: as in `SetPlan`"""
        if portal_name is not None and (portal_name or None) != self._unit.plan.portal_name:
            self._rename(portal_name or None)
        digest = planned.digest if planned else ""
        state = self._unit.plan_state
        if digest == self._refused_for_good or state == PlanState(running=digest):
            return state
        self._refused_for_good = None
        try:
            self._apply(planned)
        except PlanRefused as error:
            self._refused_for_good = digest
            return self._refuse(digest, str(error))
        except CommandFailed as error:
            return self._refuse(digest, str(error))
        except OSError as error:
            return self._refuse(digest, f"it cannot be stored on the box: {error.strerror}")
        logger.info("plan applied digest=%s", digest[:12] or "own")
        return self._report(PlanState(running=digest))

    def _rename(self, name: str | None) -> None:
        """Advertise the portal's API under this name, or no more. What fails is tried again with the next plan."""
        plan = self._unit.plan.model_copy(update={"portal_name": name})
        try:
            self._put(plan, lambda: self._store.write_name(name))
        except (PlanRefused, CommandFailed, OSError) as error:
            logger.error("portal's name not changed why=%s", error)
        else:
            logger.info("portal's name changed name=%s", name or "none")

    def _apply(self, planned: PlannedHotspot | None) -> None:
        before, stored, run = self._unit.plan, self._store.read(), self._radio.run()
        changed = self._put(self._store.plan_by(planned), lambda: self._store.write(planned))
        if HOSTAPD_CONF in changed and run is not None and not self._radio.is_up_after(run):
            self._go_back(before, stored)
            raise PlanRefused("the radio does not start with this plan's country, channel, name or number of phones")

    def _put(self, plan: HotspotPlan, write: Callable[[], None]) -> list[str]:
        """Put a plan into force; returns the names of the files that changed. write: stores what was new in it"""
        before = self._unit.plan
        try:
            self._files.prepare(plan)
            self._unit.change_plan(plan)
            try:
                write()
            except OSError:
                self._unit.change_plan(before)
                raise
        except BaseException:
            self._files.discard()
            raise
        changed = self._files.install()
        logger.info("configurations changed files=%s", ",".join(changed) or "none")
        return changed

    def _go_back(self, plan: HotspotPlan, stored: PlannedHotspot | None) -> None:
        self._files.prepare(plan)
        self._unit.change_plan(plan)
        self._store.write(stored)
        self._files.install()

    def _refuse(self, digest: str, why: str) -> PlanState:
        logger.warning("plan refused digest=%s why=%s", digest[:12] or "own", why)
        return self._report(PlanState(running=self._unit.plan_state.running, refused=digest, why=why))

    def _report(self, state: PlanState) -> PlanState:
        self._unit.plan_state = state
        return state
