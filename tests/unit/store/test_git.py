"""Git's history with a real git, and without one."""

import os
import subprocess
from pathlib import Path

import pytest

from store import git


def run_git(root: Path, *arguments: str) -> str:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(root),
        "GIT_AUTHOR_NAME": "Ann\x1b[31m",
        "GIT_AUTHOR_EMAIL": "ann@example.org",
        "GIT_COMMITTER_NAME": "Ann",
        "GIT_COMMITTER_EMAIL": "ann@example.org",
        "GIT_AUTHOR_DATE": "2026-03-01T10:00:00+01:00",
    }
    done = subprocess.run(
        ["git", "-C", str(root), *arguments], env=environment, capture_output=True, check=True
    )
    return done.stdout.decode().strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "blog"
    root.mkdir()
    run_git(root, "init", "-q", "-b", "draft/one")
    return root


async def test_the_history(repository: Path) -> None:
    for subject in ("first", "second\n\nbody", "third ü"):
        run_git(repository, "commit", "-q", "--allow-empty", "-m", subject)
    found = await git.log(repository / ".", limit=2)
    assert found.problem == ""
    assert [entry.subject for entry in found.entries] == ["third ü", "second"]
    last = found.entries[0]
    assert last.hash == run_git(repository, "rev-parse", "HEAD")
    assert last.hash.startswith(last.short_hash)
    assert last.date == "2026-03-01T10:00:00+01:00"
    assert last.author == "Ann [31m"


async def test_settings_of_the_repository_start_nothing(repository: Path) -> None:
    run_git(repository, "commit", "-q", "--allow-empty", "-m", "x")
    marker = repository.parent / "ran"
    script = repository.parent / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {marker}\n")
    script.chmod(0o755)
    for name in ("core.fsmonitor", "core.pager", "gpg.program", "diff.external"):
        run_git(repository, "config", name, str(script))
    run_git(repository, "config", "log.showSignature", "true")
    assert len((await git.log(repository)).entries) == 1
    assert not marker.exists()


async def test_no_history_is_said_in_words(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await git.log(repository)).problem == "There are no commits yet."
    outside = tmp_path / "outside"
    outside.mkdir()
    monkeypatch.setenv("GIT_DIR", str(repository / ".git"))  # as inside of a hook
    assert (await git.log(outside)).problem == "This folder is not in a git repository."
    assert (await git.log(tmp_path / "gone")).problem.startswith("Cannot change to")
    monkeypatch.setenv("PATH", str(outside))
    assert await git.log(repository) == git.GitLog((), "Git is not installed.")


async def test_the_branch(repository: Path, tmp_path: Path) -> None:
    (repository / "sub").mkdir()
    assert await git.branch(repository) == "draft/one"
    assert await git.branch(repository / "sub") == "draft/one"
    assert await git.branch(tmp_path) is None
    run_git(repository, "commit", "-q", "--allow-empty", "-m", "x")
    run_git(repository, "worktree", "add", "-q", "-b", "other", str(tmp_path / "tree"))
    assert await git.branch(tmp_path / "tree") == "other"
    run_git(repository, "checkout", "-q", "--detach")
    assert await git.branch(repository) == run_git(repository, "rev-parse", "HEAD")[:7]


async def test_a_head_that_stands_elsewhere_is_asked_of_git(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git, "_read_head", lambda _root: "ref: refs/heads/.invalid")
    assert await git.branch(repository) == "draft/one"


async def test_a_git_that_hangs_is_given_up(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\nexec sleep 60\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(git, "_TIMEOUT_S", 0.2)
    assert (await git.log(repository)).problem == "Git did not answer within 0.2 s."
