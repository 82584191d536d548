from __future__ import annotations

import pytest

from media.item_ids import campaign_of, creative_of, item_id

CREATIVE, CAMPAIGN = "01J8ZV3Q4R5S6T7V8W9X0Y1Z2A", "01J8ZV3Q4R5S6T7V8W9X0Y1Z2B"


@pytest.mark.parametrize("campaign", [CAMPAIGN, None])
def test_an_items_id_names_its_creative_and_its_campaign(campaign: str | None) -> None:
    made = item_id(CREATIVE, campaign)
    assert (creative_of(made), campaign_of(made)) == (CREATIVE, campaign)


def test_one_creative_in_two_campaigns_is_two_items() -> None:
    assert item_id(CREATIVE, CAMPAIGN) != item_id(CREATIVE, None)
