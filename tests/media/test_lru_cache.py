from __future__ import annotations

from media.lru_cache import LruCache


def test_the_least_recently_used_value_is_dropped() -> None:
    cache: LruCache[str] = LruCache(2)
    for key in ("a", "b", "a", "c"):
        cache.get(key, lambda: "made before")
    assert [cache.get(key, lambda: "made now") for key in ("a", "c", "b")] == ["made before", "made before", "made now"]


def test_nothing_is_remembered_of_what_does_not_exist() -> None:
    cache: LruCache[str] = LruCache(2)
    assert cache.get("a", lambda: None) is None
    assert cache.get("a", lambda: "exists now") == "exists now"
