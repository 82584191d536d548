"""Venues, screens, and the players that feed them.

It imports `server.accounts` and what lies below, and knows no Flask. Start reading at `models.py` and `venues.py`.
`enrol/` brings a box to its screen, `table/` imports screens from a CSV file, `players.py` records what players report,
`health.py` derives a screen's health from it, `hotspots.py` the hours and limits of its hotspot, and `replan.py` queues
the planning that a change makes due.
"""
