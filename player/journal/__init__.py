"""The proof of play on the disk. `journal.py` is the SQLite file; a play remains in it until the server settles it.

`journal_writer.py` writes on a thread of its own, in order, so that a slow or full card never delays the screen.
"""
