"""Liftcast's server: the console, the phone's pages, the planner, and the interface of players. See README.md."""
