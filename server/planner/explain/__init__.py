"""Explains why an item plays at a moment, and why another does not. Start at `reasons.py`; `facts.py` has its input."""
