"""Whether Redis answers, and since when; no query waits."""

from __future__ import annotations

from pathlib import Path

from redis.exceptions import TimeoutError as RedisTimeout

from server.redis_link import RedisLink
from tests.rig.servers.redis import redis_server


def test_a_link_knows_how_long_redis_has_been_up_or_away(tmp_path: Path) -> None:
    now_s = [100.0]
    with redis_server(tmp_path) as server:
        link = RedisLink(server.url, clock=lambda: now_s[0])
        link.check()
        assert link.is_up
        assert link.away_for_s() == 0
        link.report_failure(RedisTimeout())
        now_s[0] += 3
        link.report_failure(RedisTimeout())
        assert (link.is_up, link.up_for_s(), link.away_for_s()) == (False, 0, 3)
        link.check()
        now_s[0] += 2
        assert (link.is_up, link.up_for_s(), link.away_for_s()) == (True, 2, 0)
        server.kill()
        link.check()
        assert not link.is_up
        link.client.close()
