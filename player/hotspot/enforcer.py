"""The enforcer: grants, extends and ends visits in the firewall, and keeps them over a restart of the box.

The kernel ends a visit by itself at the second it is due; the enforcer need not run for that. It looks at the table
every few seconds: for visits that have ended, whose connections it removes, and for those that are used up or idle.
The kernel counts the seconds that the machine runs, so a clock that is set changes no visit.
"""

from __future__ import annotations

import json
import logging
import re
import subprocess
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from ipaddress import IPv4Address
from pathlib import Path
from typing import Protocol

from player.files import read_if_there, write_whole
from player.hotspot.firewall import INTERCEPTED, TABLE, quota_of, render_ruleset
from player.hotspot.messages import Ending
from player.hotspot.plan import HotspotPlan
from player.hotspot.shaping import render_shaping
from player.hotspot.visits import Table, Visit, commands_to_grant, commands_to_revoke, free_number, read_table

logger = logging.getLogger(__name__)

COMMAND_S = 10
# Programs quote what they were given; no log holds it.
PHONE_DATA = re.compile(r"\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b|\b\d{1,3}(?:\.\d{1,3}){3}\b", re.IGNORECASE)


class HotspotFull(Exception):
    """As many phones as the plan allows are online already. Try again when one has left."""


class CommandFailed(Exception):
    """nft, tc or conntrack refused what it was given."""


class Run(Protocol):
    """Runs a program to its end and returns its output. Raises CommandFailed if it fails."""

    def __call__(self, command: Sequence[str], given: str = "") -> str: ...


def run(command: Sequence[str], given: str = "", *, timeout_s: float = COMMAND_S) -> str:
    try:
        done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=timeout_s, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CommandFailed(f"{command[0]}: {error}") from error
    if done.returncode:
        raise CommandFailed(f"{' '.join(command[:2])}: {PHONE_DATA.sub('…', done.stderr.strip())}")
    return done.stdout


@dataclass(frozen=True)
class EndedVisit:
    visit: Visit
    why: Ending


@dataclass
class Enforcer:
    """One hotspot's firewall.

    file: where visits survive a restart · monotonic: seconds; only differences count, so the clock may be set
    """

    plan: HotspotPlan
    file: Path
    monotonic: Callable[[], float]
    run: Run = run
    _used: dict[int, tuple[int, float]] = field(default_factory=dict)  # by number: bytes, and when they last grew
    _running: dict[int, Visit] = field(default_factory=dict)

    def start(self) -> None:
        """Put the plan into force. Visits that run go on; after a restart of the box, those of the file do."""
        if self._has_table():
            self._install()
            restored = 0
        else:
            stored = [visit for visit in read_visits(self.file) if visit.seconds_left > 0]
            rendered = self._with_room_for(stored)
            self._nft(render_ruleset(rendered, {visit.number: visit.bytes_used for visit in stored}))
            self._nft("".join(commands_to_grant(visit) for visit in stored))
            self._shape(rendered)
            restored = len(stored)
        self._running = {visit.number: visit for visit in self.table().visits}
        logger.info("hotspot started visits=%d restored=%d", len(self._running), restored)

    def change(self, plan: HotspotPlan) -> None:
        """Put another plan into force. Visits go on with the time that they have left and the bytes they have used.

        Raises CommandFailed; the old plan is in force then, or the next step puts it back.
        """
        old, self.plan = self.plan, plan
        try:
            self._install(closed=set(old.open_names) - set(plan.open_names))
        except CommandFailed:
            self.plan = old
            self._install()
            raise

    def _install(self, closed: Collection[str] = ()) -> None:
        """The plan in the place of the one whose table is there, in one transaction.

        A table of the same size takes the new rules and limits in place. Otherwise it is made anew, with the visits.
        closed: names that were reachable before joining, and are not any more
        """
        table = self.table()
        rendered = self._with_room_for(table.visits)
        rules = render_ruleset(rendered, table.bytes_used)
        if len(table.bytes_used) == rendered.most_phones:
            flushed = [f"flush set {TABLE} {name}\n" for name in ("open4", "open6")] if closed else []
            self._nft("".join([rules, *flushed]))
        else:
            grants = (commands_to_grant(visit) for visit in table.visits if visit.seconds_left > 0)
            self._nft("".join([f"delete table {TABLE}\n", rules, *grants]))
        self._shape(rendered)

    def _with_room_for(self, visits: Iterable[Visit]) -> HotspotPlan:
        """The plan with a place for each visit that runs: one that has fewer places than before ends none."""
        most = max([self.plan.most_phones, *(visit.number for visit in visits)])
        return self.plan.model_copy(update={"most_phones": most})

    def table(self) -> Table:
        return read_table(self.run(["nft", "-j", "list", "table", *TABLE.split()]))

    def grant(self, mac: str, ip4: IPv4Address | None, table: Table | None = None) -> Visit:
        """Let this phone pass for the plan's minutes. One that passes already keeps its time and its quota, under the
        address that it has now, so a second tap changes nothing.

        table: where the caller has just read it; somebody waits for this, and to read it takes as long as to change it

        Raises HotspotFull.
        """
        table = table or self.table()
        visit = table.visit_of(mac)
        if visit and ip4 in (None, visit.ip4):
            return visit
        if visit is None:
            number = free_number(table.visits, self.plan)
            if number is None:
                raise HotspotFull
            self.run(["nft", "reset", "quota", *TABLE.split(), quota_of(number)])
            visit = Visit(number, mac, ip4, self.plan.visit_minutes * 60)
        visit = replace(visit, ip4=ip4)
        self._replace(visit, table)
        return visit

    def extend(self, mac: str) -> Visit | None:
        """The plan's minutes from now on, with a fresh quota; None if this phone has no visit."""
        table = self.table()
        visit = table.visit_of(mac)
        if visit is None:
            return None
        self.run(["nft", "reset", "quota", *TABLE.split(), quota_of(visit.number)])
        visit = replace(visit, seconds_left=self.plan.visit_minutes * 60, bytes_used=0)
        self._replace(visit, table)
        return visit

    def revoke(self, mac: str) -> bool:
        """End this phone's visit now; False if it has none."""
        table = self.table()
        visit = table.visit_of(mac)
        if visit is None:
            return False
        self._nft(commands_to_revoke(visit.number, table))
        self._drop_connections(visit)
        self._running.pop(visit.number, None)
        self._store(_without(visit.number, table))
        return True

    def step(self) -> list[EndedVisit]:
        """Look at the table: ends visits that are used up or without traffic, and returns those that have ended since.

        A visit whose bytes are used up ends, so that its phone meets the portal again, which says so.
        """
        table, now = self.table(), self.monotonic()
        why = {visit.number: ending for visit in table.visits if (ending := self._ending(visit, now))}
        for number in why:
            self._nft(commands_to_revoke(number, table))
        running = {visit.number: visit for visit in table.visits if visit.number not in why}
        ended = [visit for number, visit in self._running.items() if number not in running]
        for visit in ended:
            self._used.pop(visit.number, None)
            self._drop_connections(visit)
        self._running = running
        self._store(running.values())
        return [EndedVisit(visit, why.get(visit.number, Ending.TIME)) for visit in ended]

    def _ending(self, visit: Visit, now: float) -> Ending | None:
        used, since = self._used.get(visit.number, (-1, now))
        since = now if visit.bytes_used != used else since
        self._used[visit.number] = (visit.bytes_used, since)
        if visit.bytes_used >= self.plan.visit_bytes:
            return Ending.BYTES
        return Ending.IDLE if now - since >= self.plan.idle_minutes * 60 else None

    def _store(self, visits: Iterable[Visit]) -> None:
        """Visits with what is left of them: a power cut costs nobody more than the time between two steps."""
        try:
            write_visits(self.file, visits)
        except OSError as error:  # a full disk; the kernel has the visits, and the next step tries again
            logger.warning("visits not written why=%s", error.strerror)

    def _replace(self, visit: Visit, table: Table) -> None:
        self._nft(commands_to_revoke(visit.number, table) + commands_to_grant(visit))
        self._drop_connections(visit)
        self._used[visit.number] = (visit.bytes_used, self.monotonic())
        self._running[visit.number] = visit
        self._store([*_without(visit.number, table), visit])

    def _drop_connections(self, visit: Visit) -> None:
        """A connection that began before goes on as it was: to the portal before joining, to the internet after it.

        The phone's connections to the portal itself stay: one of them carries the tap, and its answer must arrive.
        """
        commands = [["conntrack", "-D", "--mark", str(visit.number)]]
        if visit.ip4:
            commands.append(["conntrack", "-D", "--mark", str(INTERCEPTED), "-s", str(visit.ip4)])
        for command in commands:
            try:
                self.run(command)
            except CommandFailed as error:  # also if there was none to delete
                logger.debug("connections not dropped number=%d why=%s", visit.number, error)

    def _has_table(self) -> bool:
        tables = json.loads(self.run(["nft", "-j", "list", "tables", "inet"]))["nftables"]
        return any(entry.get("table", {}).get("name") == TABLE.split()[1] for entry in tables)

    def _nft(self, commands: str) -> None:
        if commands:
            self.run(["nft", "-f", "-"], commands)

    def _shape(self, plan: HotspotPlan) -> None:
        for interface in (plan.radio, plan.uplink):
            try:
                self.run(["tc", "qdisc", "del", "dev", interface, "root"])
            except CommandFailed:  # it has none of its own yet
                logger.debug("no queues yet interface=%s", interface)
        self.run(["tc", "-batch", "-"], render_shaping(plan))


def _without(number: int, table: Table) -> list[Visit]:
    return [visit for visit in table.visits if visit.number != number]


def write_visits(file: Path, visits: Iterable[Visit]) -> None:
    rows = [{**asdict(visit), "ip4": str(visit.ip4) if visit.ip4 else None} for visit in visits]
    write_whole(file, json.dumps(rows).encode(), mode=0o600)


def read_visits(file: Path) -> list[Visit]:
    """The visits of the file; none if it is not there or was not written by us."""
    try:
        rows = json.loads(read_if_there(file) or "[]")
        return [Visit(**{**row, "ip4": IPv4Address(row["ip4"]) if row["ip4"] else None}) for row in rows]
    except (ValueError, TypeError, KeyError) as error:
        logger.warning("stored visits cannot be read, none restored why=%s", error)
        return []
