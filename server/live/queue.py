"""The web processes' common queue of pushes, on Redis: what one process emits, the sockets of all others receive.

python-socketio's own queue on Redis drops what it cannot publish, waits for a Redis that hangs for ever, and listens
again only a minute after Redis is back. This one keeps the newest hint about each thing until Redis is back, and is
then late by two seconds at most. The sockets of this process get everything at once, with Redis or without.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import gevent
from redis.client import PubSub
from redis.exceptions import RedisError
from socketio.pubsub_manager import PubSubManager

from server.redis_link import LOOK_EVERY_S, RedisLink
from server.runtime.loops import run_forever
from server.screens.commands import ANSWER_WITHIN

logger = logging.getLogger(__name__)

CHANNEL = "liftcast"
# When Redis is back, the other processes need so long to listen again.
SETTLES_S = 1.0
LOST_AFTER_S = 5.0
MOST_UNSENT = 20_000

Message = dict[str, Any]


class RedisQueue(PubSubManager):  # type: ignore[misc]  # python-socketio has no types
    name = "redis"

    def __init__(self, link: RedisLink, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(channel=CHANNEL)
        self._link = link
        self._clock = clock
        self._unsent: dict[object, tuple[float, Message]] = {}

    def initialize(self) -> None:
        super().initialize()
        self.server.start_background_task(run_forever, "unsent pushes", self._resend_for_ever, gevent.sleep)

    # --- what PubSubManager asks for

    def _publish(self, data: Message) -> None:
        self._send_or_keep(self._clock(), data)

    def _listen(self) -> Iterator[bytes]:
        """Messages of all processes, for ever; a connection that Redis went away from is made anew."""
        while True:
            try:
                if self._link.is_up:
                    yield from self._subscribed()
            except (RedisError, OSError) as error:
                self._link.report_failure(error)
            except Exception:  # python-socketio would begin anew at once, and turn the hub's loop for nothing else
                logger.exception("pushes of other processes not received, tried again")
            gevent.sleep(LOOK_EVERY_S)

    def _subscribed(self) -> Iterator[bytes]:
        with self._link.subscription() as subscription:
            subscription.subscribe(self.channel)
            yield from self._heard(subscription)

    def _heard(self, subscription: PubSub) -> Iterator[bytes]:
        """Until the connection breaks. One that falls silent without an end is given up while Redis is away for long.

        Not at once: Redis that answered late has still sent everything, and a new connection would miss some of it.
        """
        while self._link.away_for_s() < LOST_AFTER_S:
            message = subscription.get_message(timeout=LOOK_EVERY_S)
            if message is not None and message["type"] == "message":
                yield message["data"]

    # --- what could not be sent

    def _send_or_keep(self, since_s: float, data: Message) -> None:
        """Send the message, or queue it. A queued one of the same subject is older, and must not be sent after it."""
        subject = _subject_of(data)
        self._unsent.pop(subject, None)
        if self._link.up_for_s() >= SETTLES_S and self._sent(data):
            return
        if subject is not None and subject not in self._unsent and len(self._unsent) < MOST_UNSENT:
            self._unsent[subject] = since_s, data

    def _sent(self, data: Message) -> bool:
        try:
            self._link.client.publish(self.channel, self.json.dumps(data))
        except (RedisError, OSError) as error:
            self._link.report_failure(error)
            return False
        return True

    def _resend_for_ever(self) -> None:
        while True:
            gevent.sleep(LOOK_EVERY_S)
            if self._unsent and self._link.up_for_s() >= SETTLES_S:
                self.resend()

    def resend(self) -> None:
        """Send what was kept; a command whose answer nobody awaits any more is forgotten."""
        subjects = list(self._unsent)
        for subject in subjects:
            kept = self._unsent.pop(subject, None)
            if kept is not None and not self._is_too_late(*kept):
                self._send_or_keep(*kept)
        logger.info("delayed pushes sent count=%d", len(subjects) - len(self._unsent))

    def _is_too_late(self, since_s: float, data: Message) -> bool:
        return _awaits_answer(data) and since_s < self._clock() - ANSWER_WITHIN.total_seconds()


def _subject_of(data: Message) -> object:
    """The subject of a message: hints of one event to one room, about one offer, stand for each other.

    None for what is not kept: sockets are put out here, with or without Redis.
    """
    if data["method"] not in ("emit", "callback"):
        return None
    if _awaits_answer(data):
        return id(data)
    message = data["data"][0]
    return data["event"], data["namespace"], data["room"], message.get("offer") if isinstance(message, dict) else None


def _awaits_answer(data: Message) -> bool:
    """A command, or the answer to one."""
    return data["method"] == "callback" or data["callback"] is not None
