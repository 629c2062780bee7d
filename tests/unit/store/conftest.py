"""Projects on disk for the tests of the store."""

import json
from pathlib import Path

import pytest

from store.project import Project, open_project

PROJECT_ID = "6a1f0c3e-0000-4000-8000-000000000001"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """An empty project; its state folder lies in the test's folder too."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    root = tmp_path / "blog"
    for part in ("meta", "posts", "media", "scripts"):
        (root / part).mkdir(parents=True)
    settings = {"id": PROJECT_ID, "name": "Blog"}
    (root / "meta" / "project.json").write_text(json.dumps(settings))
    return open_project(root)


def put(project: Project, relative: str, text: str | bytes) -> Path:
    """Write a file as another program would."""
    path = project.root / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def script_text(slug: str, *, kind: str = "macro", body: str = "x = 1\n", **more: str) -> str:
    """Write a script's text as the origin does."""
    fields = {
        "id": f'"id-{slug}"',
        "projectId": f'"{PROJECT_ID}"',
        "slug": f'"{slug}"',
        "title": f'"{slug.title()}"',
        "kind": f'"{kind}"',
        "entrypoint": '"render"',
        "enabled": "true",
        "version": "3",
        "createdAt": '"2026-02-23T19:54:58.000Z"',
        "updatedAt": '"2026-03-02T20:30:14.453Z"',
    } | more
    lines = "".join(f"{key}: {value}\n" for key, value in fields.items())
    return f'"""\n---\n{lines}---\n"""\n{body}'
