"""The same examples in every run of the property tests.

`derandomize` alone does not give that: Hypothesis also draws numbers and strings that it finds in the source of
whichever modules happen to be loaded, so a test that runs alone, in another order or after an edit elsewhere gets other
examples. A search for examples that break a property is made on purpose, with many random ones, and not by chance
before a release.
"""

from __future__ import annotations

from hypothesis import settings
from hypothesis.internal.conjecture.providers import Constants, HypothesisProvider


def use_the_same_examples() -> None:
    """Every property test from now on is drawn from its own source alone."""
    settings.register_profile("same in every run", derandomize=True, deadline=None)
    settings.load_profile("same in every run")
    # The library has no setting for it.
    HypothesisProvider._local_constants = Constants()
