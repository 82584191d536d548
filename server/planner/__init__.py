"""The planner: bookings and screens in, day tables out. Pure: no database, no clock, no chance.

    result = plan(PlanInput(slot_ms=…, bookings=…, screens=…))

`problem.py` holds what goes in and what comes out. Every planner that is put behind `plan` keeps these promises:
the same input gives the same bytes; the first `standing.until` slots of a day stay as they are; a day whose
`basis` is unchanged keeps its table; no slot is left empty; no spot crosses the edge of its hours.
"""
