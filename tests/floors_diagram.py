"""The READMEs' diagrams of floors, made from the import contracts: `python -m tests.floors_diagram`."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).parent.parent / "pyproject.toml"


def floors_of(package: str) -> list[list[str]]:
    """The package's modules floor by floor, the highest first, as its import contract lists them."""
    contracts = tomllib.loads(PYPROJECT.read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = (contract["layers"] for contract in contracts if contract.get("containers") == [package])
    return [re.findall(r"[\w.]+", layer) for layer in layers]


def diagram_of(package: str) -> str:
    """Mermaid: a box for each floor, and an arrow to the floor below, which it may import."""
    floors = floors_of(package)
    boxes = [f'    f{number}["{" · ".join(names)}"]' for number, names in enumerate(floors, 1)]
    arrows = [f"    f{number} --> f{number + 1}" for number in range(1, len(floors))]
    return "\n".join(["```mermaid", "flowchart TD", *boxes, *arrows, "```"])


if __name__ == "__main__":
    for package in sys.argv[1:] or ("server", "server.planner", "player"):
        print(diagram_of(package), end="\n\n")
