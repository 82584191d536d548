"""The database: engine, transactions, the columns that tables share, the outbox and the queue of jobs.

The database is SQLite in WAL mode or PostgreSQL; only this folder and the migrations know which. The folder imports
`server.errors` and no other part of the server. Start reading at `transactions.py`; `engine.py` and `write_queue.py`
define how long a statement, a lock and a writer may wait. Errors are imported from `server.db.errors`.
"""

from server.db.clock import in_database_time, shared_now
from server.db.columns import Instant, id_field, ids_from, instant_field, json_field, new_id, word_field
from server.db.dialect import epoch_ms, on_postgres
from server.db.engine import make_engine, make_request_engine
from server.db.instants import EPOCH, from_ms, to_ms, utc_ms, utc_now
from server.db.jobs import Job, JobKind, JobState, enqueue, enqueue_all
from server.db.outbox import OutboxRow, Topic, lease_outbox, post
from server.db.rows import get_or_raise, insert_new, insert_once
from server.db.transactions import reading, transaction

__all__ = [
    "EPOCH",
    "Instant",
    "Job",
    "JobKind",
    "JobState",
    "OutboxRow",
    "Topic",
    "enqueue",
    "enqueue_all",
    "epoch_ms",
    "from_ms",
    "get_or_raise",
    "id_field",
    "ids_from",
    "in_database_time",
    "insert_new",
    "insert_once",
    "instant_field",
    "json_field",
    "lease_outbox",
    "make_engine",
    "make_request_engine",
    "new_id",
    "on_postgres",
    "post",
    "reading",
    "shared_now",
    "to_ms",
    "transaction",
    "utc_ms",
    "utc_now",
    "word_field",
]
