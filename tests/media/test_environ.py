"""Settings of a program, read from its environment; a mistake is explained in one sentence."""

from __future__ import annotations

from typing import Annotated

import pytest
from pydantic import BaseModel, ConfigDict, Field

from media.environ import BadSetting, read_environ


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    port: int = 80
    name: Annotated[str, Field(description="the name that people read.")]


def read(**given: str) -> Settings:
    return read_environ(Settings, given, foreign={"redis_url"})


def test_a_setting_is_read_by_its_name_and_others_are_none_of_ours() -> None:
    found = read(LIFTCAST_PORT="8080", LIFTCAST_NAME="a", LIFTCAST_REDIS_URL="redis://", PATH="/bin", NAME="b")
    assert found == Settings(port=8080, name="a")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "LIFTCAST_NAME is missing: the name that people read."),
        ({"LIFTCAST_NAME": "a", "LIFTCAST_PROT": "1"}, "LIFTCAST_PROT is not a setting of Liftcast"),
        ({"LIFTCAST_NAME": "a", "LIFTCAST_PORT": "x"}, "LIFTCAST_PORT is 'x', which cannot be used: input should be"),
    ],
)
def test_a_mistake_is_explained_in_one_sentence(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(BadSetting) as error:
        read(**given)
    assert str(error.value).startswith(sentence)
    assert str(error.value).endswith(".")
    assert "\n" not in str(error.value)
