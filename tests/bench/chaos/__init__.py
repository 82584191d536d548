"""The load of a small network through a list of faults, on SQLite and on PostgreSQL + Redis + nginx.

    python -m tests.bench.chaos --json [--stack sqlite|postgres] [--faults web_killed,disk_full] [--minutes 15]

Start reading in `run.py`, which is one stack from start to end. `stack.py` starts the server's real processes and
starts them again when they die, `world.py` fills the database, `load.py` runs the clients (`boxes.py`, `people.py`,
`operators.py`), `faults.py` lists the faults. `tries.py`, `ledger.py` and `growth.py` are pure: they turn what the
clients saw into figures.
"""
