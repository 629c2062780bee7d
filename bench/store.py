"""`inkstand bench store`: the index of a large project, made, brought up to date and asked.

The real command where a command is measured, beside git (which reads every file into an index of
its own) and grep on the same files in the same rounds.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import content, project
from bench.errors import BenchError, told_in
from bench.machine import machine_facts
from bench.processes import Budget, Spent, environment, inkstand_command, spend
from bench.report import Report
from store import search
from store.index import Index
from store.project import open_project
from store.rebuild import take_in

POSTS, MEDIA, SCRIPTS = 10_000, 2_000, 1_000
MANY_POSTS = 100_000
ROUNDS = 3
_QUESTIONS = 15
_EDITS = 15
_BUDGET_S = 200
_MANY_S = 90
_TIMEOUT_S = 120


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the project and the programs' own files are."""

    root: Path
    home: Path
    state: Path

    def spend(self, *argv: str) -> Spent:
        env = environment(self.home, self.state)
        # What a person's git does with line ends and owners is no business of this.
        env |= {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
        return spend(argv, env=env, cwd=self.root, timeout_s=_TIMEOUT_S)

    def inkstand(self, *arguments: str) -> Spent:
        return self.spend(inkstand_command(), *arguments, "--project", str(self.root))


def measure() -> Report:
    """Measure; what did not work is in the report's problems."""
    report = Report("store", machine_facts())
    budget = Budget(_BUDGET_S)
    with told_in(report.problems), _place() as place:
        project.make_project(place.root, scripts=SCRIPTS, posts=0)
        content.add_content(place.root, posts=POSTS, media=MEDIA)
        for _ in range(ROUNDS):
            _rebuild(report, place)
            _git(report, place)
        _compare(report, place)
        _questions(report, place)
        _grep(report, place)
    with told_in(report.problems), _place() as place:
        if budget.allows(_MANY_S):
            _rebuild_many(report, place)
        else:
            report.notes.append(f"{MANY_POSTS} posts did not fit into {_BUDGET_S} s")
    _add_figures(report)
    return report


@contextmanager
def _place() -> Iterator[_Place]:
    with tempfile.TemporaryDirectory(prefix="inkstand-bench-") as name:
        folder = Path(name).resolve()
        place = _Place(folder / "project", folder / "home", folder / "state")
        place.home.mkdir()
        yield place


def _rebuild(report: Report, place: _Place) -> None:
    """Make the index, read everything again, and look at everything when nothing changed."""
    shutil.rmtree(place.state, ignore_errors=True)
    for name, options in (("new", ()), ("full", ("--full",)), ("unchanged", ())):
        spent = place.inkstand("rebuild", "--json", *options)
        report.keep(f"rebuild_{name}_ms", [spent.wall_ms])
        report.keep(f"rebuild_{name}_mb", [spent.peak_mb])


def _git(report: Report, place: _Place) -> None:
    shutil.rmtree(place.root / ".git", ignore_errors=True)
    place.spend("git", "init", "--quiet")
    report.keep("git_add_ms", [place.spend("git", "add", "--all").wall_ms])
    report.keep("git_status_ms", [place.spend("git", "status", "--short").wall_ms])


def _compare(report: Report, place: _Place) -> None:
    """Compare index and files, which have to agree."""
    report.keep("diff_ms", [place.inkstand("diff", "--json").wall_ms])


def _grep(report: Report, place: _Place) -> None:
    for word in (content.RARE_WORD, content.COMMON_WORD):
        spent = place.spend("grep", "--recursive", "--files-with-matches", word, "posts")
        report.keep(f"grep_{word}_ms", [spent.wall_ms])


def _questions(report: Report, place: _Place) -> None:
    """Ask the index, and change files under it, as an open project does."""
    index_path = next(place.state.rglob("index.db"), None)
    if index_path is None:
        raise BenchError("the rebuild left no index")
    with closing(Index.open(index_path)) as index:
        _search(report, index)
        _edit(report, index, place)
    for _ in range(ROUNDS):
        started = time.perf_counter()
        Index.open(index_path).close()
        report.keep("open_ms", [(time.perf_counter() - started) * 1000])


def _search(report: Report, index: Index) -> None:
    """Search for words, rare and common, and filter."""
    for word in (content.RARE_WORD, content.COMMON_WORD):
        for _ in range(_QUESTIONS):
            started = time.perf_counter()
            hits = search.search(index, word)
            report.keep(f"search_{word}_ms", [(time.perf_counter() - started) * 1000])
            if not hits:
                raise BenchError(f"searching for {word} found nothing")
    for _ in range(_QUESTIONS):
        started = time.perf_counter()
        rows = search.posts_where(index, search.PostFilter(tags=("tag-5",)), limit=50)
        report.keep("filter_ms", [(time.perf_counter() - started) * 1000])
        if len(rows) != 50:
            raise BenchError(f"filtering found {len(rows)} posts")


def _edit(report: Report, index: Index, place: _Place) -> None:
    """Change posts and see them in the index."""
    opened = open_project(place.root)
    for number in range(_EDITS):
        path = content.post_path(place.root, number * 97)
        word = f"zyzzyva{number}x"
        path.write_text(path.read_text(encoding="utf-8") + f"{word}\n", encoding="utf-8")
        started = time.perf_counter()
        take_in(opened, index, [path.relative_to(place.root).as_posix()])
        report.keep("take_in_ms", [(time.perf_counter() - started) * 1000])
        if len(search.search(index, word)) != 1:
            raise BenchError("a changed post was not found by its new word")


def _rebuild_many(report: Report, place: _Place) -> None:
    project.make_project(place.root, scripts=0, posts=0)
    content.add_content(place.root, posts=MANY_POSTS, media=0)
    for name in ("new", "unchanged"):
        spent = place.inkstand("rebuild", "posts", "--json")
        report.keep(f"many_{name}_ms", [spent.wall_ms])
        report.keep(f"many_{name}_mb", [spent.peak_mb])


def _add_figures(report: Report) -> None:
    add, status = ("git add", "git_add_ms"), ("git status", "git_status_ms")
    report.add("rebuild, no index yet", "rebuild_new_ms", goal=4000, peer=add)
    report.add("rebuild --full", "rebuild_full_ms", goal=4000, peer=add)
    report.add("rebuild, nothing changed", "rebuild_unchanged_ms", goal=400, peer=status)
    report.add("rebuild --full, most memory", "rebuild_full_mb", 100, goal=250)
    report.add("diff, nothing differs", "diff_ms")
    for word, what in ((content.RARE_WORD, "rare"), (content.COMMON_WORD, "common")):
        peer = ("grep -r", f"grep_{word}_ms")
        report.add(f"search for a {what} word", f"search_{word}_ms", goal=20, peer=peer)
        report.add(f"search for a {what} word", f"search_{word}_ms", 95)
    report.add("50 posts of a tag", "filter_ms")
    report.add("index opened and checked", "open_ms")
    report.add("a changed post is in the index", "take_in_ms", goal=50)
    report.add("a changed post is in the index", "take_in_ms", 95, goal=50)
    report.add(f"rebuild, {MANY_POSTS} posts", "many_new_ms")
    report.add(f"rebuild, {MANY_POSTS} posts, most memory", "many_new_mb", 100)
    report.add(f"rebuild, {MANY_POSTS} posts, nothing changed", "many_unchanged_ms")
    report.notes += [
        f"{POSTS} posts of 2.8 KB (and {POSTS // 20} translations), {MEDIA} media, {SCRIPTS} "
        "scripts. Rebuild and diff are whole commands, the start of the interpreter included.",
        "Peers on the same files: git add --all into a new repository; git status; grep -rl.",
    ]
