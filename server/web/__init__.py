"""HTTP: one blueprint for each audience, over the domain.

`console/` (operators and advertisers), `operator_api/` (programs), `player_api.py` (boxes), `phone.py` (phones, over
`media.phone`), `wallet/`, `counter/` (tills), `identity/` (sign-in), `openapi/`, `words/`. A view parses, makes one
call and answers. May import everything below it in the floors of server/README.md; never `server.live`.
"""
