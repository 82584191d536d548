"""The settings tables of systemd/README.md, made from the code: `python -m tests.settings_table`."""

from __future__ import annotations

from pydantic import BaseModel

from media.environ import PREFIX


def table_of(model: type[BaseModel]) -> str:
    rows = ["| setting | default | what it does |", "|---|---|---|"]
    for name, field in model.model_fields.items():
        default = "–" if field.default in ("", None) else f"`{field.default}`"
        default = "required" if field.is_required() else default
        rows.append(f"| `{PREFIX}{name.upper()}` | {default} | {field.description} |")
    return "\n".join(rows)


if __name__ == "__main__":
    from player.settings import Settings as PlayerSettings
    from server.settings import Settings as ServerSettings

    print(table_of(ServerSettings), table_of(PlayerSettings), sep="\n\n")
