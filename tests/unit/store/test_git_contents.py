"""What commits hold, and where lines come from, with a real git."""

import os
from pathlib import Path

import pytest

from store import git
from store.git import contents
from tests import repositories
from tests.repositories import run_git


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    repositories.alone(monkeypatch)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return repositories.make(tmp_path / "blog")


# A commit -----------------------------------------------------------------------------------------


async def test_a_commit_tells_its_message_and_files_with_counts(repository: Path) -> None:
    long = "".join(f"line {number}\n" for number in range(20))
    repositories.commit(
        repository, "base", {"mod": "1\n2\n3\n", "del": "x\n", "old name": long, "pic": b"\0\1"}
    )
    (repository / "del").unlink()
    (repository / "old name").rename(repository / "new\nname")
    (repository / "pic").write_bytes(b"\0\2\3")
    commit = repositories.commit(
        repository,
        "Subject \x1b[31m\n\nBody\tone\ntwo",
        {"mod": "1\nzwei\n3\n4\n", "new": "n\n", os.fsdecode(b"\xff"): "f\n"},
    )
    found = await git.show(repository, commit)
    assert found.hash == commit
    assert (found.author, found.email) == ("Ann", "ann@example.org")
    assert found.message == ("Subject  [31m", "", "Body    one", "two")
    files = {one.shown: (one.status, one.added, one.removed) for one in found.files}
    assert files == {
        "mod": ("modified", 2, 1),
        "del": ("deleted", 0, 1),
        "old name -> new name": ("renamed", 0, 0),
        "pic": ("modified", None, None),
        "new": ("added", 1, 0),
        r"\xff": ("added", 1, 0),
    }
    diffs = {one.shown: (await git.diff(repository, found, one)).lines for one in found.files}
    assert diffs["mod"] == ("@@ -1,3 +1,4 @@", " 1", "-2", "+zwei", " 3", "+4")
    assert diffs["pic"] == ("Binary files a/pic and b/pic differ",)
    assert diffs["old name -> new name"] == (
        "similarity index 100%",
        "rename from old name",
        'rename to "new\\nname"',
    )
    assert diffs[r"\xff"][-1] == "+f"


async def test_the_first_commit_and_a_merge_are_told(repository: Path) -> None:
    first = repositories.commit(repository, "first", {"a": "1\n"})
    run_git(repository, "checkout", "-q", "-b", "side")
    repositories.commit(repository, "side", {"b": "1\n"})
    run_git(repository, "checkout", "-q", "main")
    repositories.commit(repository, "main", {"c": "1\n"})
    run_git(repository, "merge", "-q", "--no-edit", "side")
    found = await git.show(repository, first)
    assert [(one.path, one.status) for one in found.files] == [("a", "added")]
    merge = await git.show(repository, run_git(repository, "rev-parse", "HEAD"))
    assert len(merge.parents) == 2
    assert [(one.path, one.status) for one in merge.files] == [("b", "added")]


async def test_of_a_larger_repository_only_files_of_the_folder(tmp_path: Path) -> None:
    whole = repositories.make(tmp_path / "whole")
    commit = repositories.commit(whole, "x", {"readme": "x", "sites/[b]/scripts/a.py": "x = 1\n"})
    project = whole / "sites" / "[b]"
    found = await git.show(project, commit)
    assert [one.path for one in found.files] == ["sites/[b]/scripts/a.py"]
    assert (await git.diff(project, found, found.files[0])).lines[-1] == "+x = 1"
    assert (await git.line_origin(project, "scripts/a.py", 1, b"x = 1\n")).hash == commit


async def test_a_diff_steers_no_terminal_and_is_cut(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "\ttab\x1b]0;evil\x07\n" + "crlf\r\n" + "x" * 5000 + "\n" + "--- not a head\n"
    commit = repositories.commit(repository, "x", {"a": text})
    found = await git.show(repository, commit)
    lines = (await git.diff(repository, found, found.files[0])).lines
    assert lines[2:4] == ("+    tab ]0;evil ", "+crlf^M")
    assert lines[4] == "+" + "x" * contents.MAX_LINE_CHARS + "…"
    assert lines[5] == "+--- not a head"
    monkeypatch.setattr(contents, "MAX_DIFF_BYTES", 300)
    cut = await git.diff(repository, found, found.files[0])
    assert cut.is_cut
    assert cut.lines[-1] == "+crlf^M"


async def test_no_commit_is_told_in_words(repository: Path, tmp_path: Path) -> None:
    repositories.commit(repository, "x")
    with pytest.raises(git.GitError, match="--help is no commit"):
        await git.show(repository, "--help")
    with pytest.raises(git.GitError, match="Bad object"):
        await git.show(repository, "0" * 39 + "1")
    with pytest.raises(git.GitError, match="not in a git repository"):
        await git.show(tmp_path, "abcd")


# Blame --------------------------------------------------------------------------------------------


async def test_a_line_knows_its_commit_through_text_that_is_not_saved(repository: Path) -> None:
    first = repositories.commit(repository, "one \x1b", {"-a b.py": "1\n2\n3\n"})
    second = repositories.commit(repository, "two", {"-a b.py": "1\nzwei\n3\n"})
    now = b"new\n1\nzwei\nnew\n3\n"
    found = [await git.line_origin(repository, "-a b.py", line, now) for line in range(1, 7)]
    assert [one.hash for one in found] == ["", first, second, "", first, ""]
    assert [one.is_committed for one in found] == [False, True, True, False, True, False]
    assert (found[1].author, found[1].date) == ("Ann", "2026-03-01T10:00:00+01:00")
    assert (found[1].summary, found[2].summary) == ("one", "two")
    assert found[1].short_hash == first[:7]


async def test_a_file_that_git_does_not_know_has_no_commits(repository: Path) -> None:
    (repository / "a.py").write_text("1\n")
    assert not (await git.line_origin(repository, "a.py", 1, b"1\n")).is_committed
    repositories.commit(repository, "x")
    assert not (await git.line_origin(repository, "a.py", 1, b"1\n")).is_committed


async def test_what_is_no_repository_is_told(tmp_path: Path) -> None:
    with pytest.raises(git.GitError, match="not in a git repository"):
        await git.line_origin(tmp_path, "a.py", 1, b"1\n")


async def test_a_list_of_commits_to_skip_that_is_not_there_is_told(repository: Path) -> None:
    repositories.commit(repository, "x", {"a.py": "1\n"})
    run_git(repository, "config", "blame.ignoreRevsFile", ".skip")
    with pytest.raises(git.GitError, match=r"\.skip: the list .* blame\.ignoreRevsFile names it"):
        await git.line_origin(repository, "a.py", 1, b"1\n")
