"""Addresses of a list's other pages: the same view and filters, another number."""

from __future__ import annotations

from typing import Any

from flask import Flask, request, url_for


def install_paging(app: Flask) -> None:
    app.jinja_env.globals["page_address"] = page_address


def page_address(number: int | None, **changes: Any) -> str | None:
    """The page of this number of the list that the present request shows, with other filters where some are given."""
    if number is None:
        return None
    query: dict[str, Any] = {**request.args.to_dict(flat=False), "page": number, **changes}
    return url_for(str(request.endpoint), **(request.view_args or {}), **query)
