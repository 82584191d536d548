"""Reads what was published: manifests and day tables by version, stages, shown offers, and why an item plays.

`days.py` holds the rows by which plays are checked. Everything here reads; `server.timelines.publish` writes.
"""
