"""Writes what is made from the registry into the repository: `python -m engine.api.write`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.api import texts
from engine.api.functions import registry

ROOT = Path(__file__).resolve().parents[2]


def made() -> Mapping[str, str]:
    """Return the text of every file that is made, by its path in the repository."""
    functions = registry()
    return {
        "engine/child/api_names.py": texts.names(functions),
        "default_scripts/app.pyi": texts.stub(functions),
        "docs/api.md": texts.reference(functions),
    }


if __name__ == "__main__":
    for path, text in made().items():
        with (ROOT / path).open("w", encoding="utf-8") as file:
            file.write(text)
