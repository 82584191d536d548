"""Addresses of a list's other pages: the same view and filters, another number."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Flask, request, url_for


def install_paging(app: Flask) -> None:
    app.jinja_env.globals["page_address"] = page_address


def page_address(number: int | None, **changes: Any) -> str | None:
    """The page of this number of the list that the present request shows, with other filters where some are given.

    The query is no argument of `url_for`, which would take `?_scheme=` or `?endpoint=` for its own.
    """
    if number is None:
        return None
    query = {**request.args.to_dict(flat=False), "page": number, **changes}
    path = url_for(str(request.endpoint), **(request.view_args or {}))
    return f"{path}?{urlencode({name: value for name, value in query.items() if value is not None}, doseq=True)}"
