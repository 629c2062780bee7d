"""Where the scripts lie and how a test runs one: compiled and executed like the kernel does it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3] / "default_scripts"
DEMO = ROOT / "demo"

SEEDS = sorted(path for path in ROOT.glob("*.py") if path.name != "__init__.py")
DEMO_SCRIPTS = sorted((DEMO / "scripts").glob("*.py"))
SCRIPTS = [*SEEDS, *DEMO_SCRIPTS]

FIELDS = (
    "id",
    "projectId",
    "slug",
    "title",
    "kind",
    "entrypoint",
    "enabled",
    "version",
    "createdAt",
    "updatedAt",
)
HEADER = re.compile(r'\A"""\n---\n(.*?)\n---\n"""\n', re.DOTALL)

Json = dict[str, Any]


def namespace(path: Path) -> Json:
    found: Json = {"__name__": "__main__", "__file__": str(path)}
    exec(compile(path.read_text("utf-8"), str(path), "exec"), found)
    return found


def entry(slug: str, name: str) -> Callable[..., Any]:
    path = next(path for path in SCRIPTS if path.stem == slug)
    function: Callable[..., Any] = namespace(path)[name]
    return function


def header(path: Path) -> dict[str, str]:
    """The header's fields in file order, values as they are written."""
    found = HEADER.match(path.read_text("utf-8"))
    assert found, f"{path} does not begin with a header"
    lines = found[1].split("\n")
    return {line.partition(": ")[0]: line.partition(": ")[2] for line in lines}
