"""Git from the keyboard: the Git Log tab, a commit, committing, and where lines come from."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from store import git
from store.git.contents import MAX_FILES
from tests import repositories
from tests.contract.test_keys import ARRIVES, keys_of, own_bindings
from tests.repositories import run_git
from tests.ui.conftest import Driver, OpenApp, settled
from tui.actions import ACTIONS
from tui.app import InkstandApp
from tui.panel.git_log_view import GitLogView
from tui.screens.commit import ChangeList, CommitScreen
from tui.screens.commit_view import CommitViewScreen
from tui.screens.diff_view import PAGE_LINES, DiffView
from tui.screens.questions import QuestionScreen
from tui.theme import SIXTEEN_COLOURS

Compare = Callable[..., bool]
SMALL = (80, 24)


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    repositories.alone(monkeypatch)


@pytest.fixture
def repository(demo: Path) -> Path:
    """The demo project as a repository with one commit of everything."""
    repositories.make(demo)
    repositories.commit(
        demo, "All of it", {"scripts/hello.py": (demo / "scripts/hello.py").read_text()}
    )
    return demo


def rows(view: OptionList) -> list[str]:
    return [str(option.prompt) for option in view.options]


def log_rows(app: Driver) -> list[str]:
    return rows(app.screen.panel.git_log)


def head(app: Driver) -> str:
    return app.screen.panel.git_log.border_title or ""


async def form(app: Driver) -> CommitScreen:
    await app.until(lambda: isinstance(app.app.screen, CommitScreen))
    return cast("CommitScreen", app.app.screen)


async def shown_commit(app: Driver) -> CommitViewScreen:
    await app.until(lambda: isinstance(app.app.screen, CommitViewScreen))
    return cast("CommitViewScreen", app.app.screen)


def diff_text(screen: CommitViewScreen) -> str:
    return screen.query_one(DiffView).text


# The tab ------------------------------------------------------------------------------------------


async def test_the_tab_tells_branch_changes_and_commits(
    open_app: OpenApp, repository: Path
) -> None:
    repositories.commit(repository, "Second \x1b[31mred")
    (repository / "posts/new.md").write_text("x")
    async with open_app() as app:
        await app.press("f3")
        await app.settle()
        assert "main" in head(app)
        assert ", no upstream" in head(app)
        assert "1 changed file" in head(app)
        assert ["Second  [31mred" in row or "All of it" in row for row in log_rows(app)] == [
            True
        ] * 2
        assert "\x1b" not in "".join(log_rows(app))


async def test_commits_that_are_here_or_there_only_are_marked(
    open_app: OpenApp, demo: Path, tmp_path: Path
) -> None:
    repositories.make(demo)
    repositories.commit(demo, "base", {"a.txt": "a"})
    run_git(tmp_path, "clone", "-q", "--bare", str(demo), str(tmp_path / "remote.git"))
    other = repositories.clone(tmp_path / "remote.git", tmp_path / "other")
    repositories.commit(other, "theirs")
    run_git(other, "push", "-q")
    run_git(demo, "remote", "add", "origin", str(tmp_path / "remote.git"))
    run_git(demo, "fetch", "-q")
    run_git(demo, "branch", "-q", "-u", "origin/main")
    repositories.commit(demo, "mine")
    async with open_app() as app:
        await app.press("f3")
        await app.settle()
        marks = {row.split("  ")[0].split(" ", 3)[3]: row[0] for row in log_rows(app)[:2]}
        assert marks == {"mine": "↑", "theirs": "↓"}
        assert log_rows(app)[2].startswith("  ")
        assert "origin/main  ↑1  ↓1" in head(app)


async def test_the_next_page_comes_before_the_end_and_the_cursor_stays(
    open_app: OpenApp, demo: Path
) -> None:
    repositories.make(demo)
    repositories.many_commits(demo, 250)
    async with open_app() as app:
        await app.press("f3")
        await app.settle()
        view = app.screen.panel.git_log
        assert (view.count, view.highlighted) == (100, 0)
        view.highlighted = 85
        await app.pilot.pause()
        await app.settle()
        assert (view.count, view.highlighted) == (200, 85)
        view.highlighted = 190
        await app.pilot.pause()
        await app.settle()
        assert (view.count, view.highlighted) == (250, 190)
        repositories.commit(demo, "on top")
        await app.press("r")
        await app.settle()
        assert (view.count, view.highlighted) == (250, 191)


async def test_it_is_read_anew_whenever_it_is_shown(open_app: OpenApp, repository: Path) -> None:
    async with open_app() as app:
        await app.press("f3")
        await app.settle()
        assert len(log_rows(app)) == 1
        await app.press("f4")
        repositories.commit(repository, "meanwhile")
        await app.press("f3")
        await app.settle()
        assert "meanwhile" in log_rows(app)[0]
        await app.press("f4")
        repositories.commit(repository, "by a click")
        app.screen.panel.bring_to_front("git_log")
        await app.until(lambda: "by a click" in log_rows(app)[0])
        await app.press("f4", "f3", "f3")
        assert not app.screen.panel.git_log.has_focus
        run_git(repository, "checkout", "-q", "-b", "topic")
        await app.press("f3")
        await app.settle()
        assert app.screen.status.branch == "topic"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Each time that git was asked how a folder stands."""
    asked: list[Path] = []

    async def counting(root: Path) -> git.GitState:
        asked.append(root)
        return await git.status.state(root)

    monkeypatch.setattr(git, "state", counting)
    return asked


async def test_the_count_of_changed_files_follows_them_while_the_tab_is_shown(
    open_app: OpenApp, repository: Path, asked: list[Path]
) -> None:
    async with open_app() as app:
        await app.press("f3")
        await app.settle()
        assert "changed" not in head(app)
        asked.clear()
        for number in range(30):
            (repository / f"posts/new{number}.md").write_text("x")
        await app.until(lambda: "30 changed files" in head(app))
        await app.settle()
        assert len(asked) < 10, "not once for each file"
        for number in range(29):
            (repository / f"posts/new{number}.md").unlink()
        await app.until(lambda: "1 changed file," in head(app))


async def test_git_is_not_asked_about_changed_files_while_the_tab_is_hidden(
    open_app: OpenApp, repository: Path, asked: list[Path]
) -> None:
    async with open_app() as app:
        await app.press("f3")
        await app.settle()
        await app.press("f4")
        asked.clear()
        (repository / "scripts/late.py").write_text("print('late')\n")
        await app.until(lambda: "late" in {row.slug for row in app.screen.script_rows})
        git_flow = app.screen._git
        assert git_flow is not None
        assert git_flow._timer is None
        assert asked == []
        await app.press("f3")
        await app.until(lambda: "1 changed file," in head(app))


async def test_what_changed_unseen_while_git_was_asked_is_seen_when_the_tab_is_shown_again(
    open_app: OpenApp, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_answer = asyncio.Event()
    may_answer.set()

    async def slow(root: Path) -> git.GitState:
        state = await git.status.state(root)
        await may_answer.wait()
        return state

    monkeypatch.setattr(git, "state", slow)
    async with open_app() as app:
        may_answer.clear()
        await app.press("f3", "f4")
        (repository / "scripts/late.py").write_text("print('late')\n")
        await app.until(lambda: "late" in {row.slug for row in app.screen.script_rows})
        await app.press("f3")
        may_answer.set()
        await app.until(lambda: "1 changed file," in head(app))


async def test_a_project_without_a_repository_gets_one_after_asking(
    open_app: OpenApp, demo: Path
) -> None:
    async with open_app() as app:
        await app.press("f3")
        await app.settle()
        assert log_rows(app) == [
            "This folder is not in a git repository.",
            "Press i to make one here (git init).",
        ]
        await app.press("i")
        await app.until(lambda: isinstance(app.app.screen, QuestionScreen))
        await app.press("escape")
        await app.settle()
        assert not (demo / ".git").exists()
        await app.press("i")
        await app.until(lambda: isinstance(app.app.screen, QuestionScreen))
        await app.press("right", "enter")
        await app.settle()
        assert "/html/" in (demo / ".gitignore").read_text()
        assert log_rows(app) == ["There are no commits yet.", "Press c to make the first one."]
        assert ", no commits yet" in head(app)
        await app.press("i")
        await app.settle()
        assert "already" in app.toasts


async def test_without_git_the_tab_says_what_to_do(
    open_app: OpenApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_app("hello") as app:
        monkeypatch.setenv("PATH", str(tmp_path))
        await app.press("f3")
        await app.settle()
        assert log_rows(app)[0] == "Git is not installed."
        assert log_rows(app)[1].startswith("Install it")
        for key in ("alt+c", "alt+g", "i"):
            app.app.clear_notifications()
            await app.press(key)
            await app.settle()
            assert "Git is not installed." in app.toasts, key


# A commit -----------------------------------------------------------------------------------------


async def test_enter_shows_a_commits_files_and_the_diff_of_each(
    open_app: OpenApp, repository: Path
) -> None:
    (repository / "media/pic.png").write_bytes(b"\0\1\2")
    repositories.commit(
        repository,
        "Two files \x1b[31m\n\nand why",
        {"posts/a [b].md": "one\n\x1b]0;evil\x07\n", "posts/b.md": "b\n"},
    )
    async with open_app() as app:
        await app.press("f3")
        await app.settle()
        for _ in range(2):  # keys of one packet
            app.screen.panel.git_log.action_show_commit()
        screen = await shown_commit(app)
        await app.until(lambda: "@@" in diff_text(screen) or "binary" in diff_text(screen))
        await app.settle()
        assert len(app.app.screen_stack) == 3
        files = screen.query_one("#files", OptionList)
        assert rows(files) == [
            "Message",
            "A      binary  media/pic.png",
            "A    +2    -0  posts/a [b].md",
            "A    +1    -0  posts/b.md",
        ]
        assert diff_text(screen) == "media/pic.png is a binary file."
        facts = str(screen.query_one("#head", Static).render())
        assert "Ann <ann@example.org>" in facts
        assert "Two files [31m" in facts.replace("  ", " ")
        await app.press("down")
        await app.until(lambda: "+one" in diff_text(screen))
        assert "+ ]0;evil " in diff_text(screen)
        await app.press("up", "up")
        assert diff_text(screen).endswith("and why")
        await app.press("enter")
        assert screen.query_one(DiffView).has_focus
        await app.press("escape")
        assert files.has_focus
        await app.press("escape")
        assert app.app.screen is app.screen
        assert app.screen.panel.git_log.has_focus


async def test_of_very_many_files_the_list_says_at_its_end_how_many_there_are_more(
    open_app: OpenApp, repository: Path
) -> None:
    more: dict[str, str | bytes] = {f"many/{n}.txt": "x" for n in range(MAX_FILES + 7)}
    repositories.commit(repository, "A subject that takes two lines " * 4, more)
    async with open_app() as app:
        await app.press("f3")
        await app.settle()
        await app.press("home", "enter")
        screen = await shown_commit(app)
        files = screen.query_one("#files", OptionList)
        assert len(files.options) == MAX_FILES + 1
        await app.press("end")
        await app.settle()
        assert files.highlighted == MAX_FILES
        assert rows(files)[-1] == "... 7 more"
        assert "git show --stat " in diff_text(screen)


async def test_a_long_diff_is_shown_a_piece_at_a_time(open_app: OpenApp, repository: Path) -> None:
    text = "".join(f"line {number}\n" for number in range(PAGE_LINES * 2))
    repositories.commit(repository, "long", {"a.txt": text})
    async with open_app() as app:
        await app.press("f3")
        await app.settle()
        await app.press("enter")
        screen = await shown_commit(app)
        await app.until(lambda: "+line 0" in diff_text(screen))
        view = screen.query_one(DiffView)
        left = 2 + PAGE_LINES * 2 - PAGE_LINES
        assert diff_text(screen).endswith(f"... {left:,} more lines; Enter shows the next 2,000.")
        await app.press("tab", "end", "enter")
        assert view.virtual_size.height == PAGE_LINES * 2 + 1
        await app.press("enter")
        assert diff_text(screen).endswith(f"+line {PAGE_LINES * 2 - 1}")


# Committing ---------------------------------------------------------------------------------------


async def test_the_chosen_files_are_committed_and_the_log_follows(
    open_app: OpenApp, repository: Path
) -> None:
    for name in ("a [x].md", "b.md", "c.md"):
        (repository / "posts" / name).write_text("x\n")
    async with open_app("hello") as app:
        await app.press("f3")
        await app.settle()
        await app.press("alt+c")
        screen = await form(app)
        assert rows(screen.query_one(ChangeList)) == [
            "[x] new       posts/a [x].md",
            "[x] new       posts/b.md",
            "[x] new       posts/c.md",
        ]
        await app.press("enter")
        assert "subject is needed" in str(screen.query_one("#complaint", Static).render())
        await app.type("Two posts")
        await app.press("shift+tab", "down", "space")
        assert rows(screen.query_one(ChangeList))[1].startswith("[ ] new")
        await app.press("tab", "tab")
        await app.type("with a body\nof two lines")
        await app.press("ctrl+s")
        await app.settle()
        short = run_git(repository, "rev-parse", "--short", "HEAD")
        assert f"Committed 2 files as {short}: Two posts" in app.toasts
        assert run_git(repository, "log", "-1", "--format=%B") == (
            "Two posts\n\nwith a body\nof two lines"
        )
        assert run_git(repository, "status", "--porcelain") == "?? posts/b.md"
        assert "Two posts" in log_rows(app)[0]
        assert "1 changed file" in head(app)
        assert "completed" in str(app.screen.panel.tasks.get_option_at_index(0).prompt)


async def test_all_or_none_can_be_selected_at_once(open_app: OpenApp, repository: Path) -> None:
    for name in ("a.md", "b.md"):
        (repository / "posts" / name).write_text("x\n")
    async with open_app() as app:
        await app.press("f3")
        await app.settle()
        await app.press("c")
        screen = await form(app)
        await app.type("Subject")
        await app.press("shift+tab", "a", "ctrl+s")
        assert "Select a file" in str(screen.query_one("#complaint", Static).render())
        await app.press("a")
        assert screen.query_one(ChangeList).selected == {"posts/a.md", "posts/b.md"}
        await app.press("escape")
        await app.settle()
        assert "?? posts/a.md" in run_git(repository, "status", "--porcelain")


async def test_what_was_typed_is_there_again(open_app: OpenApp, repository: Path) -> None:
    for name in ("a.md", "b.md"):
        (repository / "posts" / name).write_text("x\n")
    async with open_app() as app:
        await app.pilot.press("alt+c", "alt+c")
        screen = await form(app)
        await app.type("Half")
        await app.press("shift+tab", "space", "escape")
        await app.settle()
        await app.press("alt+c")
        screen = await form(app)
        assert screen.query_one(Input).value == "Half"
        assert screen.query_one(ChangeList).selected == {"posts/b.md"}
        await app.press("escape")
        await app.settle()


async def test_unsaved_text_is_warned_about(open_app: OpenApp, repository: Path) -> None:
    async with open_app("hello") as app:
        await app.type("# mine")
        await app.press("alt+c")
        await app.settle()
        assert "Not saved, and so not part of a commit: scripts/hello.py." in app.toasts
        (repository / "posts/a.md").write_text("x\n")
        await app.press("alt+c")
        screen = await form(app)
        assert "scripts/hello.py" in str(screen.query_one("#warning", Static).render())
        await app.press("escape")
        await app.settle()
        await app.press("ctrl+z")


async def test_a_hook_that_refuses_is_shown_whole_and_the_message_is_kept(
    open_app: OpenApp, repository: Path
) -> None:
    repositories.hook(
        repository, "pre-commit", "echo first reason; echo 'last \033[31mreason' >&2; exit 1"
    )
    (repository / "posts/a.md").write_text("x\n")
    async with open_app() as app:
        await app.press("alt+c")
        await form(app)
        await app.type("Try")
        await app.press("enter")
        await app.settle()
        assert "The commit was refused:\nfirst reason\nlast reason\n" in app.toasts
        assert "first reason\nlast reason" in app.output
        assert app.screen.panel.front == "output"
        await app.press("alt+c")
        screen = await form(app)
        assert screen.query_one(Input).value == "Try"
        await app.press("escape")
        await app.settle()


async def test_a_commit_is_a_task_that_can_be_cancelled(
    open_app: OpenApp, repository: Path
) -> None:
    repositories.hook(repository, "pre-commit", "touch .git/began; sleep 60")
    (repository / "posts/a.md").write_text("x\n")
    async with open_app("hello") as app:
        await app.press("alt+c")
        await form(app)
        await app.type("Slow")
        await app.press("enter")
        await app.until(lambda: (repository / ".git/began").exists())
        await app.press("alt+c")
        await app.until(lambda: "still going on" in app.toasts)
        await app.type("# a save does not wait")
        await app.press("ctrl+s")
        await app.until(lambda: "Saved scripts/hello.py" in app.toasts)
        await app.press("f2", "enter")
        await app.until(lambda: "The commit was cancelled." in app.toasts)
        assert "?? posts/a.md" in run_git(repository, "status", "--porcelain")
        assert not (repository / ".git/index.lock").exists()


async def test_who_commits_must_be_known(
    open_app: OpenApp, demo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EMAIL", raising=False)
    repositories.make(demo, has_identity=False)
    async with open_app() as app:
        await app.press("alt+c")
        await app.settle()
        assert 'git config --global user.name "Your Name"' in app.toasts
        assert "git config --global user.email" in app.toasts


async def test_nothing_to_commit_and_no_repository_are_told(open_app: OpenApp, demo: Path) -> None:
    async with open_app() as app:
        await app.press("alt+c")
        await app.settle()
        assert "not in a git repository. F3 and then i makes one." in app.toasts
        repositories.make(demo)
        repositories.commit(demo, "x", {"a.txt": "a"})
        await app.press("alt+c")
        await app.settle()
        assert "Nothing to commit" in app.toasts


async def test_what_cannot_be_committed_says_why(open_app: OpenApp, repository: Path) -> None:
    repositories.make(repository / "nested")
    (repository / "posts/a.md").write_text("x\n")
    async with open_app() as app:
        await app.press("alt+c")
        screen = await form(app)
        changes = screen.query_one(ChangeList)
        assert changes.selected == {"posts/a.md"}
        assert "(a repository of its own)" in rows(changes)[0]
        await app.press("shift+tab", "home", "space")
        assert "nested/: a repository of its own." in app.toasts
        assert changes.selected == {"posts/a.md"}
        await app.press("escape")
        await app.settle()


# Blame --------------------------------------------------------------------------------------------


async def test_a_line_names_its_commit_and_the_log_goes_there(
    open_app: OpenApp, repository: Path
) -> None:
    first = run_git(repository, "rev-parse", "HEAD")
    for number in range(150):
        repositories.commit(repository, f"later {number}")
    async with open_app("hello") as app:
        await app.press("ctrl+home", "alt+g")
        await app.settle()
        assert f"scripts/hello.py:15: {first[:7]} 2026-03-01 Ann\nAll of it\nF3" in app.toasts
        await app.press("f3")
        await app.settle()
        view = app.screen.panel.git_log
        assert view.highlighted == 150
        await app.press("enter")
        screen = await shown_commit(app)
        assert first[:7] in str(screen.query_one("#head", Static).render())
        await app.press("escape")


async def test_lines_that_are_not_saved_are_not_committed_yet(
    open_app: OpenApp, repository: Path
) -> None:
    async with open_app("hello") as app:
        await app.press("ctrl+home")
        await app.type("# new\n")
        await app.press("up", "alt+g")
        await app.settle()
        assert "scripts/hello.py:15: not committed yet." in app.toasts
        app.app.clear_notifications()
        await app.press("down", "alt+g")
        await app.settle()
        assert "scripts/hello.py:16: " in app.toasts
        assert "All of it" in app.toasts
        await app.press("ctrl+z")


async def test_blame_without_script_or_repository_is_told(open_app: OpenApp) -> None:
    async with open_app() as app:
        await app.press("alt+g")
        assert "No script is open" in app.toasts
        await app.open("hello")
        await app.press("alt+g")
        await app.settle()
        assert "not in a git repository" in app.toasts


# Keys ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "widget", [GitLogView, ChangeList, DiffView, CommitScreen, CommitViewScreen]
)
def test_every_key_arrives_and_is_told(widget: type) -> None:
    taken = {key for action in ACTIONS for key in keys_of(action)}
    for binding in own_bindings(widget):
        assert binding.id
        assert binding.description.strip()
        assert all(ARRIVES.fullmatch(key) for key in keys_of(binding)), binding.id
        if widget is GitLogView:  # the others lie on screens of their own
            assert taken.isdisjoint(keys_of(binding))


# Pictures -----------------------------------------------------------------------------------------


def after(
    app: InkstandApp, do: Callable[[Driver], Awaitable[Any]]
) -> Callable[[Pilot[int]], Awaitable[None]]:
    async def run_before(pilot: Pilot[int]) -> None:
        driver = await settled(app, pilot, script=False)
        await do(driver)
        app.clear_notifications()
        await pilot.pause()
        await app.close_project()
        await pilot.pause()

    return run_before


@pytest.fixture
def drawn(demo: Path, tmp_path: Path) -> Path:
    """A history whose hashes are the same each time; the project's other files are ignored."""
    repositories.make(demo)
    (demo / ".git/info/exclude").write_text("*\n!/notes\n!/notes/*\n")
    for number in range(8):
        repositories.commit(demo, f"Note {number}", {"notes/log.txt": f"line {number}\n" * 3})
    run_git(tmp_path, "clone", "-q", "--bare", str(demo), str(tmp_path / "remote.git"))
    other = repositories.clone(tmp_path / "remote.git", tmp_path / "other")
    repositories.commit(other, "From the other desk", {"notes/theirs.txt": "theirs\n"})
    run_git(other, "push", "-q")
    run_git(demo, "remote", "add", "origin", str(tmp_path / "remote.git"))
    run_git(demo, "fetch", "-q")
    run_git(demo, "branch", "-q", "-u", "origin/main")
    repositories.commit(
        demo,
        "Poems get a macro of their own\n\nSo that they keep their line breaks.",
        {
            "notes/poem.txt": "Roses are red\n\tviolets are blue\n",
            "notes/log.txt": "line 7\nline seven\nline 7\n",
            "notes/rose.png": b"\0\1\2",
        },
    )
    return demo


def test_history(drawn: Path, snap_compare: Compare) -> None:
    app = InkstandApp(drawn)
    (drawn / "notes/new.txt").write_text("new\n")

    async def show(driver: Driver) -> None:
        await driver.press("f3")
        await driver.settle()
        await driver.press("down")

    assert snap_compare(app, terminal_size=SMALL, run_before=after(app, show))


@pytest.mark.parametrize("theme", ["ink", SIXTEEN_COLOURS])
def test_commit_diff(drawn: Path, snap_compare: Compare, theme: str) -> None:
    app = InkstandApp(drawn)
    app.theme = theme

    async def show(driver: Driver) -> None:
        await driver.press("f3")
        await driver.settle()
        view = driver.screen.panel.git_log
        view.highlighted = next(line for line, row in enumerate(rows(view)) if "Poems" in row)
        await driver.press("enter")
        screen = await shown_commit(driver)
        await driver.until(lambda: "+line seven" in diff_text(screen))

    assert snap_compare(app, terminal_size=SMALL, run_before=after(app, show))


def test_commit_form(drawn: Path, snap_compare: Compare) -> None:
    app = InkstandApp(drawn)
    (drawn / "notes/new.txt").write_text("new\n")
    (drawn / "notes/log.txt").write_text("other\n")
    (drawn / "notes/rose.png").unlink()
    run_git(drawn, "mv", "notes/poem.txt", "notes/verse.txt")

    async def show(driver: Driver) -> None:
        await driver.press("alt+c")
        await form(driver)
        await driver.type("Verses")
        await driver.press("shift+tab", "down", "space")

    assert snap_compare(app, terminal_size=SMALL, run_before=after(app, show))


def test_no_repository(demo: Path, snap_compare: Compare) -> None:
    app = InkstandApp(demo)

    async def show(driver: Driver) -> None:
        await driver.press("f3")
        await driver.settle()

    assert snap_compare(app, terminal_size=SMALL, run_before=after(app, show))
