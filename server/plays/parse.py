"""Reading a batch of plays play by play, so that one that is broken never holds up the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from media.wire.plays import Play, PlayAnswer
from server.errors import Invalid

MOST = 1000
ALL = TypeAdapter(list[Play])


class BadBatch(Invalid):
    """This is not a batch of plays. Send {"plays": […]} with at most 1,000 plays."""


def read_plays(body: Any) -> list[Play | PlayAnswer]:
    """Each play, or in its place the final refusal of what is none."""
    given = body.get("plays") if isinstance(body, dict) else None
    if not isinstance(given, list) or len(given) > MOST:
        raise BadBatch
    try:
        return list(ALL.validate_python(given))
    except ValidationError:
        return [_read_play(one) for one in given]


def merge_answers(read: Sequence[Play | PlayAnswer], answers: Sequence[PlayAnswer]) -> tuple[PlayAnswer, ...]:
    """The answers to the plays, with the refusals of what could not be read in their places."""
    rest = iter(answers)
    return tuple(one if isinstance(one, PlayAnswer) else next(rest) for one in read)


def _read_play(given: Any) -> Play | PlayAnswer:
    try:
        return Play.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        why = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        id_ = given.get("id") if isinstance(given, dict) else ""
        return PlayAnswer(id=str(id_)[:64], status="refused", why=why, final=True)
