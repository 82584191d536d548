"""The same examples in every run of the property tests.

`derandomize` alone does not give that. Hypothesis derives the seed from the test's source and path, so a renamed module
or an edited comment gives other examples; and it also draws numbers and strings that it finds in whichever
modules happen to be loaded, so a test that runs alone or in another order gets other examples too. A search
for examples that break a property is made on purpose, with many random ones, and not by chance before a release.
"""

from __future__ import annotations

from zlib import crc32

import pytest
from hypothesis import is_hypothesis_test, seed, settings
from hypothesis.internal.conjecture.providers import Constants, HypothesisProvider


def use_the_same_examples() -> None:
    """Draw the examples of every property test from its seed alone."""
    settings.register_profile("same in every run", derandomize=True, deadline=None)
    settings.load_profile("same in every run")
    # The library has no setting for it.
    HypothesisProvider._local_constants = Constants()


def seed_by_name(item: pytest.Item) -> None:
    """Give a property test the seed of its name and parameters; other tests stay as they are."""
    test = getattr(item, "obj", None)
    if is_hypothesis_test(test):
        seed(crc32(item.name.encode()))(test)
