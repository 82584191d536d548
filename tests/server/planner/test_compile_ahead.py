from __future__ import annotations

import dis
import pkgutil
from importlib import import_module

from numba.core.dispatcher import Dispatcher

import server.planner
from server.planner.compile_ahead import compile_all


def test_after_it_no_loop_is_left_that_a_plan_would_have_to_compile() -> None:
    """Loops that other loops call are compiled with these, so only those that plain functions call are checked."""
    modules = [module.name for module in pkgutil.walk_packages(server.planner.__path__, "server.planner.")]
    loops = [
        loop
        for name in sorted(modules)
        for loop in vars(import_module(name)).values()
        if isinstance(loop, Dispatcher) and loop.py_func.__module__ == name
    ]
    steps = [step for loop in loops for step in dis.get_instructions(loop.py_func)]
    called = {step.argval for step in steps if step.opname == "LOAD_GLOBAL"}
    compile_all()
    entries = {loop.py_func.__name__: loop.signatures for loop in loops if loop.py_func.__name__ not in called}
    assert {"fill", "amend", "deadlines"} <= entries.keys()
    assert [name for name, signatures in entries.items() if not signatures] == []
