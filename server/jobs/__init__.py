"""Jobs: work that is done after the transaction that made it due, by worker processes.

Start reading at `worker.py` (`run_worker`, `turn`, `do`). A job passes through these files:

1. A change enqueues it (`enqueue` of `server/db/jobs.py`, where the kinds are listed).
2. `queue.py` gives it to one worker by a conditional UPDATE, under a lease that `work.py` renews while the work runs.
   `owners.py` finds jobs of processes of this machine that were killed.
3. `handlers.py` has the handler of each kind (`HANDLERS`), and calls the domain.
4. `worker.py` writes the end and the handler's result in one transaction, or schedules the next attempt.

`foreground.py` runs the same work for `liftcast-server plan`. `sweep.py` and `reclaim_space.py` clean up.
May import every domain folder; never web, live or availability.
"""
