"""The box's own web: the page that phones meet when they join the hotspot.

`probes.py` knows by which requests each operating system finds out whether it has reached the internet, and
`captive_api.py` what phones read of their visit (RFC 8908). Both are pure.
"""
