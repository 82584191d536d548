"""SQLite files of the portal that hold one table each."""

from __future__ import annotations

import sqlite3
from pathlib import Path


def open_table(file: Path, table: str) -> sqlite3.Connection:
    """`table` is the statement that makes the table if the file lacks it.

    Raises sqlite3.Error, and leaves no connection open, if the file cannot be read.
    """
    db = sqlite3.connect(file)
    try:
        db.execute(table)
    except sqlite3.Error:
        db.close()
        raise
    return db
