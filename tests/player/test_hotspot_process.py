from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from player.hotspot.enforcer import CommandFailed
from player.hotspot_process import explain, give_radio_its_addresses, owner_of
from tests.player.hotspot.plans import PLAN


@pytest.mark.parametrize("with_ipv6", [True, False])
def test_the_radio_gets_its_addresses_before_it_is_up(with_ipv6: bool) -> None:
    commands: list[str] = []

    def run(command: Sequence[str], given: str = "") -> str:
        commands.append(" ".join(command))
        return ""

    plan = PLAN if with_ipv6 else PLAN.model_copy(update={"address6": None})
    give_radio_its_addresses(plan, run)
    addresses = [plan.address, plan.address6] if with_ipv6 else [plan.address]
    added = [f"ip address replace {address} dev {plan.radio}" for address in addresses]
    assert commands == [*added, f"ip link set {plan.radio} up"]


def test_the_owner_of_the_daemons_folder_is_its_user_and_before_it_ran_there_is_none(tmp_path: Path) -> None:
    assert owner_of(tmp_path) == tmp_path.stat().st_uid
    assert owner_of(tmp_path / "never ran") is None


def test_a_start_that_fails_says_what_is_needed() -> None:
    sentence = explain(CommandFailed("nft -f: Operation not permitted"))
    assert "nft -f: Operation not permitted" in sentence
    assert "CAP_NET_ADMIN" in sentence
