"""The fields that a browser would send of a page's form, read from its HTML."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser

Attributes = Mapping[str, str | None]


def fields_of(page: str, action: str) -> dict[str, list[str]]:
    """The values, by field, of the page's first form that posts to this address or names none."""
    reader = _FormReader(action)
    reader.feed(page)
    return reader.fields


class _FormReader(HTMLParser):
    def __init__(self, action: str) -> None:
        super().__init__()
        self.action, self.inside, self.done = action, False, False
        self.fields: dict[str, list[str]] = {}
        self.select = self.area = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        of = dict(attributes)
        if tag == "form" and not self.done:
            self.inside = of.get("method") == "post" and of.get("action", self.action) == self.action
        if not self.inside or "disabled" in of:
            return
        if tag == "input" and _is_sent(of):
            self._add(of.get("name") or "", of.get("value") or "")
        if tag == "select":
            self.select = of.get("name") or ""
        if tag == "option" and self.select and ("selected" in of or self.select not in self.fields):
            self.fields[self.select] = [of.get("value") or ""]
        if tag == "textarea":
            self.area = of.get("name") or ""
            self._add(self.area, "")

    def handle_data(self, data: str) -> None:
        if self.inside and self.area:
            self.fields[self.area][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self.inside:
            self.inside, self.done = False, True
        if tag == "select":
            self.select = ""
        if tag == "textarea":
            self.area = ""

    def _add(self, name: str, value: str) -> None:
        if name:
            self.fields.setdefault(name, []).append(value)


def _is_sent(of: Attributes) -> bool:
    return of.get("type") not in ("checkbox", "radio") or "checked" in of
