"""Phones' consents, each purpose by itself, and what the box remembers of the phones that agreed."""
