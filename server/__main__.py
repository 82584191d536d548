"""`python -m server`: the web process. Everything blocking is patched before anything else is imported."""

from __future__ import annotations

from gevent import monkey

monkey.patch_all()

from server.runtime.collector import loading  # noqa: E402  after the patch, on purpose

with loading():
    from server.web_process import main

if __name__ == "__main__":
    main()
