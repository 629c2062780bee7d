"""Writes what is made from the registry into the repository: `python -m engine.api.write`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.api import texts
from engine.api.functions import registry
from engine.api.registry import Registry

ROOT = Path(__file__).resolve().parents[2]


def made(functions: Registry) -> Mapping[str, str]:
    """Return the text of every file that is made of some functions, by its path from here."""
    return {
        "engine/child/api_names.py": texts.names(functions),
        "default_scripts/app.pyi": texts.stub(functions),
        "docs/api.md": texts.reference(functions),
    }


if __name__ == "__main__":
    for path, text in made(registry()).items():
        with (ROOT / path).open("w", encoding="utf-8") as file:
            file.write(text)
