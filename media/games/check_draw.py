"""Compute the winners of a draw again: `python -m media.games.check_draw FILE`.

Prints "correct" and ends with 0, or prints what differs and ends with 1. For a file that is no record, the status is 2.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pydantic import ValidationError

from media.games.draw_record import DrawRecord, differences

CORRECT, DIFFERS, UNREADABLE = 0, 1, 2


class NotARecord(Exception):
    """Why a file is no record of a draw, in one line for each fault."""


def check(path: Path, *, promise: str = "") -> list[str]:
    """The differences; none if the record is correct. promise: as it was noted before the game, to compare with

    Raises NotARecord.
    """
    record = _read(path)
    found = list(differences(record))
    if promise and promise.strip().lower() != record.promise:
        return [f"You noted the promise {promise}, but the record has {record.promise}.", *found]
    return found


def _read(path: Path) -> DrawRecord:
    try:
        return DrawRecord.model_validate_json(path.read_bytes())
    except OSError as error:
        raise NotARecord(f"{path}: {error.strerror}") from error
    except ValidationError as error:
        lines = (f"{'.'.join(map(str, fault['loc'])) or path}: {fault['msg']}" for fault in error.errors())
        raise NotARecord("\n".join(lines)) from error


def main(arguments: list[str]) -> int:
    if len(arguments) not in (1, 2):
        print("usage: python -m media.games.check_draw FILE [PROMISE]", file=sys.stderr)
        return UNREADABLE
    path, *noted = arguments
    try:
        found = check(Path(path), promise="".join(noted))
    except NotARecord as fault:
        print(f"This is no record of a draw. Download it again.\n{fault}", file=sys.stderr)
        return UNREADABLE
    print("\n".join(found) or "correct")
    return DIFFERS if found else CORRECT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
