"""The manifest of the default scripts knows each as it is now."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from store.default_manifest import body_digest, default_bodies, read_manifest

ROOT = Path(__file__).parents[2]
MANIFEST = "default_scripts/manifest.json"


@pytest.mark.parametrize("name", sorted(default_bodies()))
def test_a_default_scripts_newest_version_is_the_one_that_is_there(name: str) -> None:
    newest = read_manifest().newest(name)
    assert body_digest(default_bodies()[name]) == newest, f"{name}.py changed: run `make manifest`"


def test_digests_are_digests_and_each_is_there_once() -> None:
    for name, history in read_manifest().histories.items():
        assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in history), name
        assert len(set(history)) == len(history), name


def test_no_version_that_was_ever_committed_is_forgotten() -> None:
    """Else a project that has it would count as changed by its person."""
    log = ["git", "log", "--format=%H", "--", MANIFEST]
    done = subprocess.run(log, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0 or not done.stdout:
        pytest.skip("no history here")
    now = read_manifest().histories
    for commit in done.stdout.split():
        show = ["git", "show", f"{commit}:{MANIFEST}"]
        then = subprocess.run(show, cwd=ROOT, capture_output=True, text=True, check=False)
        if then.returncode == 0:  # else it was deleted in that commit
            for name, history in json.loads(then.stdout).items():
                assert set(history) <= set(now.get(name, ())), f"{name}: {commit}"
