from __future__ import annotations

import pytest

from media.games.phases import Phases
from media.games.seats import MOST_SEATS, NoSeat, NoSeatBecause, Seat, Seats


def refusal(seats: Seats, phone: str, address: str, now_ms: int) -> NoSeatBecause:
    with pytest.raises(NoSeat) as caught:
        seats.take(phone, address, now_ms)
    return caught.value.why


def test_seats_are_numbered_as_they_are_taken(phases: Phases) -> None:
    seats = Seats(phases)
    assert [seats.take(f"phone{n}", f"address{n}", n) for n in range(3)] == [Seat(n, n) for n in range(3)]


def test_a_phone_that_returns_has_its_seat_again(phases: Phases) -> None:
    seats = Seats(phases)
    seat = seats.take("手机", "10.0.0.2", 5)
    assert seats.take("手机", "10.0.0.9", 15_999) == seat
    assert len(seats) == 1


def test_private_tabs_of_one_phone_take_one_seat(phases: Phases) -> None:
    seats = Seats(phases)
    seats.take("tab", "10.0.0.2", 0)
    assert refusal(seats, "another tab", "10.0.0.2", 0) is NoSeatBecause.ADDRESS_FULL
    seats.take("another phone", "10.0.0.3", 0)


@pytest.mark.parametrize(
    ("now_ms", "why"),
    [(-1, NoSeatBecause.NOT_OPEN), (11_000, NoSeatBecause.TOO_LATE), (1 << 50, NoSeatBecause.TOO_LATE)],
)
def test_who_comes_at_another_time_watches(phases: Phases, now_ms: int, why: NoSeatBecause) -> None:
    assert refusal(Seats(phases), "phone", "address", now_ms) is why


def test_who_comes_before_half_of_the_play_takes_part(phases: Phases) -> None:
    assert Seats(phases).take("phone", "address", 10_999) == Seat(0, 10_999)


@pytest.mark.parametrize(("most", "fits"), [(2, 2), (MOST_SEATS + 100, MOST_SEATS)])
def test_there_are_no_more_seats_than_faces_and_than_allowed(phases: Phases, most: int, fits: int) -> None:
    seats = Seats(phases, most=most)
    for n in range(fits):
        seats.take(f"phone{n}", f"address{n}", 0)
    assert refusal(seats, "one more", "address", 0) is NoSeatBecause.FULL
