"""The planner: from bookings and screens to day tables. Pure: it has no database, no clock and no randomness.

    result = plan(PlanInput(slot_ms=…, bookings=…, screens=…))

README.md explains the model, the steps and the promises; model/problem.py defines input and result. `plan` promises
that equal input gives equal bytes; the first `previous.until` slots of a day stay as they are; a day whose `basis` is
unchanged keeps its table; no slot is left empty; and no spot extends over the edge of its hours.
"""
