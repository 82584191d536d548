"""`python -m player.portal`: gevent patches the standard library before anything else is imported."""

from __future__ import annotations

from gevent import monkey

monkey.patch_all()

from player.portal.process import main  # noqa: E402

main()
