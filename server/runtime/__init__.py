"""Parts that every process of the server runs: supervision, endless loops, the watchdog, logs and memory.

It imports no part of the server but `server.errors`. Start reading at `processes.py`, the supervisor of
`liftcast-server run`.
"""
