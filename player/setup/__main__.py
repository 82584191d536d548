"""`python -m player.setup`: gevent patches the standard library before anything else is imported."""

from __future__ import annotations

from gevent import monkey

monkey.patch_all()

from player.setup.process import main  # noqa: E402

main()
