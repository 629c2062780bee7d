"""Git's history and state with a real git, and without one."""

import os
from pathlib import Path

import pytest

from store import git
from store.git import command, status
from tests import repositories
from tests.repositories import is_running, run_git


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    repositories.alone(monkeypatch)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return repositories.make(tmp_path / "blog", "draft/one")


def evil(repository: Path) -> tuple[Path, Path]:
    """Return a program and the file that it leaves behind when it is run."""
    marker = repository.parent / "ran"
    script = repository.parent / "evil.sh"
    script.write_text(f"#!/bin/sh\necho $0 $@ >> {marker}\ncat\n")
    script.chmod(0o755)
    return script, marker


# The history --------------------------------------------------------------------------------------


async def test_the_history(repository: Path) -> None:
    run_git(repository, "commit", "-q", "--allow-empty", "-m", "first")
    for subject in ("second\n\nbody", "third ü"):
        run_git(
            repository, "commit", "-q", "--allow-empty", "-m", subject, GIT_AUTHOR_NAME="A\x1b[31m"
        )
    found = await git.log(repository / ".", limit=2)
    assert found.problem == ""
    assert [entry.subject for entry in found.entries] == ["third ü", "second"]
    last = found.entries[0]
    assert last.hash == run_git(repository, "rev-parse", "HEAD")
    assert last.hash.startswith(last.short_hash)
    assert last.date == "2026-03-01T10:00:00+01:00"
    assert last.author == "A [31m"
    assert last.sync == "both"


async def test_pages_go_on_where_the_last_one_ended_whatever_is_committed_meanwhile(
    repository: Path,
) -> None:
    for number in range(5):
        repositories.commit(repository, f"c{number}")
    first = await git.log(repository, 2)
    repositories.commit(repository, "meanwhile")
    second = await git.log(repository, 2, rest=first.rest)
    third = await git.log(repository, 2, rest=second.rest)
    pages = [[entry.subject for entry in page.entries] for page in (first, second, third)]
    assert pages == [["c4", "c3"], ["c2", "c1"], ["c0"]]
    assert third.rest is None
    assert (await git.log(repository, 6)).rest is None


async def test_a_folder_that_no_commit_touches_says_so(repository: Path) -> None:
    repositories.commit(repository, "x", {"a": "x"})
    (repository / "new").mkdir()
    found = await git.log(repository / "new")
    assert (found.entries, found.problem) == ((), "No commit touches this folder yet.")


async def test_commits_know_whether_they_are_here_or_there(tmp_path: Path) -> None:
    first, second = repositories.shared(tmp_path)
    repositories.commit(second, "theirs")
    run_git(second, "push", "-q")
    repositories.commit(first, "mine")
    assert [(one.subject, one.sync) for one in (await git.log(first)).entries] == [
        ("mine", "local-only"),
        ("base", "both"),
    ]
    run_git(first, "fetch", "-q")
    assert {one.subject: one.sync for one in (await git.log(first)).entries} == {
        "mine": "local-only",
        "theirs": "remote-only",
        "base": "both",
    }


async def test_a_branch_that_was_never_pushed_is_local_beyond_what_the_remotes_have(
    tmp_path: Path,
) -> None:
    first, _ = repositories.shared(tmp_path)
    run_git(first, "checkout", "-q", "-b", "topic")
    repositories.commit(first, "mine")
    assert [(one.subject, one.sync) for one in (await git.log(first)).entries] == [
        ("mine", "local-only"),
        ("base", "both"),
    ]


async def test_of_a_larger_repository_only_the_folders_history(tmp_path: Path) -> None:
    whole = repositories.make(tmp_path / "whole")
    project = whole / "sites" / "odd [1] *\nname"
    name = project.relative_to(whole).as_posix()
    repositories.commit(whole, "outside", {"readme": "x", "sites/odd 1 x/a": "x"})
    repositories.commit(whole, "inside", {f"{name}/scripts/a.py": "x = 1\n"})
    repositories.commit(whole, "outside again", {"readme": "y"})
    (whole / "readme").write_text("z")
    (project / "scripts/b.py").write_text("b")
    assert [one.subject for one in (await git.log(project)).entries] == ["inside"]
    found = await git.state(project)
    assert [(one.path, one.status) for one in found.changes] == [("scripts/b.py", "untracked")]


async def test_settings_of_the_repository_start_nothing(repository: Path) -> None:
    first = repositories.commit(repository, "x", {"a.txt": "one\n", ".gitattributes": "* diff=d"})
    script, marker = evil(repository)
    for name in (
        "core.fsmonitor", "core.pager", "gpg.program", "diff.external", "diff.d.textconv",
        "diff.d.command", "filter.f.clean", "filter.f.smudge", "filter.f.process",
        "filter.g.h.clean", "core.sshCommand", "core.editor", "core.askPass",
    ):  # fmt: skip
        run_git(repository, "config", name, str(script))
    run_git(repository, "config", "filter.f.required", "true")
    run_git(repository, "config", "log.showSignature", "true")
    repositories.hook(repository, "post-index-change", str(script))
    (repository / ".git/info/attributes").write_text("a.txt filter=f diff=d\nb.txt filter=g.h\n")
    (repository / "a.txt").write_text("two\n")  # of the same size: git has to look into it
    (repository / "b.txt").write_text("new\n")
    assert len((await git.log(repository)).entries) == 1
    assert {one.path for one in (await git.state(repository)).changes} == {"a.txt", "b.txt"}
    shown = await git.show(repository, first)
    assert "+one" in (await git.diff(repository, shown, shown.files[1])).lines
    assert (await git.line_origin(repository, "a.txt", 1, b"one\n")).hash == first
    assert not marker.exists(), marker.read_text()


async def test_a_filter_that_cannot_be_switched_off_is_told(repository: Path) -> None:
    script, marker = evil(repository)
    run_git(repository, "config", "filter.a=b.clean", str(script))
    (repository / ".gitattributes").write_text("* filter=a=b\n")
    trouble = (await git.state(repository)).trouble
    assert trouble is not None
    assert "cannot be switched off" in trouble.words
    assert not marker.exists()


async def test_a_filter_of_the_persons_own_settings_stays_on(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script, marker = evil(repository)
    (tmp_path / "config").write_text(f'[filter "f"]\n\tclean = {script}\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    repositories.commit(repository, "x", {"a.txt": "one\n", ".gitattributes": "a.txt filter=f"})
    (repository / "a.txt").write_text("two\n")
    assert [one.path for one in (await git.state(repository)).changes] == ["a.txt"]
    assert marker.exists()


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
    found = await git.log(repository)
    assert (found.entries, found.problem) == ((), "Git is not installed.")
    trouble = (await git.state(repository)).trouble
    assert trouble is not None
    assert (trouble.kind, trouble.hint[:10]) == ("no-git", "Install it")


async def test_a_repository_of_somebody_else_is_told_with_what_to_do(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    real = run_git(repository, "--exec-path")
    fake.write_text(f'#!/bin/sh\nGIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec "{real}/git" "$@"\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    trouble = (await git.log(repository)).trouble
    assert trouble is not None
    assert trouble.kind == "dubious"
    assert str(trouble) == (
        "The repository belongs to another user, so git does not read it. If you trust it: "
        f"git config --global --add safe.directory {repository}"
    )


# The state ----------------------------------------------------------------------------------------


async def test_the_branch(repository: Path, tmp_path: Path) -> None:
    (repository / "sub").mkdir()
    assert await git.branch(repository) == "draft/one"
    assert await git.branch(repository / "sub") == "draft/one"
    assert await git.branch(tmp_path) is None
    run_git(repository, "commit", "-q", "--allow-empty", "-m", "x")
    run_git(repository, "worktree", "add", "-q", "-b", "other", str(tmp_path / "tree"))
    assert await git.branch(tmp_path / "tree") == "other"
    assert (await git.state(tmp_path / "tree")).branch == "other"
    assert [one.subject for one in (await git.log(tmp_path / "tree")).entries] == ["x"]
    run_git(repository, "checkout", "-q", "--detach")
    assert await git.branch(repository) == run_git(repository, "rev-parse", "HEAD")[:7]
    state = await git.state(repository)
    assert (state.is_detached, state.branch) == (True, await git.branch(repository))


async def test_a_head_that_stands_elsewhere_is_asked_of_git(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status, "read_head", lambda _root: "ref: refs/heads/.invalid")
    assert await git.branch(repository) == "draft/one"


async def test_the_state_tells_upstream_and_distance(tmp_path: Path) -> None:
    first, second = repositories.shared(tmp_path)
    repositories.commit(second, "theirs")
    run_git(second, "push", "-q")
    repositories.commit(first, "mine")
    repositories.commit(first, "mine too")
    run_git(first, "fetch", "-q")
    state = await git.state(first)
    assert (state.branch, state.upstream) == ("main", "origin/main")
    assert (state.ahead, state.behind, state.changes) == (2, 1, ())
    run_git(first, "update-ref", "-d", "refs/remotes/origin/main")
    assert (await git.state(first)).is_upstream_gone
    assert len((await git.log(first)).entries) == 3


async def test_every_kind_of_change_has_its_name(repository: Path) -> None:
    repositories.commit(
        repository,
        "x",
        {name: f"{name}\n" * 9 for name in ("mod", "del", "gone", "old name", "stay", "out")},
    )
    (repository / "mod").write_text("other\n")
    (repository / "del").unlink()
    run_git(repository, "rm", "-q", "gone")
    run_git(repository, "mv", "old name", "new name")
    (repository / "new").write_text("new\n")
    (repository / "added").write_text("added\n")
    run_git(repository, "add", "added")
    run_git(repository, "rm", "-q", "--cached", "out")
    repositories.make(repository / "nested")
    (repository / "nested/file").write_text("x")
    state = await git.state(repository)
    assert {(one.path, one.status, one.previous_path) for one in state.changes} == {
        ("mod", "modified", ""),
        ("del", "deleted", ""),
        ("gone", "deleted", ""),
        ("new name", "renamed", "old name"),
        ("new", "untracked", ""),
        ("added", "staged", ""),
        ("out", "deleted", ""),
        ("nested/", "untracked", ""),
    }
    obstacles = {one.path for one in state.changes if one.obstacle}
    assert obstacles == {"out", "nested/"}


async def test_names_of_any_bytes_are_told(repository: Path) -> None:
    names = [b"a b", b'"quoted"', b"line\nend", b"\xff\xfe", b"-rf", b":(top)x", "ü".encode()]
    for name in names:
        (repository / os.fsdecode(name)).write_bytes(b"x\n")
    state = await git.state(repository)
    assert sorted(os.fsencode(one.path) for one in state.changes) == sorted(names)
    shown = {one.shown for one in state.changes}
    assert {"line end", r"\xff\xfe", "-rf", "ü"} <= shown


async def test_a_submodule_is_not_looked_into(repository: Path, tmp_path: Path) -> None:
    other = repositories.make(tmp_path / "other")
    repositories.commit(other, "x", {"a": "x"})
    run_git(repository, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other))
    repositories.commit(repository, "with a submodule")
    script, marker = evil(repository)
    run_git(repository / "other", "config", "core.fsmonitor", str(script))
    (repository / "other/a").write_text("changed")
    assert (await git.state(repository)).changes == ()
    assert not marker.exists()
    assert await git.branch(repository / "other") == "main"


# Trouble ------------------------------------------------------------------------------------------


async def test_a_git_that_hangs_is_given_up_with_all_it_has_started(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\nsleep 60 &\necho $! > {tmp_path}/child\nwait\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(command, "TIMEOUT_S", 0.3)
    assert (await git.log(repository)).problem == "Git did not answer within 0.3 s."
    child = int((tmp_path / "child").read_text())
    assert not is_running(child)


async def test_an_endless_answer_is_cut(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\nexec yes\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    answer = await command.read(repository, "log", max_bytes=1000)
    assert (answer.code, len(answer.output), answer.is_cut) == (0, 1000, True)
