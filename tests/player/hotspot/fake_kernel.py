"""Stands in for nft, tc, conntrack and ip, without a kernel: elements that end, quotas, neighbours."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from player.hotspot.enforcer import CommandFailed

ADD = re.compile(r"add element inet liftcast (\w+) \{ (.+?) timeout (\d+)s(?: : (\d+))? \}")
DELETE = re.compile(r"delete element inet liftcast (\w+) \{ (.+?) \}")
QUOTA = re.compile(r"quota (\w+) \{ over \d+ bytes used (\d+) bytes \}")


class FakeKernel:
    """now_s: seconds that the machine runs · boot: as after a power cut · used: bytes by the visit's number"""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.neighbours: dict[str, str] = {}
        self.failing: set[str] = set()
        self.commands: list[list[str]] = []
        self.boot()

    def boot(self) -> None:
        self.elements: dict[str, dict[str, tuple[int, float]]] = {"visits4": {}, "visits6": {}, "running": {}}
        self.quotas: dict[str, int] = {}

    def monotonic(self) -> float:
        return self.now_s

    def use(self, number: int, used: int) -> None:
        self.quotas[f"visit{number}"] += used

    def __call__(self, command: Sequence[str], given: str = "") -> str:
        self.commands.append([*command])
        if command[0] in self.failing:
            raise CommandFailed(f"{command[0]} is failing")
        match command[:3]:
            case ["nft", "-j", "list"] if command[3] == "tables":
                return json.dumps({"nftables": [{"table": {"name": "liftcast"}}] if self.quotas else []})
            case ["nft", "-j", "list"]:
                return self._listed()
            case ["nft", "reset", "quota"]:
                self.quotas[command[-1]] = 0
            case ["nft", "-f", "-"]:
                for line in given.splitlines():
                    self._carry_out(line)
            case ["ip", "-s", "-j"] if command[3] == "link":
                return json.dumps([{"stats64": {"rx": {"bytes": 700}, "tx": {"bytes": 300}}}])
            case ["ip", "-s", "-j"]:
                return json.dumps([self._neighbour(ip, mac) for ip, mac in self.neighbours.items()])
        return ""

    def _neighbour(self, ip: str, mac: str) -> dict[str, Any]:
        return {"dst": ip, "lladdr": mac, "used": 300, "confirmed": 4, "updated": 4, "state": ["REACHABLE"]}

    def _carry_out(self, line: str) -> None:
        if line == "delete table inet liftcast":
            self.boot()
        if quota := QUOTA.search(line):
            self.quotas.setdefault(quota[1], int(quota[2]))
        if added := ADD.search(line):
            self.elements[added[1]][added[2]] = (int(added[4] or added[2]), self.now_s + int(added[3]))
        if deleted := DELETE.search(line):
            del self.elements[deleted[1]][deleted[2]]

    def _listed(self) -> str:
        if not self.quotas:
            raise CommandFailed("nft: no such table")
        entries: list[dict[str, Any]] = [{"quota": {"name": name, "used": used}} for name, used in self.quotas.items()]
        for name, elements in self.elements.items():
            running = {key: (number, ends) for key, (number, ends) in elements.items() if ends > self.now_s}
            self.elements[name] = running
            listed = [self._element(name, key, number, ends) for key, (number, ends) in running.items()]
            entries.append({"set" if name == "running" else "map": {"name": name, "elem": listed}})
        return json.dumps({"nftables": entries})

    def _element(self, name: str, key: str, number: int, ends: float) -> Any:
        value: Any = {"concat": key.split(" . ")} if name == "visits4" else number if name == "running" else key
        element = {"elem": {"val": value, "expires": int(ends - self.now_s)}}
        return element if name == "running" else [element, number]
