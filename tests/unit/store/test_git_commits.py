"""Committing with a real git: exactly what is chosen, with the person's hooks, and in words."""

import os
import time
from pathlib import Path

import anyio
import pytest

from store import git
from store.git import commits
from store.git.status import GitChange
from tests import repositories
from tests.holding import until
from tests.repositories import is_running, run_git


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    repositories.alone(monkeypatch)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return repositories.make(tmp_path / "blog")


async def changes(root: Path, *names: str) -> list[GitChange]:
    found = (await git.state(root)).changes
    return [one for one in found if not names or one.path in names]


def status(root: Path) -> str:
    return run_git(root, "status", "--porcelain")


def files(root: Path) -> set[str]:
    """Return the files of the last commit."""
    names = run_git(root, "show", "--format=", "--name-only", "-z", "--no-renames", "HEAD")
    return set(names.strip("\0\n").split("\0"))


async def test_only_what_is_chosen_is_committed_and_the_rest_stays_staged(
    repository: Path,
) -> None:
    repositories.commit(repository, "base", {name: f"{name}\n" for name in "abcde"})
    (repository / "a").write_text("changed\n")
    (repository / "b").write_text("staged\n")
    run_git(repository, "add", "b")
    (repository / "b").write_text("and changed\n")
    (repository / "c").unlink()
    run_git(repository, "mv", "d", "d2")
    (repository / "new").write_text("new\n")
    (repository / "other").write_text("other\n")
    chosen = await changes(repository, "a", "c", "d2", "new")
    done = await git.commit(repository, chosen, "Subject\n\nbody # not a comment\n# kept")
    assert done == git.GitActionResult(
        True, short_hash=run_git(repository, "rev-parse", "--short", "HEAD")
    )
    assert files(repository) == {"a", "c", "d", "d2", "new"}
    assert run_git(repository, "log", "-1", "--format=%B") == (
        "Subject\n\nbody # not a comment\n# kept"
    )
    assert status(repository) == "MM b\n?? other"
    assert run_git(repository, "show", ":b") == "staged"


async def test_the_first_commit(repository: Path) -> None:
    (repository / "a").write_text("a\n")
    (repository / "b").write_text("b\n")
    done = await git.commit(repository, await changes(repository, "a"), "First")
    assert done.success
    assert (files(repository), status(repository)) == ({"a"}, "?? b")


async def test_names_are_taken_as_they_are(repository: Path) -> None:
    names = [b"a b", b'"quoted"', b"line\nend", b"\xff\xfe", b"-rf", b":(top)x", b"*", b"[a]"]
    for name in (*names, b"a", b"x"):
        (repository / os.fsdecode(name)).write_bytes(b"x\n")
    chosen = [one for one in await changes(repository) if os.fsencode(one.path) in names]
    assert (await git.commit(repository, chosen, "x")).success
    assert {os.fsencode(one) for one in files(repository)} == set(names)
    assert status(repository) == "?? a\n?? x"


async def test_a_project_in_a_larger_repository_commits_its_own_files(tmp_path: Path) -> None:
    whole = repositories.make(tmp_path / "whole")
    repositories.commit(whole, "x", {"readme": "x\n", "site/a": "x\n", "a": "x\n"})
    for name in ("readme", "site/a", "a"):
        (whole / name).write_text("changed\n")
    assert (await git.commit(whole / "site", await changes(whole / "site"), "x")).success
    assert files(whole) == {"site/a"}
    assert status(whole) == "M a\n M readme"


async def test_a_former_name_that_is_another_file_now_is_left_alone(repository: Path) -> None:
    repositories.commit(repository, "x", {"old": "1\n2\n3\n"})
    run_git(repository, "mv", "old", "new")
    (repository / "old").write_text("something else\n")
    assert (await git.commit(repository, await changes(repository, "new"), "x")).success
    assert files(repository) == {"new"}
    assert (repository / "old").read_text() == "something else\n"


async def test_a_hook_that_refuses_is_told_and_nothing_stays_staged(repository: Path) -> None:
    repositories.commit(repository, "base", {"a": "a\n"})
    repositories.hook(repository, "pre-commit", "echo out; echo 'no: \033[31mtabs' >&2; exit 1")
    (repository / "a").write_text("changed\n")
    (repository / "new").write_text("new\n")
    before = status(repository)
    done = await git.commit(repository, await changes(repository), "x")
    assert (done.success, done.code) == (False, "action-failed")
    assert done.error == "The commit was refused:\nout\nno: tabs"
    assert done.output == "out\nno: \033[31mtabs\n"
    assert status(repository) == before == "M a\n?? new"


async def test_hooks_run_as_git_would_run_them(repository: Path) -> None:
    repositories.hook(repository, "pre-commit", 'cat; test -z "$GIT_LITERAL_PATHSPECS"; echo ok')
    repositories.hook(repository, "commit-msg", 'echo "Signed-off-by: me" >> "$1"')
    (repository / "a").write_text("a\n")
    done = await git.commit(repository, await changes(repository), "x")
    assert (done.success, done.output) == (True, "ok\n")
    assert run_git(repository, "log", "-1", "--format=%B") == "x\nSigned-off-by: me"


async def test_a_hook_that_writes_a_lot_is_read_to_its_end(repository: Path) -> None:
    repositories.hook(repository, "pre-commit", "yes chatter | head -c 20000000; exit 3")
    (repository / "a").write_text("a\n")
    done = await git.commit(repository, await changes(repository), "x")
    assert not done.success
    assert len(done.output) == 8 * 1024 * 1024
    assert done.error == "The commit was refused:\nchatter\nand many more lines"
    repositories.hook(repository, "pre-commit", "yes chatter | head -c 20000000")
    assert (await git.commit(repository, await changes(repository), "x")).success


async def test_what_a_hook_leaves_running_is_not_waited_for_and_not_ended(
    repository: Path, tmp_path: Path
) -> None:
    script = f"sleep 60 & echo $! > {tmp_path}/child"
    repositories.hook(repository, "post-commit", script)
    (repository / "a").write_text("a\n")
    started = time.monotonic()
    assert (await git.commit(repository, await changes(repository), "x")).success
    assert time.monotonic() - started < 30
    os.kill(int((tmp_path / "child").read_text()), 9)  # it is there


async def test_a_commit_that_hangs_is_given_up_without_leaving_a_lock(repository: Path) -> None:
    repositories.hook(repository, "pre-commit", "sleep 60")
    (repository / "a").write_text("a\n")
    done = await git.commit(repository, await changes(repository), "x", timeout_s=0.5)
    assert done.error == (
        "Git did not answer within 0.5 s; a hook or the signing took too long or waits for an "
        "answer."
    )
    assert not list((repository / ".git").glob("*.lock"))
    assert status(repository) == "?? a"


async def test_a_hook_that_refuses_is_quoted_from_its_beginning(repository: Path) -> None:
    said = [
        *("trim trailing whitespace.....Passed", "", "posts/a.md:3: no title", "=======", ""),
        *("posts/b.md:1: no \033[1mdate\033[0m", "posts/a.md:3: no title", "third", "fourth"),
        *("fifth " + "x" * 300, "sixth", "seventh"),
    ]
    lines = "".join(f"echo '{line}'\n" for line in said)
    repositories.hook(repository, "pre-commit", f"{lines}exit 1")
    (repository / "a").write_text("a\n")
    done = await git.commit(repository, await changes(repository), "x")
    assert done.error.split("\n") == [
        "The commit was refused:",
        *("posts/a.md:3: no title", "posts/b.md:1: no date", "third", "fourth"),
        *(f"fifth {'x' * 194}...", "and 2 more lines"),
    ]
    assert "seventh" in done.output
    assert "Passed" in done.output


async def test_a_cancelled_commit_takes_back_what_it_staged(
    repository: Path, tmp_path: Path
) -> None:
    repositories.hook(repository, "pre-commit", f"echo $$ > {tmp_path}/hook; sleep 60")
    (repository / "a").write_text("a\n")
    chosen = await changes(repository)
    started = time.monotonic()
    async with anyio.create_task_group() as group:
        group.start_soon(git.commit, repository, chosen, "x")
        await until(lambda: (tmp_path / "hook").exists() and (tmp_path / "hook").read_text() != "")
        group.cancel_scope.cancel()
    assert time.monotonic() - started < 30
    assert not is_running(int((tmp_path / "hook").read_text()))
    assert not list((repository / ".git").glob("*.lock"))
    assert status(repository) == "?? a"


async def test_who_commits_must_be_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = repositories.make(tmp_path / "blog", has_identity=False)
    monkeypatch.delenv("EMAIL", raising=False)
    problem = await git.identity_problem(root)
    assert problem is not None
    assert problem.error == "Git does not know who you are."
    assert problem.guidance == (
        'git config --global user.name "Your Name"',
        "git config --global user.email you@example.org",
    )
    run_git(root, "config", "user.name", "Ann")
    assert await git.identity_problem(root) is not None
    run_git(root, "config", "user.email", "ann@example.org")
    assert await git.identity_problem(root) is None


async def test_a_merge_that_is_not_finished_is_told(repository: Path) -> None:
    repositories.commit(repository, "base", {"a": "1\n", "b": "1\n"})
    run_git(repository, "checkout", "-q", "-b", "side")
    repositories.commit(repository, "side", {"a": "2\n"})
    run_git(repository, "checkout", "-q", "main")
    repositories.commit(repository, "main", {"b": "2\n"})
    run_git(repository, "merge", "-q", "--no-commit", "--no-ff", "side")
    done = await git.commit(repository, await changes(repository), "x")
    assert (done.success, done.code) == (False, "conflict")
    assert "merge is not finished" in done.error
    assert "git commit" in done.guidance[0]


async def test_conflicts_cannot_be_committed(repository: Path) -> None:
    repositories.commit(repository, "base", {"a": "1\n", "b": "1\n"})
    run_git(repository, "checkout", "-q", "-b", "side")
    repositories.commit(repository, "side", {"a": "2\n"})
    run_git(repository, "checkout", "-q", "main")
    repositories.commit(repository, "main", {"a": "3\n"})
    with pytest.raises(AssertionError):
        run_git(repository, "merge", "-q", "side")
    (repository / "b").write_text("2\n")
    found = await changes(repository)
    assert {(one.path, one.status, bool(one.obstacle)) for one in found} == {
        ("a", "conflict", True),
        ("b", "modified", False),
    }
    assert (await git.commit(repository, found, "x")).code == "conflict"


async def test_another_git_at_work_is_told(repository: Path) -> None:
    (repository / "a").write_text("a\n")
    chosen = await changes(repository)
    (repository / ".git/index.lock").touch()
    done = await git.commit(repository, chosen, "x")
    assert done.error == "Another git is at work in this repository."
    assert "index.lock" in done.output


async def test_a_commit_that_cannot_be_signed_is_told(repository: Path, tmp_path: Path) -> None:
    program = tmp_path / "gpg"
    program.write_text("#!/bin/sh\necho 'no pinentry' >&2\nexit 2\n")
    program.chmod(0o755)
    run_git(repository, "config", "commit.gpgSign", "true")
    run_git(repository, "config", "gpg.program", str(program))
    (repository / "a").write_text("a\n")
    done = await git.commit(repository, await changes(repository), "x")
    assert done.error == "The commit could not be signed."
    assert "failed to sign" in done.output
    assert status(repository) == "?? a"


async def test_what_cannot_be_a_commit_is_said_before_git_is_asked(repository: Path) -> None:
    (repository / "a").write_text("a\n")
    chosen = await changes(repository)
    assert "needs a message" in (await git.commit(repository, chosen, " \n")).error
    assert "longer than" in (await git.commit(repository, chosen, "x" * 100_001)).error
    assert "Nothing is selected" in (await git.commit(repository, [], "x")).error
    assert (await git.commit(repository, chosen, "x" * 100_000)).success
    again = await git.commit(repository, [GitChange("a", "modified")], "x")
    assert again.error == "Nothing to commit: these files are as in the last commit."


async def test_a_repository_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await git.init(tmp_path)).success
    state = await git.state(tmp_path)
    assert (state.trouble, state.has_commits, state.changes) == (None, False, ())
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (await git.init(tmp_path)).error == "Git is not installed."
    assert commits.COMMIT_TIMEOUT_S > 60


async def test_a_gitignore_is_written_if_asked_and_never_over_one(tmp_path: Path) -> None:
    for name in ("html/index.html", "thumbnails/a.webp", "scripts/__pycache__/a.pyc", "a.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert (await git.init(tmp_path, with_ignore=True)).success
    assert {one.path for one in (await git.state(tmp_path)).changes} == {".gitignore", "a.py"}
    (tmp_path / ".gitignore").write_text("mine\n")
    assert (await git.init(tmp_path, with_ignore=True)).success
    assert (tmp_path / ".gitignore").read_text() == "mine\n"
