from __future__ import annotations

import ast
import json
import re
import sys
from collections import Counter
from pathlib import Path
from uuid import UUID

import pytest

from tests.unit.default_scripts.sources import DEMO, DEMO_SCRIPTS, FIELDS, SCRIPTS, SEEDS, header

by_name = pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)


def test_all_promised_scripts_are_there() -> None:
    assert {path.stem for path in SEEDS} == {
        "hello",
        "mandelbrot",
        "word_table",
        "youtube",
        "vimeo",
        "gallery",
        "photo_archive",
        "tag_cloud",
        "shorten_title",
    }
    assert [path.stem for path in DEMO_SCRIPTS if header(path)["enabled"] == "false"] == [
        "season_card"
    ]


@by_name
def test_header_has_the_ten_fields_in_order(path: Path) -> None:
    fields = header(path)
    assert tuple(fields) == FIELDS
    for key in set(FIELDS) - {"enabled", "version"}:
        assert re.fullmatch(r'"[^"]*"', fields[key]), key
    assert fields["enabled"] in {"true", "false"}
    assert fields["version"] == "1"
    assert fields["createdAt"] == fields["updatedAt"] == '"2026-11-01T09:00:00.000Z"'
    assert fields["slug"] == f'"{path.stem}"'
    assert UUID(fields["id"].strip('"')).version == 4


@by_name
def test_only_a_demo_script_belongs_to_a_project(path: Path) -> None:
    project = json.loads((DEMO / "meta/project.json").read_text("utf-8"))["id"]
    assert header(path)["projectId"] == (f'"{project}"' if path in DEMO_SCRIPTS else '""')


@by_name
def test_kind_fits_entrypoint_and_the_entrypoint_exists(path: Path) -> None:
    fields = header(path)
    kind, entrypoint = fields["kind"].strip('"'), fields["entrypoint"].strip('"')
    tree = ast.parse(path.read_text("utf-8"))
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert kind in {"macro", "utility", "transform"}
    if kind != "utility":
        assert entrypoint == {"macro": "render", "transform": "transform"}[kind]
    # "main" is not a function: it runs the whole file.
    assert (entrypoint in defined) != (entrypoint == "main")


@by_name
def test_a_script_imports_app_and_the_standard_library_only(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    optional = {
        node
        for attempt in ast.walk(tree)
        if isinstance(attempt, ast.Try) and "ImportError" in ast.dump(attempt.handlers[0])
        for node in attempt.body
    }
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import) and node not in optional:
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for name in names:
            assert name.partition(".")[0] in {"app", *sys.stdlib_module_names}


def test_ids_and_slugs_are_unique() -> None:
    for key in ("id", "slug"):
        counts = Counter(header(path)[key] for path in SCRIPTS)
        assert max(counts.values()) == 1
