"""Real git repositories for tests, with nothing of the person's own settings."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ANN = {"user.name": "Ann", "user.email": "ann@example.org"}


def run_git(root: Path, *arguments: str, **environment: str) -> str:
    """Run git as a person without settings would; what fails, fails the test."""
    done = subprocess.run(
        ["git", "-C", str(root), *arguments],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(root),
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Ann",
            "GIT_AUTHOR_EMAIL": "ann@example.org",
            "GIT_COMMITTER_NAME": "Ann",
            "GIT_COMMITTER_EMAIL": "ann@example.org",
            "GIT_AUTHOR_DATE": "2026-03-01T10:00:00+01:00",
            "GIT_COMMITTER_DATE": "2026-03-01T10:00:00+01:00",
            **environment,
        },
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout.decode(errors="surrogateescape").strip()


def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of this machine away from the git that is tested."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


def make(root: Path, branch: str = "main", *, has_identity: bool = True) -> Path:
    """Make a repository."""
    root.mkdir(parents=True, exist_ok=True)
    run_git(root, "init", "-q", "-b", branch)
    if has_identity:
        for name, value in ANN.items():
            run_git(root, "config", name, value)
    return root


def commit(root: Path, subject: str, files: dict[str, str | bytes] | None = None) -> str:
    """Write files and commit them; returns the hash."""
    for name, text in (files or {}).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    if files:
        run_git(root, "add", "-A")
    run_git(root, "commit", "-q", "--allow-empty", "-m", subject)
    return run_git(root, "rev-parse", "HEAD")


def many_commits(root: Path, count: int) -> None:
    """Give a repository without commits a long history."""
    stream = "".join(
        f"commit refs/heads/main\ncommitter A <a@b> {1_700_000_000 + number} +0000\n"
        f"data {len(str(number))}\n{number}\n"
        for number in range(count)
    )
    subprocess.run(["git", "-C", root, "fast-import", "--quiet"], input=stream.encode(), check=True)


def clone(remote: Path, target: Path) -> Path:
    """Clone a repository, with an identity."""
    target.parent.mkdir(parents=True, exist_ok=True)
    run_git(target.parent, "clone", "-q", str(remote), str(target))
    for name, value in ANN.items():
        run_git(target, "config", name, value)
    return target


def shared(folder: Path) -> tuple[Path, Path]:
    """Make a bare remote with two clones of it, which have one commit in common."""
    remote = folder / "remote.git"
    remote.mkdir(parents=True)
    run_git(remote, "init", "-q", "--bare", "-b", "main")
    first = clone(remote, folder / "first")
    commit(first, "base", {"base.txt": "base\n"})
    run_git(first, "push", "-q", "-u", "origin", "HEAD:main")
    return first, clone(remote, folder / "second")


def hook(root: Path, name: str, script: str) -> None:
    """Put a hook there."""
    path = root / ".git" / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def is_running(pid: int) -> bool:
    """Tell whether a process has not ended; one that only waits to be collected has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
