"""Probe an uploaded file: its kind, its streams and whether it is complete, by its content alone.

Limits on pixels, memory and time hold for every file. It imports `media` and no other part of the server but errors.
Start reading at `probe.py`; `child_process.py` runs it for large files."""
