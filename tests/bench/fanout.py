"""One message to a thousand phones through the real web process: its CPU time, its latency, what a phone costs.

`python -m tests.bench.fanout --json`. The messages arrive by Redis, as those of another web process do. Peers of the
same run: the same process with `LIFTCAST_DIRECT_SENDS=false` (Flask-SocketIO as it is), and a loop that writes the
same frame to a thousand connections, which is what no server can do for less.
"""

from __future__ import annotations

import argparse
import json
import os
import selectors
import socket
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import redis

from media.sockets.websocket import text_frame
from server.db import transaction
from server.live.queue import CHANNEL
from server.live.rooms import screen_room
from tests.bench.result import percentile, report
from tests.factories import make_screen
from tests.rig.phones.raw_socket import HANDSHAKE, MASK
from tests.rig.servers.house import RunningHouse, running_house
from tests.rig.servers.processes import eventually
from tests.rig.servers.redis import redis_server

PAYLOAD_BYTES = 1024
PAUSE_S = 0.3  # between two messages: the web process is idle before each
DEADLINE_S = 30.0
TICK_S = 1 / os.sysconf("SC_CLK_TCK")


class Figures(NamedTuple):
    """latencies_ms: of each delivery · dropped: deliveries that never arrived"""

    us_per_delivery: float
    latencies_ms: list[float]
    dropped: int
    kb_per_phone: float
    connect_ms_cpu: float


class Phones:
    """Connections that joined one screen, and count the messages that arrive."""

    def __init__(self, port: int, code: str, count: int) -> None:
        self.lines = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]
        self.selector = selectors.DefaultSelector()
        self.bytes_of = dict.fromkeys(self.lines, b"")
        for line in self.lines:
            line.sendall(HANDSHAKE.format(more="").encode())
            self.selector.register(line, selectors.EVENT_READ)
        self._read_until(b'"pingTimeout"')
        for line in self.lines:
            line.sendall(_masked(f"40/phone,{json.dumps({'screen': code})}"))
        self._read_until(b"40/phone")

    def arrivals(self, mark: bytes) -> list[float]:
        """When the message with this mark arrived on each line, monotonic; lines that it did not reach are left out."""
        return self._read_until(mark, fails=False)

    def close(self) -> None:
        for line in self.lines:
            line.close()
        self.selector.close()

    def _read_until(self, mark: bytes, *, fails: bool = True) -> list[float]:
        waiting, deadline, at = set(self.lines), time.monotonic() + DEADLINE_S, []
        while waiting:
            ready = self.selector.select(deadline - time.monotonic())
            if not ready:
                break
            for key, _ in ready:
                line = key.fileobj
                assert isinstance(line, socket.socket)
                self.bytes_of[line] = (self.bytes_of[line] + line.recv(65536))[-4 * PAYLOAD_BYTES :]
                if line in waiting and mark in self.bytes_of[line]:
                    waiting.discard(line)
                    at.append(time.monotonic())
        if waiting and fails:
            raise TimeoutError(f"{len(waiting)} of {len(self.lines)} phones never received {mark!r}")
        return at


def _masked(text: str) -> bytes:
    payload = text.encode()
    head = bytes([0x81, 0x80 | len(payload)]) + MASK
    return head + bytes(byte ^ MASK[at % 4] for at, byte in enumerate(payload))


def measure(house: RunningHouse, queue: redis.Redis, *, phones: int, messages: int) -> Figures:
    with transaction(house.engine) as db:
        screen = make_screen(db)
        room, code = screen_room(screen.id), screen.code
    pid = house.processes["web"].pid
    memory_kb, cpu_s = resident_kb(pid), cpu_of(pid)
    lobby = Phones(house.settings.port, code, phones)
    connect_ms, kb_each = (cpu_of(pid) - cpu_s) * 1000 / phones, (resident_kb(pid) - memory_kb) / phones
    eventually(lambda: queue.pubsub_numsub(CHANNEL)[0][1], within_s=30, what="the web process to listen")
    latencies_ms: list[float] = []
    spent_s = dropped = 0.0
    for number in range(messages):
        time.sleep(PAUSE_S)
        mark = f"message {number:06}"
        before_s, sent_at = cpu_of(pid), time.monotonic()
        queue.publish(CHANNEL, json.dumps(stage_message(room, mark)))
        arrived = lobby.arrivals(mark.encode())
        spent_s += cpu_of(pid) - before_s
        latencies_ms += [(at - sent_at) * 1000 for at in arrived]
        dropped += phones - len(arrived)
    lobby.close()
    return Figures(spent_s * 1e6 / (phones * messages), latencies_ms, int(dropped), kb_each, connect_ms)


def stage_message(room: str, mark: str) -> dict[str, object]:
    """As python-socketio publishes it for the other processes."""
    data = [{"mark": mark, "filler": "x" * PAYLOAD_BYTES}]
    return {
        "method": "emit", "event": "stage", "data": data, "binary": False, "namespace": "/phone", "room": room,
        "skip_sid": None, "callback": None, "host_id": "bench",
    }  # fmt: skip


def bare_us(phones: int, messages: int) -> float:
    """CPU microseconds to write one such frame to one connection of so many, in a plain loop."""
    pairs = [socket.socketpair() for _ in range(phones)]
    frame = text_frame("x" * PAYLOAD_BYTES)
    spent_s = 0.0
    for _ in range(messages):
        before_s = time.process_time()
        for ours, _theirs in pairs:
            ours.send(frame)
        spent_s += time.process_time() - before_s
        for _ours, theirs in pairs:
            theirs.recv(65536)
    for pair in pairs:
        for line in pair:
            line.close()
    return spent_s * 1e6 / (phones * messages)


def cpu_of(pid: int) -> float:
    """Seconds in user and system mode of all threads, to the nanosecond (`/proc/PID/schedstat` is per thread)."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def resident_kb(pid: int) -> int:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Rss:"))


@contextmanager
def web_process(folder: Path, url: str, *, direct: bool) -> Iterator[RunningHouse]:
    more = {
        "LIFTCAST_REDIS_URL": url,
        "LIFTCAST_DIRECT_SENDS": str(direct).lower(),
        "LIFTCAST_SOCKETS_PER_ADDRESS": "100000",
    }
    with running_house(folder, parts=("web",), more=more) as house:
        yield house


def run(phones: int, messages: int) -> tuple[Figures, Figures]:
    """This server, and the same with a queue for each socket."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(redis_server(folder))
        queue = redis.Redis.from_url(server.url)
        figures = []
        for name, direct in (("direct", True), ("queued", False)):
            with web_process(folder / name, server.url, direct=direct) as house:
                figures.append(measure(house, queue, phones=phones, messages=messages))
        return figures[0], figures[1]


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.bench.fanout", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the result as JSON, which it does anyhow")
    parser.add_argument("--phones", type=int, default=1000)
    parser.add_argument("--messages", type=int, default=30)
    options = parser.parse_args()
    ours, stock = run(options.phones, options.messages)
    report(
        "fanout",
        {
            "us_per_delivery": round(ours.us_per_delivery, 1),
            f"p99_ms_{options.phones}": round(percentile(ours.latencies_ms, 0.99), 1),
            "dropped": ours.dropped,
            "ratio_to_stock": round(ours.us_per_delivery / stock.us_per_delivery, 3),
            "kb_per_phone": round(ours.kb_per_phone, 1),
            "connect_ms_cpu": round(ours.connect_ms_cpu, 2),
        },
        {
            "stock_us_per_delivery": round(stock.us_per_delivery, 1),
            "stock_p99_ms": round(percentile(stock.latencies_ms, 0.99), 1),
            "stock_median_ms": round(statistics.median(stock.latencies_ms), 1),
            "stock_connect_ms_cpu": round(stock.connect_ms_cpu, 2),
            "bare_us_per_write": round(bare_us(options.phones, options.messages), 1),
        },
    )


if __name__ == "__main__":
    main()
