"""Alembic: `versions/` holds one file for each change of the tables; `env.py` runs them. See CONTRIBUTING.md."""
