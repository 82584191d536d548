"""The real web process with one route more, for this bench alone: a POST that does nothing, behind the same hooks."""

from __future__ import annotations

from gevent import monkey

monkey.patch_all()

from server.web.wallet import bp  # noqa: E402
from server.web_process import main  # noqa: E402  after the patch, on purpose

NOOP = "/bench/noop"


def do_nothing() -> tuple[dict[str, str], int]:
    return {}, 201


if __name__ == "__main__":
    bp.add_url_rule(NOOP, "bench_noop", do_nothing, methods=["POST"])
    main()
