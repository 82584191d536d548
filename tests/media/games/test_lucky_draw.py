from __future__ import annotations

from media.games.lucky_draw import LuckyDraw
from media.games.phases import Phases
from media.games.seats import Seat, Seats
from media.wire.games import GameInput


def test_everyone_who_joined_takes_part_whatever_they_send(phases: Phases) -> None:
    seats = Seats(phases)
    draw = LuckyDraw(seats)
    for n in range(3):
        seats.take(f"phone{n}", f"address{n}", 0)
    draw.take(Seat(0, 0), GameInput(spot=0, taps=1000, score=1000, finished=True), 7000)
    assert (draw.finishers(), draw.standings()) == ({0, 1, 2}, [])
