"""The link to Redis, and whether it answers. Nothing in the server may need Redis, or wait for one that hangs."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from typing import NoReturn

from redis import Redis
from redis.backoff import NoBackoff
from redis.client import PubSub
from redis.exceptions import RedisError
from redis.retry import Retry

logger = logging.getLogger(__name__)

ANSWERS_WITHIN_S = 0.5
LOOK_EVERY_S = 0.25


class RedisLink:
    """A pool of connections that give up soon, and `is_up`: whether Redis answered last.

    While it is away only `watch` queries it, so that of all requests only those pay its time limit that
    find out.
    """

    def __init__(self, url: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.client = Redis.from_url(
            url,
            socket_timeout=ANSWERS_WITHIN_S,
            socket_connect_timeout=ANSWERS_WITHIN_S,
            retry=Retry(NoBackoff(), 0),  # redis-py would try three more times, seconds apart
        )
        self.is_up = True
        self._clock = clock
        self._since_s = -math.inf  # from when on it has been up, or away

    def subscription(self) -> PubSub:
        """A connection of its own for messages, its own subscriptions left out."""
        return PubSub(self.client.connection_pool, ignore_subscribe_messages=True)

    def up_for_s(self) -> float:
        """Seconds for which Redis has answered; 0 while it is away."""
        return self._clock() - self._since_s if self.is_up else 0.0

    def away_for_s(self) -> float:
        return 0.0 if self.is_up else self._clock() - self._since_s

    def report_failure(self, error: Exception) -> None:
        """Called where Redis could not be used."""
        if self.is_up:
            logger.warning("redis went away why=%s", type(error).__name__)
            self.is_up, self._since_s = False, self._clock()

    def check(self) -> None:
        """Ping Redis once, and note whether it answers."""
        try:
            self.client.ping()
        except RedisError as error:
            self.report_failure(error)
            return
        if not self.is_up:
            logger.info("redis came back")
            self.is_up, self._since_s = True, self._clock()

    def watch(self, sleep: Callable[[float], object]) -> NoReturn:
        while True:
            self.check()
            sleep(LOOK_EVERY_S)
