"""The plays that are free for one more order: just so many fit, and no other order loses one."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from server.planner.allocate.network_plan import NetworkPlan, plan_network
from server.planner.available.query import SHARES, available_for
from server.planner.model.days import ALWAYS, WeeklySpan, local_day
from server.planner.model.network import NetworkDay, Order, Place, Profile, Rank
from server.planner.model.problem import Apart
from tests.conftest import NOON

DAY = local_day("UTC", NOON.date())
SLOT_MS = 15_000
HOUR = 240
MORNING, NOONTIME = (WeeklySpan(0, 480, 540),), (WeeklySpan(0, 540, 600),)
BOTH = (WeeklySpan(0, 480, 600),)


def profile(**more: object) -> Profile:
    assert DAY is not None
    return Profile(DAY, open=((8 * HOUR, 10 * HOUR),), **more)


def order(booking: str, **more: object) -> Order:
    plain = {"rank": Rank.GUARANTEED, "advertiser": booking, "category": "", "slots": Fraction(1), "dayparts": ALWAYS}
    return Order(booking, **{**plain, **more})


def network(orders: list[Order], places: int = 1, **more: object) -> NetworkDay:
    all_places = [Place(f"p{n}", 0, frozenset({f"t{n}"})) for n in range(places)]
    return NetworkDay(SLOT_MS, tuple(orders), (profile(**more),), all_places, Apart(0, 0, 0))


def test_plays_that_nobody_has_are_free() -> None:
    plan = plan_network(network([order("a", plays=80)]))
    assert available_for(plan, order("b", plays=10)).plays == 400
    assert available_for(plan, order("b", plays=400)).enough
    free = available_for(plan, order("b", plays=401))
    assert (free.plays, free.exact, free.screens, free.enough) == (400, True, 1, False)


def test_others_are_moved_to_where_there_is_room() -> None:
    """One place is full of an order that could be on the other as well."""
    day = network([order("a", plays=480, targets=frozenset({"t0", "t1"}))], places=2)
    new = order("b", plays=480, targets=frozenset({"t0"}))
    assert available_for(plan_network(day), replace(new, plays=481)).plays == 480
    assert fulfilled(plan_network(with_one(day, new), plan_network(day))) == [480, 480]


def test_a_share_moves_guaranteed_plays_but_takes_none() -> None:
    day = network([order("a", plays=480, targets=frozenset({"t0", "t1"}))], places=2)
    new = order("b", rank=Rank.SHARE, share=Fraction(1), targets=frozenset({"t0"}), plays=None)
    free = available_for(plan_network(day), new, protected=Rank.GUARANTEED)
    assert free.most == 1
    more = network([order("a", plays=600, targets=frozenset({"t0", "t1"}))], places=2)
    free = available_for(plan_network(more), new, protected=Rank.GUARANTEED)
    assert (free.most, free.exact) == (Fraction(751, 1000), True)  # 360.48 plays, which is 360


def test_plays_that_give_way_count_as_free() -> None:
    plan = plan_network(network([order("a", plays=480, rank=Rank.BONUS)]))
    assert available_for(plan, order("b", plays=480)).plays == 480
    assert available_for(plan, order("b", plays=10, rank=Rank.BONUS)).plays == 0


def test_only_a_takeover_gets_the_time_that_a_venue_reserves() -> None:
    plan = plan_network(network([], reserved=Fraction(1, 10)))
    assert available_for(plan, order("b", plays=1000)).plays == 432
    whole = order("b", rank=Rank.TAKEOVER, share=Fraction(1), plays=None)
    assert available_for(plan, whole, protected=Rank.GUARANTEED).most == 1
    new = order("b", rank=Rank.SHARE, share=Fraction(99, 100), plays=None)
    assert available_for(plan, new, protected=Rank.GUARANTEED).most == Fraction(901, 1000)


@pytest.mark.parametrize("length", [1, 2, 3, 7])
@pytest.mark.parametrize("until", [487, 533, 600])
def test_a_half_fits_beside_the_half_that_a_venue_keeps_or_another_has(length: int, until: int) -> None:
    """For any rounding of either, and however little is left of the day."""
    half = order("b", rank=Rank.SHARE, share=Fraction(1, 2), plays=None, slots=Fraction(length), longest=length)
    half = replace(half, dayparts=(WeeklySpan(0, 480, until),))
    assert available_for(plan_network(network([], reserved=Fraction(1, 2))), half, protected=Rank.GUARANTEED).enough
    beside = plan_network(network([replace(half, booking="a", advertiser="a")]))
    assert available_for(beside, half, protected=Rank.GUARANTEED).enough
    assert not available_for(beside, replace(half, share=Fraction(4, 5)), protected=Rank.GUARANTEED).enough


def test_an_order_is_queried_in_place_of_itself() -> None:
    plan = plan_network(network([order("a", plays=400)]))
    assert available_for(plan, order("a", plays=480)).plays == 480


def test_hours_that_cut_a_cell_have_their_part_of_it() -> None:
    plan = plan_network(network([order("a", plays=240)]))
    free = available_for(plan, order("b", plays=500, dayparts=(WeeklySpan(0, 480, 510),)))
    assert (free.plays, free.exact) == (120, False)


def test_an_order_that_plays_nowhere_finds_nothing() -> None:
    plan = plan_network(network([order("a", plays=1)]))
    free = available_for(plan, order("b", plays=5, targets=frozenset({"nowhere"})))
    assert (free.plays, free.screens) == (0, 0)
    assert available_for(plan, order("b", plays=None, each=Fraction(3), targets=frozenset({"nowhere"}))).most == 0


# --- by properties


@st.composite
def days(draw: st.DrawFn) -> NetworkDay:
    """Places and orders of one length, whose hours and targets are among those of the new order."""
    traits = [frozenset({f"t{draw(st.integers(0, 2))}"}) for _ in range(draw(st.integers(1, 5)))]
    places = [Place(f"p{n}", 0, mine) for n, mine in enumerate(traits)]
    kinds = ["plays", "plays", "plays", "each", "share"]
    orders = [sized(draw, f"b{n}", draw(st.sampled_from(kinds))) for n in range(draw(st.integers(0, 6)))]
    # All hours and targets are somebody's, so that no cell and no class is cut by one more.
    marks = [order(f"m{n}", plays=0, targets=frozenset({f"t{n}"}), dayparts=hours) for n in range(3) for hours in HOURS]
    apart = draw(st.sampled_from([Apart(0, 0, 0), Apart(1, 1, 0), Apart(1, 2, 1)]))
    return NetworkDay(SLOT_MS, tuple(orders + marks), (profile(),), places, apart)


HOURS = (MORNING, NOONTIME, BOTH)
SIZES = {"plays": (1, 900), "each": (1, 200), "share": (1, 60)}


def sized(draw: st.DrawFn, booking: str, kind: str, size: int | None = None) -> Order:
    size = size or draw(st.integers(*SIZES[kind]))
    goal = {"share": Fraction(size, 100)} if kind == "share" else {kind: Fraction(size) if kind == "each" else size}
    return order(
        booking,
        rank=Rank.SHARE if kind == "share" else Rank.GUARANTEED,
        advertiser=f"a{draw(st.integers(0, 3))}",
        category=f"c{draw(st.integers(0, 1))}",
        dayparts=draw(st.sampled_from(HOURS)),
        targets=frozenset(f"t{n}" for n in draw(st.sets(st.integers(0, 2), min_size=1))),
        **goal,
    )


def with_one(day: NetworkDay, new: Order) -> NetworkDay:
    return replace(day, orders=(*day.orders, new))


def fulfilled(plan: NetworkPlan) -> list[int]:
    return (plan.allotment.fulfilled // 1000).tolist()


@given(st.data())
@settings(max_examples=30, deadline=None, derandomize=True)
def test_so_many_plays_as_are_free_fit_and_one_more_does_not(data: st.DataObject) -> None:
    day = data.draw(days())
    plan = plan_network(day)
    new = sized(data.draw, "new", "plays", 5000)
    free = available_for(plan, new)
    assert free.exact or not free.plays
    just = plan_network(with_one(day, replace(new, plays=free.plays)), plan)
    assert fulfilled(just) == [*fulfilled(plan), free.plays]
    assume(free.exact)
    more = plan_network(with_one(day, replace(new, plays=free.plays + 1)), plan)
    assert fulfilled(more) != [*fulfilled(plan), free.plays + 1]


@pytest.mark.parametrize("kind", ["each", "share"])
@given(data=st.data())
@settings(max_examples=20, deadline=None, derandomize=True)
def test_the_largest_that_fits_on_every_screen_fits_and_one_step_more_does_not(data: st.DataObject, kind: str) -> None:
    day = data.draw(days())
    plan = plan_network(day)
    new = sized(data.draw, "new", kind, 99 if kind == "share" else 400)
    free = available_for(plan, new, protected=Rank.GUARANTEED)
    assert free.most is not None
    if free.most:
        [*others, mine] = fulfilled(plan_network(with_one(day, replace(new, **{kind: free.most})), plan))
        assert others == fulfilled(plan)
        assert mine * 1000 == plan_network(with_one(day, replace(new, **{kind: free.most})), plan).allotment.wanted[-1]
    assume(free.exact and free.screens)
    step = Fraction(1, SHARES) if kind == "share" else Fraction(1)
    more = plan_network(with_one(day, replace(new, **{kind: free.most + step})), plan)
    assert fulfilled(more)[:-1] != fulfilled(plan) or more.allotment.fulfilled[-1] < more.allotment.wanted[-1]


# --- where hours cut cells, targets cut classes, and lengths differ


@st.composite
def rough_days(draw: st.DrawFn) -> NetworkDay:
    traits = [frozenset({f"t{draw(st.integers(0, 2))}", f"s{n}"}) for n in range(draw(st.integers(1, 5)))]
    places = [Place(f"p{n}", 0, mine) for n, mine in enumerate(traits)]
    orders = [rough(draw, f"b{n}", draw(st.sampled_from(list(SIZES)))) for n in range(draw(st.integers(0, 6)))]
    apart = draw(st.sampled_from([Apart(0, 0, 0), Apart(1, 1, 0), Apart(1, 2, 1)]))
    return NetworkDay(SLOT_MS, tuple(orders), (profile(),), places, apart)


def rough(draw: st.DrawFn, booking: str, kind: str, size: int | None = None) -> Order:
    new = sized(draw, booking, kind, size)
    first, length = draw(st.integers(480, 590)), draw(st.integers(1, 3))
    return replace(
        new,
        dayparts=(WeeklySpan(0, first, draw(st.integers(first + 5, 600))),),
        targets=draw(st.sampled_from([new.targets, frozenset({"s0"}), frozenset({"s1", "t0"})])),
        slots=Fraction(length),
        longest=length,
    )


@given(st.data())
@settings(max_examples=30, deadline=None, derandomize=True)
def test_what_is_not_called_exact_is_right_to_a_play_in_each_part_of_each_place(data: st.DataObject) -> None:
    day = data.draw(rough_days())
    plan = plan_network(day)
    new = rough(data.draw, "new", "plays", 5000)
    free = available_for(plan, new)
    just = plan_network(with_one(day, replace(new, plays=free.plays)), plan)
    *others, mine = fulfilled(just)
    lost = sum(max(0, before - now) for before, now in zip(fulfilled(plan), others, strict=True))
    assert lost + free.plays - mine <= just.market.cell_places.sum()
