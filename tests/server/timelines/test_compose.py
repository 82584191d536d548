"""Two manifests are the same for their readers if they show the same from now on."""

from __future__ import annotations

from media.wire.timeline import Filler, Interrupt
from server.timelines.compose import etag_of, same_for_readers
from tests.player.timelines import MONDAY_MS, a_timeline, an_item

NOW_MS = MONDAY_MS + 60_000
OLD = a_timeline().manifest


def same(**changes: object) -> bool:
    return same_for_readers(OLD.model_copy(update=changes), OLD, now_ms=NOW_MS)


def test_the_version_and_its_first_instant_make_no_difference() -> None:
    assert same(version=7, effective_ms=NOW_MS)
    assert etag_of(OLD.model_copy(update={"version": 7})) != etag_of(OLD)


def test_an_interrupt_counts_until_it_is_over() -> None:
    fire = {**OLD.items, "fire": an_item("fire")}
    over = Interrupt(id="1", item="fire", from_ms=MONDAY_MS, until_ms=NOW_MS)
    assert same(interrupts=(over,), items=fire)
    assert not same(interrupts=(over.model_copy(update={"until_ms": NOW_MS + 1}),), items=fire)
    assert not same(interrupts=(over.model_copy(update={"until_ms": None}),), items=fire)


def test_an_ended_filler_makes_no_difference_unless_another_span_shows_its_item() -> None:
    ended = Filler(item="n", rank=0, until_ms=NOW_MS)
    items = {**OLD.items, "n": an_item("n")}
    assert same(fillers=(ended,), items=items)
    assert not same(fillers=(ended, Filler(item="n", rank=1, from_ms=NOW_MS)), items=items)


def test_a_changed_setting_or_item_is_a_difference() -> None:
    assert not same(settings=OLD.settings.model_copy(update={"sound": True}))
    assert not same(items={**OLD.items, "a": an_item("a", size=1001)})
    assert not same(days=())


def test_the_item_of_an_ended_span_counts_while_another_span_shows_it() -> None:
    spans = (Filler(item="n", rank=0, until_ms=NOW_MS), Filler(item="n", rank=1, from_ms=NOW_MS))
    old, new = (
        OLD.model_copy(update={"fillers": spans, "items": {**OLD.items, "n": an_item("n", size=size)}})
        for size in (1000, 1001)
    )
    assert not same_for_readers(new, old, now_ms=NOW_MS)
    ended = {"fillers": spans[:1]}
    assert same_for_readers(new.model_copy(update=ended), old.model_copy(update=ended), now_ms=NOW_MS)
