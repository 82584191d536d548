"""An authority that speaks ACME, started once for the tests of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rig.servers.authority import LocalAuthority, local_authority


@pytest.fixture(scope="module")
def _authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAuthority]:
    with local_authority(tmp_path_factory.mktemp("authority")) as authority:
        yield authority


@pytest.fixture
def authority(_authority: LocalAuthority) -> LocalAuthority:
    """Without the calls of the tests before."""
    _authority.forget_calls()
    return _authority
