"""People, machines and their rights: roles, sign-in, sessions, one-time links, API keys, and the audit log.

It imports `server.db` and what lies below, and knows no Flask. Start reading at `models.py` and `rights.py`; a person's
access ends by raising `Person.session_epoch`, on which sessions, links and upload tickets depend (`people.py`).
"""
