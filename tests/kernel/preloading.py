"""A library of the tests' own that kernels import before they are locked down."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.kernel import sandbox, spawn


@contextmanager
def preloading(patch: pytest.MonkeyPatch, folder: Path, source: str) -> Iterator[None]:
    """Have every kernel that starts meanwhile import a module `preloaded` of that source."""
    (folder / "preloaded.py").write_text(source)
    folders = [*sandbox.import_folders(), str(folder)]
    with patch.context() as inner:
        inner.setattr(sandbox, "PRELOADED", ("preloaded",))
        inner.setattr(spawn, "import_folders", lambda: folders)
        inner.setattr(sys, "path", [*sys.path, str(folder)])
        sandbox.policy.cache_clear()
        try:
            yield
        finally:
            sandbox.policy.cache_clear()
