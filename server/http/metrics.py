"""Prometheus metrics of this process. Several web processes are scraped one by one."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram

REGISTRY = CollectorRegistry()
PLAYS_TAKEN = Counter("liftcast_plays", "Plays answered, by what became of them.", ["status"], registry=REGISTRY)
REQUESTS = Counter("liftcast_requests", "Requests answered.", ["endpoint", "status"], registry=REGISTRY)
SECONDS = Histogram("liftcast_request_seconds", "Time to answer a request.", ["endpoint"], registry=REGISTRY)
