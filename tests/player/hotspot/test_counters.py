"""Measurements of the privileged unit: time to joined, and the bytes of the uplink."""

from __future__ import annotations

from player.hotspot.counters import ARRIVALS_STORED, JoinTimes, read_bytes


class Watch:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def joined(watch: Watch, times: JoinTimes, phone: str, after_s: float) -> None:
    times.arrive(phone)
    watch.now_s += after_s
    times.join(phone)


def test_the_median_of_the_last_joins() -> None:
    watch = Watch()
    times = JoinTimes(watch)
    assert times.median_s() is None
    for nth, after_s in enumerate((4, 8, 60)):
        joined(watch, times, f"phone-{nth}", after_s)
    assert times.median_s() == 8


def test_a_phone_that_was_in_no_hurry_says_nothing() -> None:
    watch = Watch()
    times = JoinTimes(watch)
    joined(watch, times, "phone", 3600)
    times.join("of whose arrival nobody heard")
    assert times.median_s() is None


def test_phones_that_never_join_are_forgotten() -> None:
    times = JoinTimes(Watch())
    for nth in range(ARRIVALS_STORED + 1):
        times.arrive(f"phone-{nth}")
    times.join("phone-0")
    assert times.median_s() is None
    times.join("phone-1")
    assert times.median_s() == 0


def test_both_ways_of_the_uplink_are_counted() -> None:
    assert read_bytes('[{"ifname":"eth0","stats64":{"rx":{"bytes":5},"tx":{"bytes":7}}}]') == 12
    assert read_bytes("") is None
