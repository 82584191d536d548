"""The processes a test starts: the server's own, and those it needs (PostgreSQL, Redis, nginx, a cable)."""
