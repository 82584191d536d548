"""Browsers and other clients, well-behaved and not."""
