"""Who sends a request, and what they may do: sign-in, sessions, API keys, rights of routes.

Start at `auth.py`: `requires` guards a route, `current_who` is the signed-in person or key. Phones and players have
identities of their own (`server/web/phone_identity.py`, `server/web/player_api.py`).
"""
