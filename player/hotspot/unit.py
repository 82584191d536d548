"""The privileged unit: carries requests out in the firewall, and looks after the visits.

No other process runs nft, tc or conntrack, reads the kernel's table of neighbours, or knows a MAC.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from ipaddress import IPv4Address
from pathlib import Path

from pydantic import ValidationError

from player.hotspot.arrivals import ARRIVAL_SOCKET, Arrival, ArrivalSocket, Change
from player.hotspot.counters import JoinTimes, command_to_show, read_bytes
from player.hotspot.enforcer import CommandFailed, Enforcer, HotspotFull, Run
from player.hotspot.messages import (
    REQUEST,
    Answer,
    Count,
    Counts,
    Ending,
    Extend,
    Grant,
    Look,
    NoVisit,
    PlanState,
    Refusal,
    Refused,
    Request,
    Revoke,
    VisitAnswer,
)
from player.hotspot.neighbours import command_to_list, count_present, ip4_of, mac_of, read_neighbours
from player.hotspot.plan import HotspotPlan
from player.hotspot.plan_change import PlanChange
from player.hotspot.pseudonyms import Pseudonyms
from player.hotspot.visits import Table, Visit
from player.line_socket import LineServer

logger = logging.getLogger(__name__)

REQUEST_SOCKET, PLAN_SOCKET = "requests", "plans"
STEP_S = 5.0
PLAN_BYTES = 64_000  # as many open names as a plan may have
PLAN_S = 60.0  # the programs that check it, and the firewall
MOST_ENDINGS = 500  # a box runs for years, and most phones never come back


@dataclass(frozen=True)
class Phone:
    """A phone on the radio, as this unit alone knows it."""

    mac: str
    ip4: IPv4Address | None


class HotspotUnit:
    """Requests, arrivals and steps change the firewall one at a time, under one lock.

    state: folder of what survives a restart of the box · monotonic: seconds · today: the local date
    """

    def __init__(
        self, plan: HotspotPlan, state: Path, *, run: Run, monotonic: Callable[[], float], today: Callable[[], date],
    ) -> None:  # fmt: skip
        self.enforcer = Enforcer(plan, state / "visits", monotonic, run)
        self.plan_state = PlanState()
        self._run = run
        self._pseudonyms = Pseudonyms(state / "pseudonyms", today)
        self._lock = threading.Lock()
        self._count: Counter[str] = Counter()
        self._ended: Counter[Ending] = Counter()
        self._last_endings: dict[str, Ending] = {}  # by pseudonym
        self._id = secrets.token_hex(8)
        self._join_times = JoinTimes(monotonic)

    def start(self) -> None:
        """Raises CommandFailed where the firewall or the queues cannot be set up."""
        with self._lock:
            self.enforcer.start()

    @property
    def plan(self) -> HotspotPlan:
        return self.enforcer.plan

    def change_plan(self, plan: HotspotPlan) -> None:
        """Put another plan into force; visits go on. Raises CommandFailed, with the old plan in force."""
        with self._lock:
            self.enforcer.change(plan)

    def step(self) -> None:
        """Look after the visits; a firewall that somebody flushed is put back with the visits that are stored."""
        with self._lock:
            try:
                ended = self.enforcer.step()
            except CommandFailed as error:
                logger.warning("firewall lost, put back why=%s", error)
                self.enforcer.start()
                return
            for end in ended:
                self._ended[end.why] += 1
                self._note_ending(self._pseudonyms.name_of(end.visit.mac), end.why)
            if ended:
                logger.info("visits ended number=%d", len(ended))

    def _note_ending(self, phone: str, why: Ending) -> None:
        self._last_endings.pop(phone, None)
        self._last_endings[phone] = why
        if len(self._last_endings) > MOST_ENDINGS:
            del self._last_endings[next(iter(self._last_endings))]  # the oldest

    def arrive(self, arrival: Arrival) -> None:
        """A phone whose visit runs passes under its new address too, without another tap."""
        if arrival.change is Change.LEFT:
            return
        with self._lock:
            if self.enforcer.table().visit_of(arrival.mac):
                self.enforcer.grant(arrival.mac, arrival.ip4)
            elif arrival.change is Change.JOINED:
                self._join_times.arrive(self._pseudonyms.name_of(arrival.mac))

    def answer(self, line: bytes) -> bytes:
        """The answer to one line, for `LineServer`."""
        return self._answer(line).model_dump_json().encode()

    def _answer(self, line: bytes) -> Answer:
        try:
            request = REQUEST.validate_json(line)
        except ValidationError as error:
            logger.warning("request refused errors=%d", error.error_count())
            return Refused(why=Refusal.BAD_REQUEST)
        try:
            with self._lock:
                return self._carry_out_twice(request)
        except HotspotFull:
            self._count["refusals"] += 1
            return Refused(why=Refusal.FULL)
        except CommandFailed as error:
            logger.error("request failed kind=%s why=%s", request.kind, error)
            return Refused(why=Refusal.FAILED)

    def _carry_out_twice(self, request: Request) -> Answer:
        """A visit that ends by itself between reading the table and changing it makes the change fail, once."""
        try:
            return self._carry_out(request)
        except CommandFailed:
            return self._carry_out(request)

    def _carry_out(self, request: Request) -> Answer:
        neighbours = read_neighbours(self._run(command_to_list(self.plan.radio)))
        if isinstance(request, Count):
            return self._counts(count_present(neighbours))
        mac = mac_of(request.address, neighbours)
        if mac is None:
            return Refused(why=Refusal.NO_PHONE)
        ip4 = request.address if isinstance(request.address, IPv4Address) else ip4_of(mac, neighbours)
        return self._about(request, Phone(mac, ip4))

    def _about(self, request: Grant | Extend | Revoke | Look, phone: Phone) -> Answer:
        table = self.enforcer.table()
        visit = table.visit_of(phone.mac)
        match request:
            case Grant():
                return self._granted(phone, table, is_new=visit is None)
            case Extend() if visit:
                if not self._may_begin(phone):
                    return Refused(why=Refusal.DAY)
                visit = self.enforcer.extend(phone.mac)
                self._pseudonyms.see(self._pseudonyms.name_of(phone.mac))
            case Revoke() if visit:
                self.enforcer.revoke(phone.mac)
                visit = None
            case Look() if visit:  # it may have come back under another address
                visit = self.enforcer.grant(phone.mac, phone.ip4, table)
        return self._described(phone, visit)

    def _may_begin(self, phone: Phone) -> bool:
        """Whether the plan allows this phone another visit, or an extension, today."""
        most = self.plan.visits_a_day
        return not most or self._pseudonyms.visits_of(self._pseudonyms.name_of(phone.mac)) < most

    def _granted(self, phone: Phone, table: Table, *, is_new: bool) -> Answer:
        if is_new and not self._may_begin(phone):
            return Refused(why=Refusal.DAY)
        visit = self.enforcer.grant(phone.mac, phone.ip4, table)
        answer = self._described(phone, visit)
        if is_new:
            self._count["joins"] += 1
            self._count["returns"] += answer.is_returning
            self._join_times.join(answer.phone)
            self._last_endings.pop(answer.phone, None)
            self._pseudonyms.see(answer.phone)
            return answer.model_copy(update={"can_extend": self._may_begin(phone)})
        return answer

    def _described(self, phone: Phone, visit: Visit | None) -> VisitAnswer | NoVisit:
        name = self._pseudonyms.name_of(phone.mac)
        is_returning = self._pseudonyms.was_seen(name)
        if visit is None:
            return NoVisit(phone=name, is_returning=is_returning, ended=self._last_endings.get(name))
        bytes_left = max(self.plan.visit_bytes - visit.bytes_used, 0)
        return VisitAnswer(
            phone=name, seconds_left=visit.seconds_left, bytes_left=bytes_left, is_returning=is_returning,
            can_extend=self._may_begin(phone),
        )  # fmt: skip

    def _counts(self, present: int) -> Counts:
        return Counts(
            run=self._id,
            present=present,
            online=len(self.enforcer.table().visits),
            most_phones=self.plan.most_phones,
            join_s=self._join_times.median_s(),
            uplink_bytes=self._uplink_bytes(),
            joins=self._count["joins"],
            returns=self._count["returns"],
            refusals=self._count["refusals"],
            ended={ending: self._ended[ending] for ending in Ending},
            plan=self.plan_state,
        )

    def _uplink_bytes(self) -> int | None:
        try:
            return read_bytes(self._run(command_to_show(self.plan.uplink)))
        except CommandFailed as error:  # the interface is gone: a cable's adapter, or a modem
            logger.debug("uplink not read why=%s", error)
            return None


class UnitProcess:
    """The unit with its sockets and its thread: `start` returns when requests are answered.

    sockets: the folder of the sockets, which exists · gid: the group whose members may send requests
    planner: the user who may send plans: the daemon's. The portal, which phones reach, is of the group alone.
    """

    def __init__(
        self, unit: HotspotUnit, sockets: Path, plans: PlanChange, *, gid: int | None = None,
        planner: Callable[[], int | None] | None = None, step_s: float = STEP_S,
    ) -> None:  # fmt: skip
        self._unit = unit
        self._plans = plans
        self._requests = LineServer(sockets / REQUEST_SOCKET, unit.answer, gid=gid)
        self._plan_requests = LineServer(
            sockets / PLAN_SOCKET, plans.answer, uid=planner, request_bytes=PLAN_BYTES, wait_s=PLAN_S
        )
        self._arrivals = ArrivalSocket(sockets / ARRIVAL_SOCKET)
        self._step_s = step_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._look_after, name="visits", daemon=True)

    def start(self) -> None:
        self._unit.start()
        self._plans.start()
        self._requests.start()
        self._plan_requests.start()
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether visits are looked after; if not, a fault ended that, and only a new process mends it."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Visits go on: the firewall stays as it is."""
        self._stopping.set()
        self._arrivals.wake()
        self._requests.stop()
        self._plan_requests.stop()
        self._thread.join()
        self._arrivals.close()

    def _look_after(self) -> None:
        while not self._stopping.is_set():
            try:
                for arrival in self._arrivals.wait(self._step_s):
                    self._unit.arrive(arrival)
                self._unit.step()
            except CommandFailed as error:
                logger.error("visits not looked after why=%s", error)
                self._stopping.wait(self._step_s)
