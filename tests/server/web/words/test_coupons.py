from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from flask import Flask
from jinja2.ext import babel_extract

import server.coupons
import server.web.counter
import server.web.wallet
from server.coupons.models import Offer
from server.errors import LiftcastError
from server.web.words import coupons
from server.web.words.coupons import hours_text
from server.web.words.language import read_translations

TEMPLATES = Path(coupons.__file__).parent.parent / "templates"
PAGES = [TEMPLATES / "offer.html", *TEMPLATES.glob("wallet/*.html"), *TEMPLATES.glob("counter/*.html")]


def modules() -> Iterator[ModuleType]:
    yield coupons
    for package in (server.coupons, server.web.counter, server.web.wallet):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            yield importlib.import_module(found.name)


def sentences_of_errors() -> Iterator[str]:
    for module in modules():
        for kind in vars(module).values():
            if inspect.isclass(kind) and issubclass(kind, LiftcastError) and kind.__module__ == module.__name__:
                yield from (text for text in (kind().message, kind().remedy) if text)


def sentences_of_code() -> Iterator[str]:
    for module in modules():
        for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_", "_l", "say", "ValueError"):
                yield str(ast.literal_eval(node.args[0]))


def sentences_of_pages() -> Iterator[str]:
    for page in PAGES:
        with page.open("rb") as lines:
            for _, _, message, _ in babel_extract(lines, ("_", "ngettext"), [], {}):
                text = message if isinstance(message, str) else message and message[0]
                if text:  # none where the words come from an error
                    yield text


def in_chinese(text: str) -> str:
    chinese = read_translations("zh")
    single = chinese.gettext(text)
    return single if single != text else chinese.ngettext(text, text, 1)


@pytest.mark.parametrize("sentences", [sentences_of_errors, sentences_of_code, sentences_of_pages])
def test_every_sentence_about_coupons_has_chinese(sentences: Callable[[], Iterator[str]]) -> None:
    words = set(sentences())
    assert words
    assert {word for word in words if in_chinese(word) == word} == set()


def test_hours_are_written_in_the_readers_language(app: Flask) -> None:
    offer = Offer(merchant_id="m", title="t", stock=1, stock_left=1, weekdays="01", from_min=660, until_min=840)
    for language, text in (("en", "Mon, Tue · 11:00–14:00"), ("zh", "周一, 周二 · 11:00–14:00")):
        with app.test_request_context(headers={"Accept-Language": language}):
            assert hours_text(offer) == text
