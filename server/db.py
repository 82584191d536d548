"""The database: engine, transactions, and the outbox and jobs that are written with a change.

SQLite in WAL mode or PostgreSQL; the rest of the house does not ask which.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from threading import BoundedSemaphore
from typing import Any, TypeVar, cast

from sqlalchemy import DateTime, Engine, Enum, MetaData, case, create_engine, event
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Dialect
from sqlalchemy.types import JSON, TypeDecorator
from sqlmodel import Field, Session, SQLModel, col, or_, select, update
from ulid import ULID

from server.errors import LiftcastError
from server.write_queue import WriteQueue, explained_errors, install_queue, queue_of

SQLModel.metadata.naming_convention = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
).naming_convention


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite keeps no zone, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("an instant must know its zone")
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def new_id() -> str:
    """A ULID: 26 characters, sortable by the time it was made."""
    return str(ULID())


def id_field() -> Any:
    return Field(default_factory=new_id, primary_key=True, max_length=26)


def instant_field(**more: Any) -> Any:
    return Field(sa_type=Instant, **more)


def json_field(default_factory: Callable[[], Any] = dict) -> Any:
    return Field(default_factory=default_factory, sa_type=JSON)


def word_field(words: type[StrEnum], **more: Any) -> Any:
    """A column that holds one of some words, as plain text: a new word needs no migration."""
    kind = Enum(words, native_enum=False, length=16, values_callable=lambda known: [word.value for word in known])
    return Field(sa_type=kind, **more)


def utc_now() -> datetime:
    return datetime.now(UTC)


def to_ms(at: datetime) -> int:
    """Integer milliseconds UTC of an instant, exact."""
    return (at - EPOCH) // timedelta(milliseconds=1)


def from_ms(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


Row = TypeVar("Row", bound=SQLModel)


# --- engine and transactions


PATIENCE_S = 30.0
REQUEST_PATIENCE_S = 2.5  # twice this is less than a phone waits for its answer
STATEMENT_S = 60
IDLE_S = 600  # a frozen process gives its locks back in the end
POOL: dict[str, Any] = {"pool_size": 10, "pool_timeout": 10.0, "hide_parameters": True}
POSTGRES_OVERFLOW, SQLITE_OVERFLOW = 20, 5
POSTGRES_WRITERS = 10  # the other two thirds of the connections are the readers'


def make_engine(
    url: str, *, in_hub: bool = False, patience_s: float = PATIENCE_S, statement_s: float | None = None
) -> Engine:
    """One engine a process. In the gevent hub, SQLite's calls go through gevent's thread pool.

    patience_s: how long a writer waits for its turn, and then for a lock, before it gives up
    statement_s: how long one statement may take on PostgreSQL

    Errors are logged with their statement but without its parameters: those hold what people typed.
    """
    if url.startswith("sqlite"):
        engine, writers = _make_sqlite(url, patience_s=patience_s, in_hub=in_hub), 1
    else:
        engine, writers = _make_postgres(url, patience_s=patience_s, statement_s=statement_s), POSTGRES_WRITERS
    slots, contended = (_slots(count, in_hub=in_hub) for count in (writers, max(1, writers // 2)))
    install_queue(engine, WriteQueue(slots, contended, patience_s=patience_s))
    return engine


def make_request_engine(url: str, *, in_hub: bool = False) -> Engine:
    """For a process that answers requests: it gives up after some seconds, so that its client can come back."""
    return make_engine(url, in_hub=in_hub, patience_s=REQUEST_PATIENCE_S, statement_s=STATEMENT_S)


def _make_postgres(url: str, *, patience_s: float, statement_s: float | None) -> Engine:
    limits_s = {
        "lock_timeout": patience_s,
        "statement_timeout": statement_s or 0,
        "idle_in_transaction_session_timeout": IDLE_S,
    }
    session = " ".join(f"-c {name}={seconds * 1000:.0f}" for name, seconds in limits_s.items())
    connect_args = {"options": session, "connect_timeout": max(2, round(patience_s))}
    return create_engine(url, max_overflow=POSTGRES_OVERFLOW, pool_pre_ping=True, connect_args=connect_args, **POOL)


def _make_sqlite(url: str, *, patience_s: float, in_hub: bool) -> Engine:
    connect_args: dict[str, Any] = {"timeout": patience_s, "check_same_thread": False}
    if in_hub:
        from server.gevent_sqlite import HubConnection

        connect_args["factory"] = HubConnection
    engine = create_engine(url, max_overflow=SQLITE_OVERFLOW, connect_args=connect_args, **POOL)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _slots(count: int, *, in_hub: bool) -> Any:
    if in_hub:
        from gevent.lock import BoundedSemaphore as HubSemaphore

        return HubSemaphore(count)
    return BoundedSemaphore(count)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """The driver has set `busy_timeout` by its `timeout`."""
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "journal_size_limit=67108864"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Any) -> None:
    """A writer takes its lock at once: a reader that becomes a writer half-way could only fail."""
    writes = connection.get_execution_options().get("writes", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def transaction(engine: Engine, *, contended: bool = False) -> Iterator[Session]:
    """All or nothing. No network, no file and no subprocess inside.

    contended: many such transactions at once may wait for the same row; they leave others turns to write

    Raises DatabaseBusy if the turn to write, or a lock, is not free within the engine's patience; DatabaseAway.
    """
    with explained_errors(), ExitStack() as turn, _WritingSession(engine, turn, contended=contended) as db, db.begin():
        yield db


class _WritingSession(Session):
    """Waits for its turn to write at its first statement: a long look at a file before it keeps no other waiting."""

    def __init__(self, engine: Engine, turn: ExitStack, *, contended: bool) -> None:
        super().__init__(engine, expire_on_commit=False)
        self._turn, self._has_turn, self._contended = turn, False, contended

    def get_bind(self, *given: Any, **named: Any) -> Any:
        """Called before each connection is taken."""
        engine = super().get_bind(*given, **named)
        if not self._has_turn:
            self._turn.enter_context(queue_of(cast(Engine, engine)).turn(contended=self._contended))
            self._has_turn = True
        return engine


@contextmanager
def reading(engine: Engine, *, at_one_moment: bool = False) -> Iterator[Session]:
    """A session for looking only: takes no write lock, and what it changed is thrown away.

    at_one_moment: every look sees the database as the first one did, as SQLite shows it in any case
    """
    postgres = at_one_moment and engine.dialect.name == "postgresql"
    options = {"isolation_level": "REPEATABLE READ"} if postgres else {}
    with explained_errors():
        connection = engine.connect().execution_options(writes=False, **options)
        with connection, Session(connection, expire_on_commit=False, autoflush=False) as db:
            yield db


def on_postgres(db: Session) -> bool:
    return db.get_bind().dialect.name == "postgresql"


def get_or_raise(db: Session, row: type[Row], id_: str, error: type[LiftcastError]) -> Row:
    """The row of this id, or the domain's own word for its absence."""
    found = db.get(row, id_) if "\0" not in id_ else None  # PostgreSQL refuses a NUL in any text
    if found is None:
        raise error
    return found


def insert_once(db: Session, row: SQLModel) -> bool:
    """Insert unless a unique key is taken already; True if this call inserted it."""
    statement = _insert_or_nothing(str(type(row).__tablename__), on_postgres(db))
    # What comes back is counted: PostgreSQL's driver tells no row count for an INSERT that may do nothing.
    return db.connection().execute(statement, row.model_dump()).first() is not None


def insert_new(db: Session, rows: Sequence[SQLModel]) -> set[str]:
    """The same for many rows of one table; returns the ids of those that were inserted."""
    if not rows:
        return set()
    statement = _insert_or_nothing(str(type(rows[0]).__tablename__), on_postgres(db))
    return set(db.connection().execute(statement, [row.model_dump() for row in rows]).scalars())


@cache
def _insert_or_nothing(table_name: str, postgres: bool) -> Any:
    """Built once a table: building the statement costs more than running it."""
    insert = postgres_insert if postgres else sqlite_insert
    table = SQLModel.metadata.tables[table_name]
    return insert(table).on_conflict_do_nothing().returning(table.c.id)


# --- the database's clock, on which the processes of several machines agree

SAME_CLOCK = timedelta(seconds=1)  # less than this is within what it takes to ask


def database_now(db: Session) -> datetime:
    """The clock of PostgreSQL's machine; SQLite's is that of the machine on which all processes run."""
    if on_postgres(db):
        at: datetime = db.connection().exec_driver_sql("SELECT clock_timestamp()").scalar_one()
        return at.astimezone(UTC)
    written: str = db.connection().exec_driver_sql("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')").scalar_one()
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


def in_database_time(db: Session, at: datetime) -> datetime:
    """An instant of this process's clock, as the database's clock shows it.

    Times at which another process acts are written so: a process whose clock is a day ahead would leave work for
    tomorrow.
    """
    difference = database_now(db) - utc_now()
    return at + difference if abs(difference) >= SAME_CLOCK else at


def shared_now(db: Session) -> datetime:
    """Now, as every process of the server sees it."""
    return in_database_time(db, utc_now())


# --- outbox: what must be pushed to sockets, written with the change


class OutboxRow(SQLModel, table=True):
    """One push that is due; `live` reads, emits and deletes it."""

    __tablename__ = "outbox"

    id: str = id_field()
    topic: str = Field(max_length=40)
    target: str = Field(max_length=64)
    message: dict[str, Any] = json_field()
    created_at: datetime = instant_field()
    leased_until: datetime | None = instant_field(default=None, nullable=True, index=True)


def post(db: Session, topic: str, target: str, message: dict[str, Any], *, now: datetime) -> None:
    """Write a push into the outbox; readers are woken when the transaction commits.

    Topics and targets: `timeline`, `interrupt`, `stage` (screen id), `stock` (offer id; how many are left is read when
    it is told), `command` (player id).
    """
    db.add(OutboxRow(topic=topic, target=target, message=message, created_at=now))
    notify(db, "liftcast_outbox")


def notify(db: Session, channel: str) -> None:
    if on_postgres(db):
        db.connection().exec_driver_sql(f"NOTIFY {channel}")


def lease_outbox(db: Session, *, now: datetime, most: int = 200, lease_s: int = 10) -> list[OutboxRow]:
    """Take due pushes in the order they were written; one that is not deleted within the lease is due again."""
    due = or_(col(OutboxRow.leased_until).is_(None), col(OutboxRow.leased_until) < now)
    oldest = select(OutboxRow.id).where(due).order_by(col(OutboxRow.id)).limit(most)
    until = now + timedelta(seconds=lease_s)
    take = update(OutboxRow).where(col(OutboxRow.id).in_(oldest), due).values(leased_until=until).returning(OutboxRow)
    return sorted(db.exec(take).scalars(), key=lambda row: row.id)


# --- jobs: what the worker does later, written with the change


class Job(SQLModel, table=True):
    """One piece of work. `unique_key` keeps the same work from being queued twice while it waits."""

    __tablename__ = "job"

    id: str = id_field()
    kind: str = Field(max_length=40, index=True)
    subject: str = Field(default="", max_length=64, index=True)
    unique_key: str | None = Field(default=None, unique=True, max_length=120)
    state: str = Field(default="waiting", max_length=12, index=True)
    run_at: datetime = instant_field(index=True)
    leased_until: datetime | None = instant_field(default=None, nullable=True)
    leased_by: str | None = Field(default=None, max_length=64)
    attempts: int = 0
    progress: float = 0.0
    error: str = Field(default="", max_length=500)
    created_at: datetime = instant_field()
    finished_at: datetime | None = instant_field(default=None, nullable=True)


def enqueue(db: Session, kind: str, subject: str = "", *, now: datetime, delay_s: float = 0, once: bool = True) -> None:
    """Queue a job unless the same kind for the same subject already waits (`once`).

    The one that waits is written to all the same: no worker can take it before this transaction ends, so whoever does
    the work sees what was changed here.
    """
    enqueue_all(db, kind, [subject], now=now, delay_s=delay_s, once=once)


def enqueue_all(
    db: Session, kind: str, subjects: Iterable[str], *, now: datetime, delay_s: float = 0, once: bool = True
) -> None:
    """The same for many subjects, in one statement: a change may concern every venue of a large network."""
    created_at = in_database_time(db, now)
    run_at = created_at + timedelta(seconds=delay_s)
    keys = ((subject, f"{kind}:{subject}" if once else None) for subject in subjects)
    jobs = [
        Job(kind=kind, subject=subject, unique_key=key, run_at=run_at, created_at=created_at).model_dump()
        for subject, key in keys
    ]
    if jobs:
        db.connection().execute(_insert_or_hasten(on_postgres(db)), jobs)
        notify(db, "liftcast_jobs")


@cache
def _insert_or_hasten(postgres: bool) -> Any:
    """Of two times to run, the earlier counts."""
    job = SQLModel.metadata.tables["job"]
    given = (postgres_insert if postgres else sqlite_insert)(job)
    earlier = case((given.excluded.run_at < job.c.run_at, given.excluded.run_at), else_=job.c.run_at)
    return given.on_conflict_do_update(index_elements=["unique_key"], set_={"run_at": earlier})
