from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from server.planner.model.compiled import compiled, inlined

SOURCE = """
def spots_before(slots, until):
    found = 0
    for slot in slots[:until]:
        found += 1 if slot > 0 else 0
    return found
"""


def from_text(source: str) -> Callable[..., Any]:
    """The function of a text without a file: there is no folder in which its machine code could be kept."""
    names: dict[str, Any] = {}
    exec(compile(source, "<no file>", "exec"), names)
    function: Callable[..., Any] = names["spots_before"]
    return function


def test_a_function_whose_machine_code_can_be_kept_nowhere_is_compiled_all_the_same() -> None:
    plain = from_text(SOURCE)
    slots = np.array([0, 3, 3, 0, 7], np.uint16)
    for variant in (compiled(plain), inlined(plain)):
        assert [variant(slots, until) for until in range(6)] == [plain(slots, until) for until in range(6)]
