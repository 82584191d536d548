"""Settings from the environment: `LIFTCAST_…`, read once into a frozen object, or one plain sentence why not."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError

PREFIX = "LIFTCAST_"

Model = TypeVar("Model", bound=BaseModel)


class BadSetting(Exception):
    """A setting has a value that cannot be used; the message is one plain sentence."""


def read_environ(model: type[Model], environ: Mapping[str, str], *, foreign: Collection[str]) -> Model:
    """Read this model's settings. `foreign` are names that another program on the same machine reads.

    A wrong value, or a name that no setting has, stops the start with BadSetting.
    """
    given = {name[len(PREFIX) :].lower(): value for name, value in environ.items() if name.startswith(PREFIX)}
    try:
        return model.model_validate({name: value for name, value in given.items() if name not in foreign})
    except ValidationError as error:
        raise BadSetting(_plain_sentence(error, model)) from error


def _plain_sentence(error: ValidationError, model: type[BaseModel]) -> str:
    first = error.errors()[0]
    field = str(first["loc"][0]) if first["loc"] else ""
    name = PREFIX + field.upper()
    if first["type"] == "extra_forbidden":
        return f"{name} is not a setting of Liftcast; see the settings tables in systemd/README.md for the right name."
    if first["type"] == "missing":
        return f"{name} is missing: {model.model_fields[field].description}"
    reason = first["msg"].removeprefix("Value error, ")
    return f"{name} is {first['input']!r}, which cannot be used: {reason[0].lower()}{reason[1:]}."
