"""Runs the bench and prints its result: `python -m tests.bench.fanout --json [--phones 1000] [--messages 30]`"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from tests.bench.fanout import liftcast
from tests.bench.fanout.measure import Figures, bare_us, measure
from tests.bench.fanout.peers import Unavailable, nchan_server, node_server
from tests.bench.fanout.service import Service
from tests.bench.result import percentile, report
from tests.rig.servers.redis import redis_server

DOWNLOADS = 20
OTHERS: dict[str, Callable[[Path], AbstractContextManager[Service]]] = {"node": node_server, "nchan": nchan_server}


def main() -> None:
    options = _parse()
    count = {"phones": options.phones, "messages": options.messages}
    peers: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="fanout-") as name, redis_server(Path(name)) as server:
        folder = Path(name)
        with liftcast.web_process(folder / "direct", server.url, direct=True) as service:
            ours = measure(service, **count)
        with liftcast.web_process(folder / "queued", server.url, direct=False) as service:
            of_peers = {"stock": measure(service, **count)}
        for peer, start in OTHERS.items():
            try:
                with start(folder / peer) as other:
                    of_peers[peer] = measure(other, **count)
            except Unavailable as error:
                print(f"{peer} is left out: {error}", file=sys.stderr)
        with liftcast.whole_stack(folder / "loaded", server.url, count=DOWNLOADS) as (service, downloads):
            loaded = measure(service, **count, beside=downloads)
            peers["downloads_mb_per_s"] = round(downloads.mb_per_s)
    peers["bare_us_per_write"] = round(bare_us(**count), 1)
    for peer, figures in of_peers.items():
        peers |= _of_peer(peer, figures)
    ratios = {f"ratio_to_{peer}": _ratio(ours, figures) for peer, figures in of_peers.items()}
    report("fanout", _measures(ours, loaded, options.phones) | ratios, peers)


def _measures(ours: Figures, loaded: Figures, phones: int) -> dict[str, float]:
    return {
        "us_per_delivery": round(ours.us_per_delivery, 1),
        f"p99_ms_{phones}": _p99_ms(ours),
        "p99_ms_with_downloads": _p99_ms(loaded),
        "dropped": ours.dropped + loaded.dropped,
        "kb_per_phone": round(ours.kb_per_phone, 1),
        "connect_ms_cpu": round(ours.connect_ms_cpu, 2),
    }


def _of_peer(name: str, figures: Figures) -> dict[str, float]:
    return {
        f"{name}_us_per_delivery": round(figures.us_per_delivery, 1),
        f"{name}_p99_ms": _p99_ms(figures),
        f"{name}_median_ms": round(statistics.median(figures.latencies_ms), 1),
        f"{name}_dropped": figures.dropped,
        f"{name}_kb_per_phone": round(figures.kb_per_phone, 1),
        f"{name}_connect_ms_cpu": round(figures.connect_ms_cpu, 2),
    }


def _p99_ms(figures: Figures) -> float:
    return round(percentile(figures.latencies_ms, 0.99), 1)


def _ratio(ours: Figures, theirs: Figures) -> float:
    return round(ours.us_per_delivery / theirs.us_per_delivery, 3)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.bench.fanout", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the result as JSON, which it does anyhow")
    parser.add_argument("--phones", type=int, default=1000)
    parser.add_argument("--messages", type=int, default=30)
    return parser.parse_args()


if __name__ == "__main__":
    main()
