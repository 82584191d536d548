"""Read a batch of plays one by one, so that a broken play never blocks the others."""

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
    """Each play; in the place of an invalid one, its final refusal."""
    given = body.get("plays") if isinstance(body, dict) else None
    if not isinstance(given, list) or len(given) > MOST:
        raise BadBatch
    try:
        return list(ALL.validate_python(given))
    except ValidationError:
        return [_read_play(raw) for raw in given]


def merge_answers(read: Sequence[Play | PlayAnswer], answers: Sequence[PlayAnswer]) -> tuple[PlayAnswer, ...]:
    """The answers to the plays, with the refusals of invalid ones in their places."""
    rest = iter(answers)
    return tuple(play if isinstance(play, PlayAnswer) else next(rest) for play in read)


def _read_play(given: Any) -> Play | PlayAnswer:
    try:
        return Play.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        why = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        id_ = given.get("id", "") if isinstance(given, dict) else ""
        return PlayAnswer(id=str(id_)[:64], status="refused", why=why, final=True)
