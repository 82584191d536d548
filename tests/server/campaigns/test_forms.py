from __future__ import annotations

import pytest
from pydantic import ValidationError

from server.campaigns.models import Advertiser
from server.creatives.models import Creative
from tests.server.timelines.world import booking


def test_a_form_with_an_unknown_field_or_weight_is_refused(advertiser: Advertiser, creative: Creative) -> None:
    with pytest.raises(ValidationError):
        booking(advertiser, creative, colour="red")
    with pytest.raises(ValidationError):
        booking(advertiser, creative, creatives=({"creative_id": creative.id, "weight": 0},))
    with pytest.raises(ValidationError):
        booking(advertiser, creative, dayparts=({"weekday": 7, "from_min": 0, "until_min": 60},))
