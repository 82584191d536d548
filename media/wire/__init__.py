"""The messages that cross a border: server to player, box to phone. One module holds one conversation.

Messages are frozen, and a reader ignores fields that it does not know. Times are integer milliseconds UTC, lengths
integer milliseconds, ids strings. Importers name the module: `from media.wire.plays import Play`.
"""
