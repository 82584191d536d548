"""The free capacity for one more booking: a process of its own (`liftcast-server desk`), queried by the web over HTTP.

Start reading at `server.py`. A query passes through these files:

1. `server.py` reads the `AvailabilityQuery` of `server/campaigns/availability.py` and logs the answer.
2. `draft_booking.py` turns its form into the planner's booking.
3. `snapshot_cache.py` holds the network in memory, each day as the worker would allot it.
4. `flight.py` adds up what is free on the days of the flight (`server.planner.available`).

May import the allotment, campaigns, plays and the planner; never web or jobs. It writes nothing to the database.
"""
