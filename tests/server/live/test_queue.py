"""Messages between web processes through Redis: the newest is not lost while it is away, and none pile up."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from redis.exceptions import TimeoutError as RedisTimeout

from server.live import queue
from server.live.queue import SETTLES_S, RedisQueue


@dataclass
class FakeLink:
    """A Redis that a test switches on and off; `published` is what the other processes would receive."""

    up_s: float = SETTLES_S
    fails: bool = False
    published: list[dict[str, Any]] = field(default_factory=list)

    @property
    def client(self) -> FakeLink:
        return self

    def up_for_s(self) -> float:
        return self.up_s

    def publish(self, _channel: str, message: str) -> None:
        if self.fails:
            raise RedisTimeout
        self.published.append(json.loads(message))

    def report_failure(self, _error: Exception) -> None:
        self.up_s = 0.0


@pytest.fixture
def link() -> FakeLink:
    return FakeLink()


@pytest.fixture
def now_s() -> list[float]:
    return [1000.0]


@pytest.fixture
def sends(link: FakeLink, now_s: list[float]) -> RedisQueue:
    return RedisQueue(link, clock=lambda: now_s[0])  # type: ignore[arg-type]


def hint(event: str = "stage", version: int = 1, room: str = "screen:a", **more: Any) -> dict[str, Any]:
    data = [{"version": version, **more}]
    return {"method": "emit", "event": event, "data": data, "namespace": "/phone", "room": room, "callback": None}


def command(room: str = "player:p") -> dict[str, Any]:
    return {**hint("command", room=room), "callback": [room, "/player", 1]}


def versions(link: FakeLink) -> list[tuple[str, int]]:
    return [(message["room"], message["data"][0]["version"]) for message in link.published]


def test_the_newest_unsent_push_of_each_room_is_sent_when_redis_is_back(sends: RedisQueue, link: FakeLink) -> None:
    link.fails = True
    for version in (1, 2, 3):
        sends._publish(hint(version=version))
    sends._publish(hint(room="screen:b", version=9))
    link.fails, link.up_s = False, SETTLES_S
    sends.resend()
    assert versions(link) == [("screen:a", 3), ("screen:b", 9)]
    sends.resend()
    assert len(link.published) == 2


def test_stock_of_several_offers_is_kept_for_each(sends: RedisQueue, link: FakeLink) -> None:
    link.up_s = 0
    for offer in ("o1", "o2", "o1"):
        sends._publish(hint("stock", room=f"offer:{offer}", offer=offer))
    link.up_s = SETTLES_S
    sends.resend()
    assert [message["data"][0]["offer"] for message in link.published] == ["o2", "o1"]


def test_while_the_others_may_not_listen_again_yet_nothing_is_sent(sends: RedisQueue, link: FakeLink) -> None:
    link.up_s = SETTLES_S / 2
    sends._publish(hint())
    assert link.published == []


def test_a_command_is_sent_late_but_not_too_late_and_each_of_them(
    sends: RedisQueue, link: FakeLink, now_s: list[float]
) -> None:
    link.up_s = 0
    sends._publish(command("player:old"))
    now_s[0] += 9
    for room in ("player:p", "player:p"):
        sends._publish(command(room))
    now_s[0] += 2
    link.up_s = SETTLES_S
    sends.resend()
    assert [message["room"] for message in link.published] == ["player:p", "player:p"]


def test_redis_that_goes_away_again_in_the_middle_loses_nothing(sends: RedisQueue, link: FakeLink) -> None:
    link.up_s = 0
    sends._publish(hint())
    link.fails, link.up_s = True, SETTLES_S
    sends.resend()
    link.fails, link.up_s = False, SETTLES_S
    sends.resend()
    assert versions(link) == [("screen:a", 1)]


def test_an_unsent_push_never_follows_a_newer_one(
    sends: RedisQueue, link: FakeLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis is back for a moment before what was kept goes out, and while it does: pushes go on meanwhile."""
    link.up_s = 0
    for room in ("screen:a", "screen:b", "screen:c"):
        sends._publish(hint(room=room, version=1))
    link.up_s = SETTLES_S
    sends._publish(hint(room="screen:a", version=2))
    publish = link.publish

    def newer_meanwhile(channel: str, message: str) -> None:
        publish(channel, message)
        monkeypatch.setattr(link, "publish", publish)
        sends._publish(hint(room="screen:c", version=2))

    monkeypatch.setattr(link, "publish", newer_meanwhile)
    sends.resend()
    assert versions(link) == [("screen:a", 2), ("screen:b", 1), ("screen:c", 2)]


def test_of_a_thing_that_is_kept_the_newest_is_kept_however_much_there_is(
    sends: RedisQueue, link: FakeLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "MOST_UNSENT", 2)
    link.up_s = 0
    for room, version in (("screen:a", 1), ("screen:b", 1), ("screen:a", 2)):
        sends._publish(hint(room=room, version=version))
    link.up_s = SETTLES_S
    sends.resend()
    assert sorted(versions(link)) == [("screen:a", 2), ("screen:b", 1)]


def test_a_command_grows_no_younger_by_a_try_that_failed(sends: RedisQueue, link: FakeLink, now_s: list[float]) -> None:
    link.up_s = 0
    sends._publish(command())
    now_s[0] += 9
    link.fails, link.up_s = True, SETTLES_S
    sends.resend()
    now_s[0] += 2
    link.fails, link.up_s = False, SETTLES_S
    sends.resend()
    assert link.published == []


def test_the_number_of_unsent_pushes_is_bounded(
    sends: RedisQueue, link: FakeLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "MOST_UNSENT", 3)
    link.up_s = 0
    for nth in range(5):
        sends._publish(hint(room=f"screen:{nth}"))
        sends._publish({"method": "disconnect", "sid": f"s{nth}"})
    link.up_s = SETTLES_S
    sends.resend()
    assert len(link.published) == 3
