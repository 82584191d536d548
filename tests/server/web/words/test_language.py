"""Both languages are complete: every sentence of a page or an error is written in 中文 too."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file

import server
from server.errors import LiftcastError, _sentences
from server.web.words.language import read_translations

WEB = Path(server.__file__).parent / "web"
SOURCES = sorted(path for kind in ("*.html", "*.py") for path in WEB.rglob(kind) if "node_modules" not in path.parts)
KEYWORDS = {"_": None, "_l": None, "_n": (1, 2), "gettext": None, "ngettext": (1, 2)}


def words_of(path: Path) -> Iterator[str]:
    method = "jinja2.ext:babel_extract" if path.suffix == ".html" else "python"
    for _line, word, _comments, _context in extract_from_file(method, str(path), keywords=KEYWORDS):  # type: ignore[arg-type]
        yield word[0] if isinstance(word, tuple) else word


def in_chinese(word: str) -> bool:
    chinese = read_translations("zh")
    return word != chinese.gettext(word) or word != chinese.ngettext(word, word, 2)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(WEB)))
def test_every_word_of_a_page_is_written_in_chinese(path: Path) -> None:
    assert [word for word in words_of(path) if not in_chinese(word)] == []


def kinds_of_error() -> Iterator[type[LiftcastError]]:
    for module in pkgutil.walk_packages(server.__path__, "server."):
        if module.name.split(".")[1] not in ("migrations", "__main__"):
            importlib.import_module(module.name)
    waiting = [LiftcastError]
    while waiting:
        kind = waiting.pop()
        if kind.__module__.startswith("server."):
            yield kind
        waiting.extend(kind.__subclasses__())


def test_every_error_and_its_remedy_is_written_in_chinese() -> None:
    sentences = {sentence for kind in kinds_of_error() for sentence in _sentences(kind.__doc__ or "") if sentence}
    assert sorted(sentence for sentence in sentences if not in_chinese(sentence)) == []


def test_a_catalog_fills_the_same_places_as_the_words_it_translates() -> None:
    catalog = getattr(read_translations("zh"), "_catalog", {})
    assert len(catalog) > 400
    for key, translated in catalog.items():
        said = key[0] if isinstance(key, tuple) else key
        if said:
            assert said.count("%(") == translated.count("%("), said


def test_chinese_is_set_with_chinese_marks() -> None:
    catalog = getattr(read_translations("zh"), "_catalog", {})
    said = [words for words in catalog.values() if isinstance(words, str)]
    assert [words for words in said if re.search(r"[\u4e00-\u9fff] ?[,:;?!(]", words)] == []
