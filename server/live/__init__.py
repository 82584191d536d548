"""Socket.IO for players and phones: the only place that emits.

`media/sockets/` bounds what a client may send; `players.py` and `phones.py` handle events, each with a
message class and one call; `push.py` sends what the outbox holds, and `queue.py` passes messages between web processes.
May import the domain, `server.context` and `server.http`; never `server.web`.
"""
