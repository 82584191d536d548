"""The network's allotment: how many spots of each booking every screen shows on each day of the window.

Start reading at `allot.py` (`allot_network`). The data flows through these files:

1. `inventory.py` reads the screens and venues that are sold, `bookings.py` the booked campaigns with all their parts.
2. `profiles.py` turns a venue's rules into the planner's profile of one day; `up_time.py` says what part of its plays a
   booking's screens will show.
3. `allot.py` builds the planner's input of each day (`DayInput`) and plans it; `plan_cache.py` reuses the plan of a day
   whose input is unchanged.
4. `fulfilment.py` compares what each order wants of a day with what it gets.
5. `stored.py` writes the rows of `models.py`, from which the timelines of a venue are planned.

May import the planner, campaigns, creatives, coupons, screens and accounts; never timelines or plays.
"""
