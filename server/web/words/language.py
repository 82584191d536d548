"""中文 and English: which one a request gets, and the catalogs.

The catalogs are plain `translations/<language>/LC_MESSAGES/*.po` files, read as they are when first needed: there is no
compiled copy that could be forgotten or out of step. Each subject has a file of its own.
"""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, request, session
from flask_babel import Babel, Domain, format_decimal, get_locale, gettext, lazy_gettext, ngettext

LANGUAGES = {"en": "English", "zh": "中文"}
CHOSEN = "language"


def install_language(app: Flask) -> None:
    babel = Babel(app, default_locale="en", locale_selector=pick_language)
    babel.domain_instance = WrittenDomain()
    # `translated` is for sentences from the code: in a template `_` would take a % in them for a placeholder.
    app.jinja_env.globals.update(language=language, languages=LANGUAGES, translated=say)
    app.jinja_env.filters.update(number=written_number, share=written_share)


def pick_language() -> str:
    """The language chosen here or by this person, else the browser's preference, else English."""
    chosen = session.get(CHOSEN) or request.accept_languages.best_match(list(LANGUAGES))
    return chosen if chosen in LANGUAGES else "en"


def language() -> str:
    """`en` or `zh`, for `<html lang>`."""
    locale = get_locale()
    return locale.language if locale else "en"


def choose_language(chosen: str) -> None:
    if chosen in LANGUAGES:
        session[CHOSEN] = chosen


def written_number(value: float) -> str:
    """`12,345`, as this language groups digits: the one way in which pages write numbers."""
    return str(format_decimal(value))


def written_share(value: float | None) -> str:
    """`97.5 %` of 0.975, and a dash where there is nothing to take a share of."""
    return "–" if value is None else f"{format_decimal(value * 100, format='#,##0.0')} %"


# --- words; imported as `_`, `_n` and `_l`, the names that the extractor looks for


def say(text: str, **facts: object) -> str:
    return str(gettext(text, **facts))


def say_many(one: str, many: str, num: int, **facts: object) -> str:
    return str(ngettext(one, many, num, **facts))


def say_later(text: str) -> Any:
    """For words that are written down before any request: they turn into text when they are shown."""
    return lazy_gettext(text)


# --- catalogs


class WrittenDomain(Domain):  # type: ignore[misc]
    """Flask-Babel's domain, reading the .po files themselves."""

    def get_translations(self) -> NullTranslations:
        return read_translations(language())


@cache
def read_translations(language: str) -> NullTranslations:
    """All catalogs of one language as one; English is what the code says."""
    merged: NullTranslations = NullTranslations()
    for path in sorted((Path(__file__).parent.parent / "translations" / language / "LC_MESSAGES").glob("*.po")):
        translations = Translations(_compiled(path, language))
        merged = translations if not isinstance(merged, Translations) else merged.merge(translations)
    return merged


def read_catalog(path: Path, language: str) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=language)


def _compiled(path: Path, language: str) -> io.BytesIO:
    compiled = io.BytesIO()
    write_mo(compiled, read_catalog(path, language))
    compiled.seek(0)
    return compiled
