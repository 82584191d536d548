"""The golden messages of each conversation: what is written today, and that readers get back what was written."""

from __future__ import annotations

import re

import pytest

from media.wire import message as base
from media.wire.message import Message
from media.wire.timeline import ScreenSettings
from tests.wire import golden, messages

CONVERSATIONS = messages.messages(golden.stage_of(golden.timeline()))
EACH = [
    pytest.param(name, message, id=type(message).__name__) for name, made in CONVERSATIONS.items() for message in made
]


@pytest.mark.parametrize("conversation", CONVERSATIONS)
def test_the_golden_file_is_what_the_conversation_writes_today(conversation: str) -> None:
    assert messages.as_json(CONVERSATIONS[conversation]) == messages.read(conversation)


@pytest.mark.parametrize(("conversation", "message"), EACH)
def test_a_message_is_read_back_as_it_was_written(conversation: str, message: Message) -> None:
    golden_json = messages.read(conversation)[type(message).__name__]
    assert type(message).model_validate(golden_json) == message
    assert type(message).model_validate({**golden_json, "mood": "sunny"}) == message, "unknown fields are ignored"


def test_settings_with_a_plan_can_be_the_key_of_what_is_drawn_by_them() -> None:
    settings = golden.timeline().manifest.settings
    assert settings.hotspot is not None
    assert {settings: 1} == {ScreenSettings.model_validate_json(settings.model_dump_json()): 1}


def test_every_message_that_is_sent_by_itself_has_a_golden_one() -> None:
    shown = {type(message) for made in CONVERSATIONS.values() for message in made}
    parts = {part for kind in shown for part in fields_of(kind)}
    in_timeline = {kind for kind in every_message() if kind.__module__ == "media.wire.timeline"}
    assert every_message() - shown - parts - in_timeline == set()


def every_message() -> set[type[Message]]:
    return {kind for kind in _subclasses(base.Message) if kind.__module__.startswith("media.wire.")}


def fields_of(kind: type[Message]) -> set[type[Message]]:
    """The messages inside a message, and those inside them."""
    names = " ".join(str(field.annotation) for field in kind.model_fields.values())
    parts = {part for part in every_message() if re.search(rf"{part.__module__}\.{part.__name__}\b", names)}
    return parts.union(*(fields_of(part) for part in parts))


def _subclasses(kind: type[Message]) -> set[type[Message]]:
    return {found for child in kind.__subclasses__() for found in (child, *_subclasses(child))}
