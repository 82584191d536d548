"""Parallel tries never get past a limit, wherever they are counted, and nobody waits for a Redis that hangs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Barrier
from typing import Any

import pytest
from limits import parse

from server.http.tries import Limit, TooManyTries, TriesUnderWay, TryCounter
from server.redis_link import RedisLink
from tests.rig.servers.redis import RedisServer, redis_server

ALLOWED = 10
PER_ADDRESS = Limit(parse("10/minute"), "codes", "203.0.113.7")
PER_PERSON = Limit(parse("10/minute"), "codes of a person", "p1")


@pytest.fixture(scope="module")
def own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def link(own_redis: RedisServer) -> Iterator[RedisLink]:
    link = RedisLink(own_redis.url)
    link.client.flushall()
    yield link
    link.client.close()


@pytest.fixture(params=["memory", "redis", "two processes on redis"])
def counters(request: pytest.FixtureRequest) -> list[TryCounter]:
    """Counters among which the tries are shared out, as two processes would."""
    if request.param == "memory":
        return [TryCounter()]
    link = request.getfixturevalue("link")
    return [TryCounter(link) for _ in range(1 + (request.param != "redis"))]


def a_try(counter: TryCounter, *limits: Limit, right: bool = False, meet: Callable[[], Any] = lambda: None) -> bool:
    """Whether it was made; `meet` is what happens while it is under way."""
    try:
        with counter.taking(limits or [PER_ADDRESS]) as tries:
            meet()
            if right:
                tries.give_back()
    except TooManyTries:
        return False
    return True


def at_once(number: int, call: Callable[[int], bool]) -> list[bool]:
    start = Barrier(number)

    def run(nth: int) -> bool:
        start.wait(timeout=30)
        return call(nth)

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


def test_of_many_wrong_tries_at_once_no_more_are_made_than_may_be(counters: list[TryCounter]) -> None:
    made = at_once(60, lambda nth: a_try(counters[nth % len(counters)]))
    assert sum(made) <= ALLOWED
    assert sum(made) == ALLOWED or len(counters) > 1  # two processes may each refuse one that the other gave back
    assert not a_try(counters[0])


def test_right_tries_at_once_wait_for_each_other_and_all_are_made() -> None:
    counter = TryCounter()
    first = Barrier(ALLOWED)  # so many are under way together: the rest finds the limit used up

    def right(nth: int) -> bool:
        return a_try(counter, right=True, meet=lambda: first.wait(timeout=30) if nth < ALLOWED else None)

    assert at_once(5 * ALLOWED, right).count(True) == 5 * ALLOWED
    assert a_try(counter)


GREENLETS = """
from gevent import monkey
monkey.patch_all()
import gevent
from tests.server.http.test_tries import ALLOWED, PER_ADDRESS, PER_PERSON, TryCounter, a_try
counter, pause = TryCounter(), lambda: gevent.sleep(0.001)
wrong = gevent.joinall([gevent.spawn(a_try, counter, meet=pause) for _ in range(60)])
right = gevent.joinall([gevent.spawn(a_try, counter, PER_PERSON, right=True, meet=pause) for _ in range(60)])
print([sum(made.value for made in tries) for tries in (wrong, right)])
"""


def test_greenlets_wait_for_each_other_as_threads_do() -> None:
    """In a process of its own: gevent patches all of it."""
    ran = subprocess.run([sys.executable, "-c", GREENLETS], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.strip() == f"[{ALLOWED}, 60]"


def test_a_try_that_waits_for_others_which_were_wrong_is_refused_with_them() -> None:
    counter = TryCounter()
    assert at_once(3 * ALLOWED, lambda _nth: a_try(counter)).count(True) == ALLOWED


def test_a_refusal_says_when_to_come_back(counters: list[TryCounter]) -> None:
    for _ in range(ALLOWED):
        a_try(counters[0])
    with pytest.raises(TooManyTries) as refused, counters[0].taking([PER_ADDRESS]):
        pass
    assert 1 <= (refused.value.retry_after_s or 0) <= 60


def test_a_try_that_one_limit_refuses_counts_for_none_of_the_others(counters: list[TryCounter]) -> None:
    for _ in range(ALLOWED):
        a_try(counters[0], PER_PERSON)
    for _ in range(ALLOWED):
        assert not a_try(counters[0], PER_ADDRESS, PER_PERSON)
    assert a_try(counters[0], PER_ADDRESS)


def test_a_try_that_fails_in_the_middle_is_counted_and_leaves_nothing_behind() -> None:
    counter = TryCounter()
    for _ in range(ALLOWED):
        with pytest.raises(ZeroDivisionError), counter.taking([PER_ADDRESS]):
            _ = 1 / 0
    assert not a_try(counter)
    assert counter._lines == {}


def test_a_try_that_waits_too_long_is_reported_as_waiting_and_not_as_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.http.tries.WAIT_S", 0.01)
    counter, one = TryCounter(), Limit(parse("1/minute"), "codes", "a")
    with counter.taking([one]), pytest.raises(TriesUnderWay), counter.taking([one]):
        pass


@pytest.mark.parametrize("fault", ["killed", "frozen"])
def test_without_redis_this_process_counts_and_with_it_again_all_do(
    own_redis: RedisServer, link: RedisLink, fault: str
) -> None:
    counter = TryCounter(link)
    (own_redis.kill if fault == "killed" else own_redis.freeze)()
    try:
        assert [a_try(counter) for _ in range(ALLOWED + 1)] == [True] * ALLOWED + [False]
        assert not link.is_up
    finally:
        (own_redis.start if fault == "killed" else own_redis.thaw)()
    link.check()
    assert link.is_up
    assert [a_try(counter) for _ in range(ALLOWED + 1)] == [True] * ALLOWED + [False]


def test_a_redis_that_hangs_is_waited_for_once(own_redis: RedisServer, link: RedisLink) -> None:
    """Every further request goes past it: else each would take its time limit."""
    counter, asked = TryCounter(link), []
    own_redis.freeze()
    try:
        a_try(counter)
        assert counter._shared is not None
        counter._shared.get = lambda key: asked.append(key) or 0  # type: ignore[method-assign, func-returns-value]
        assert a_try(counter)
    finally:
        own_redis.thaw()
    assert asked == []


def test_a_right_code_during_which_redis_hung_is_given_back_when_it_is_back(
    own_redis: RedisServer, link: RedisLink
) -> None:
    """Else ten customers at the till when it hung would keep the eleventh from being served."""
    counter = TryCounter(link)
    with ExitStack() as customers:
        customers.callback(own_redis.thaw)  # when all of them have left
        for _ in range(ALLOWED):
            customers.enter_context(counter.taking([PER_ADDRESS])).give_back()
        own_redis.freeze()
    link.check()
    assert [a_try(counter) for _ in range(ALLOWED + 1)] == [True] * ALLOWED + [False]


def test_a_try_is_given_back_where_it_was_counted(own_redis: RedisServer, link: RedisLink) -> None:
    """Redis going away between the two must not leave this process with tries to spare."""
    counter = TryCounter(link)

    def away() -> None:
        link.report_failure(ConnectionError())

    assert a_try(counter, right=True, meet=away)
    assert [a_try(counter) for _ in range(ALLOWED + 1)] == [True] * ALLOWED + [False]
