"""The project that sessions work on."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.project import init_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one script without header."""
    root = tmp_path / "blog"
    init_project(root, name="Blog")
    (root / "scripts" / "work.py").write_text('print("at work")\n')
    return root
