"""Claims and redemptions under fire, against the real server on SQLite and on PostgreSQL.

    python -m tests.bench.claims --json [--rounds 1000] [--racers 50] [--database sqlite|postgresql]

Each round sends its requests at once over open connections to two web processes on the same database, and then holds
the answers and the rows against the rules. Speed is measured on one web process: claims beside a POST that does nothing
in the same app, and the domain call beside the bare UPDATE of the same stock, in turns.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import Engine
from sqlmodel import col, update

from media.phone.tokens import new_token
from server.accounts.keys import KeyForm, make_key
from server.accounts.models import Role
from server.coupons.claims import claim_offer
from server.coupons.codes.derive import coupon_keys
from server.coupons.merchants import MerchantForm, add_merchant
from server.coupons.models import Offer, Phone
from server.db import make_engine, new_id, reading, transaction, utc_now
from server.settings import Settings
from tests.bench.burst import burst_of, post
from tests.bench.claims_rounds import (
    ROUNDS,
    Ground,
    claim_request,
    new_phone,
    open_offer,
    phone_headers,
    whole_database_wrongs,
)
from tests.bench.claims_server import NOOP
from tests.bench.database import database_url
from tests.bench.result import report
from tests.rig.servers.processes import Process

DATABASES = ("sqlite", "postgresql")
SECRET_KEY = "bench" * 8
TURNS = 4
HTTP_CLAIMS_A_TURN = 500
CALLS_A_TURN = 500

Address = tuple[str, int]


def main() -> None:
    options = read_options()
    measures: dict[str, object] = {}
    peers: dict[str, object] = {}
    for database in [options.database] if options.database else DATABASES:
        suffix = "" if database == "sqlite" else "_postgresql"
        measured, beside = measure(database, rounds=options.rounds, racers=options.racers)
        measures |= {f"{name}{suffix}": value for name, value in measured.items()}
        peers |= {f"{name}{suffix}": value for name, value in beside.items()}
    report("claims", measures, peers)


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="kept for all benches; the answer is always JSON")
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--racers", type=int, default=50)
    parser.add_argument("--database", choices=DATABASES)
    return parser.parse_args()


def measure(database: str, *, rounds: int, racers: int) -> tuple[dict[str, object], dict[str, object]]:
    with tempfile.TemporaryDirectory(prefix="claims-") as name, database_url(database, Path(name)) as url:
        settings = Settings(data_dir=Path(name) / "data", database_url=url, secret_key=SECRET_KEY)
        engine = make_engine(settings.database_url)
        with servers(settings, Path(name), count=2) as addresses:
            ground = lay_ground(engine, racers)
            broken = race(ground, addresses, rounds=rounds)
            claims_per_s, noops_per_s = http_rates(ground, addresses[0])
        calls_per_s, updates_per_s = call_rates(ground)
        engine.dispose()
    measured = {
        "violations": broken.total(),
        "claims_per_s": round(claims_per_s, 1),
        "ratio_to_noop_post": round(claims_per_s / noops_per_s, 3),
        "ratio_to_bare_update": round(calls_per_s / updates_per_s, 3),
        "rounds": rounds,
        "racers": racers,
    }
    beside = {
        "noop_posts_per_s": round(noops_per_s, 1),
        "claim_calls_per_s": round(calls_per_s, 1),
        "bare_updates_per_s": round(updates_per_s, 1),
    }
    return measured, beside


@contextmanager
def servers(settings: Settings, folder: Path, *, count: int) -> Iterator[list[Address]]:
    env = {
        "LIFTCAST_DATA_DIR": str(settings.data_dir),
        "LIFTCAST_DATABASE_URL": settings.database_url.replace("postgresql+psycopg", "postgresql"),
        "LIFTCAST_SECRET_KEY": settings.secret_key,
        "LIFTCAST_PORT": "0",
        "LIFTCAST_LOG_LEVEL": "WARNING",
        "LIFTCAST_NEW_PHONES_PER_HOUR": "1000000",  # all of them come from loopback
    }
    command = [sys.executable, "-m", "tests.bench.claims_server"]
    started = [Process(f"web-{n}", command, folder=folder / "logs", env=env) for n in range(count)]
    try:
        yield [address_of(server) for server in started]
    finally:
        for server in started:
            server.stop()


def address_of(server: Process) -> Address:
    url = urlsplit(server.wait_for(r"listening on (http://\S+)", within_s=60)[1])
    return str(url.hostname), int(url.port or 0)


def lay_ground(engine: Engine, racers: int) -> Ground:
    with transaction(engine) as db:
        merchant = add_merchant(db, MerchantForm(name="Noodle Bar"), now=utc_now())
        key = KeyForm(name="Till program", role=Role.MERCHANT, merchant_id=merchant.id)
        _, secret = make_key(db, key, now=utc_now())
    bearer = {"Authorization": f"Bearer {secret}"}
    return Ground(engine, coupon_keys(SECRET_KEY), merchant.id, bearer, racers)


def race(ground: Ground, addresses: list[Address], *, rounds: int) -> Counter[str]:
    """The pairs in turn; every broken rule is counted, with the pair in which it broke."""
    broken: Counter[str] = Counter()
    with burst_of(addresses, ground.racers) as burst:
        for number in range(rounds):
            round_ = ROUNDS[number % len(ROUNDS)](ground)
            answers = burst.send(round_.requests)
            with reading(ground.engine) as db:
                broken.update(f"{round_.pair}: {rule}" for rule in round_.wrongs(db, answers))
    broken.update(f"at the end: {wrong}" for wrong in whole_database_wrongs(ground.engine))
    for rule, times in broken.most_common():
        print(f"broken {times} times: {rule}", file=sys.stderr)
    return broken


def http_rates(ground: Ground, address: Address) -> tuple[float, float]:
    """Claims by phones that are new to the server, and POSTs that do nothing, a second; in turns."""
    with transaction(ground.engine) as db:
        offer = open_offer(db, ground.merchant_id, stock=TURNS * HTTP_CLAIMS_A_TURN, now=utc_now())

    def claims() -> list[bytes]:
        return [claim_request(offer, token=new_token(), key=new_id()) for _ in range(HTTP_CLAIMS_A_TURN)]

    def noops() -> list[bytes]:
        return [post(NOOP, {}, phone_headers(token=new_token(), key=new_id())) for _ in range(HTTP_CLAIMS_A_TURN)]

    spent = [0.0, 0.0]
    with burst_of([address], ground.racers) as burst:
        for _ in range(TURNS):
            for at, made in enumerate((claims, noops)):
                requests = made()
                began = time.perf_counter()
                answers = burst.send(requests)
                spent[at] += time.perf_counter() - began
                assert {answer.status for answer in answers} == {201}
    return (TURNS * HTTP_CLAIMS_A_TURN / spent[0], TURNS * HTTP_CLAIMS_A_TURN / spent[1])


def call_rates(ground: Ground) -> tuple[float, float]:
    """claim_offer and the bare UPDATE of the stock, each in a transaction of its own, a second; in turns."""
    calls = TURNS * CALLS_A_TURN
    with transaction(ground.engine) as db:
        offer = open_offer(db, ground.merchant_id, stock=2 * calls, now=utc_now())
        phones = [new_phone(db, utc_now()) for _ in range(calls)]
    waiting = iter(phones)
    spent = [0.0, 0.0]
    for _ in range(TURNS):
        spent[0] += timed(lambda: claim_once(ground, offer, next(waiting)))
        spent[1] += timed(lambda: update_once(ground, offer))
    return calls / spent[0], calls / spent[1]


def timed(call: Callable[[], None]) -> float:
    began = time.perf_counter()
    for _ in range(CALLS_A_TURN):
        call()
    return time.perf_counter() - began


def claim_once(ground: Ground, offer: Offer, phone: Phone) -> None:
    with transaction(ground.engine) as db:
        claim_offer(
            db, offer.id, phone=phone, presence="", idempotency_key=new_id(), screen_id=None, keys=ground.keys,
            now=utc_now(),
        )  # fmt: skip


def update_once(ground: Ground, offer: Offer) -> None:
    left = col(Offer.stock_left)
    with transaction(ground.engine) as db:
        taken = db.exec(update(Offer).where(col(Offer.id) == offer.id, left > 0).values(stock_left=left - 1))
        assert taken.rowcount == 1


if __name__ == "__main__":
    main()
