"""Requests of the portal to the processes behind it: the privileged unit, the player's daemon, and the server."""
