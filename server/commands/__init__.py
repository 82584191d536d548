"""The commands of `liftcast-server`, one module for each or for a few that go together.

`server.cli` loads only the module of the command that runs: the media process pays for no planner, and the planner for
no web framework. A command imports at its top all it needs.
"""
