"""The Data section of the Preferences: where the data lie, and rebuilding the index from files.

Shows what the catalog says. Reading files must never enter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Grid, Horizontal, Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Button, Static

from engine.catalog import ALL_KINDS, EntryKind
from engine.settings.data import DataFacts, data_facts
from store.files import FileError
from store.one_line import clean

if TYPE_CHECKING:
    from engine.tasks import Task
    from engine.workspace import Workspace
    from store.index import Problem
    from store.rebuild import RebuildReport

_KINDS: dict[str, tuple[str, Sequence[EntryKind]]] = {
    "rebuild-posts": ("Rebuild posts", ("posts",)),
    "rebuild-media": ("Rebuild media", ("media",)),
    "rebuild-scripts": ("Rebuild scripts", ("scripts",)),
    "rebuild-all": ("Rebuild everything", ALL_KINDS),
}
_MAX_PROBLEMS = 50
_FRAME_S = 0.1
_BAR_CELLS = 20


class DataPane(Vertical):
    """Buttons, progress, report, and facts about the data."""

    DEFAULT_CSS = """
    DataPane {
        height: auto;
        Grid { height: auto; grid-size: 2; grid-gutter: 0 1; grid-columns: 1fr; grid-rows: 1; }
        Grid Button { width: 1fr; }
        #progress { height: auto; margin: 1 0; }
        .fact { height: auto; min-height: 1; margin-bottom: 1; }
        .fact Static { width: 1fr; height: auto; }
        .fact Button { min-width: 6; width: auto; margin-left: 1; }
        #entries, #problems { height: auto; margin-bottom: 1; }
    }
    """

    @dataclass
    class Copied(Message):
        """A path was handed to the terminal's clipboard."""

        what: str

    @dataclass
    class RebuildRequested(Message):
        """The person wants entries read again."""

        kinds: Sequence[EntryKind]

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self._facts: DataFacts | None = None
        self._is_busy = False

    def compose(self) -> ComposeResult:
        """Lay out everything; what is not known yet is empty."""
        with Grid():
            for id, (label, _) in _KINDS.items():
                yield Button(label, id=id, compact=True)
        yield Static("Reads files again; no file is changed.", id="progress", markup=False)
        for id, label in (("folder", "Copy path"), ("index", "Copy path")):
            with Horizontal(classes="fact"):
                yield Static(id=id, markup=False)
                yield Button(label, id=f"copy-{id}", compact=True)
        yield Static(id="entries", markup=False)
        yield Static(id="problems", markup=False)

    async def read_facts(self) -> None:
        """Show what is so now."""
        facts = await data_facts(self._workspace.project, self._workspace.catalog)
        self._facts = facts
        size = _size_words(facts.index_bytes) if facts.index_bytes else "in memory only"
        self._put("folder", _fact("Project folder", str(facts.folder)))
        self._put("index", _fact(f"Index ({size})", str(facts.index)))
        counts = facts.counts
        self._put(
            "entries",
            _fact(
                "Entries", f"{counts.posts} posts, {counts.media} media, {counts.scripts} scripts"
            ),
        )
        self._put("problems", _problems("Problems", facts.problems))

    async def rebuild(self, kinds: Sequence[EntryKind]) -> None:
        """Read entries again and show how far it is, and then what was found."""
        if self._is_busy:
            return
        self._is_busy = True
        timer = self.set_interval(_FRAME_S, self._show_progress)
        try:
            report = await self._workspace.catalog.rebuild(kinds, is_full=True)
        except FileError as error:
            self._tell(Text(clean(str(error)), style="bold"), timer)
        except anyio.ClosedResourceError:
            self._tell(Text("The project was closed."), timer)
            raise
        else:
            self._tell(_report(report), timer)
            await self.read_facts()
        finally:
            timer.stop()
            self._is_busy = False

    def _tell(self, text: Text, timer: Timer) -> None:
        timer.stop()  # or it would draw over it
        self._put("progress", text)

    def _show_progress(self) -> None:
        if (task := self._rebuild_task()) is not None:
            self._put("progress", _progress(task))

    def _put(self, id: str, text: Text) -> None:
        for one in self.query(f"#{id}").results(Static):  # none when it has been left meanwhile
            one.update(text)

    def _rebuild_task(self) -> Task | None:
        running = self._workspace.tasks.running
        return next((task for task in running if task.name.startswith("Rebuild")), None)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        id = event.button.id or ""
        if id in _KINDS:
            self.post_message(self.RebuildRequested(_KINDS[id][1]))
        elif self._facts is not None:
            path = self._facts.folder if id == "copy-folder" else self._facts.index
            self.app.copy_to_clipboard(clean(str(path)))
            self.post_message(self.Copied(clean(str(path))))


def _fact(label: str, value: str) -> Text:
    return Text.assemble((f"{label}: ", "bold"), clean(value))


def _progress(task: Task) -> Text:
    text = Text(f"{task.name}: ")
    if task.progress is not None:
        filled = round(task.progress * _BAR_CELLS)
        text.append(f"{'█' * filled}{'░' * (_BAR_CELLS - filled)} {task.progress:.0%} ")
    return text.append(task.message)


def _report(report: RebuildReport) -> Text:
    text = Text(report.summary, style="bold")
    if report.unreadable:
        text.append("\n").append_text(_problems("Unreadable", report.unreadable))
    return text


def _problems(label: str, problems: Sequence[Problem]) -> Text:
    if not problems:
        return _fact(label, "none")
    text = Text.assemble((f"{label}: ", "bold"), str(len(problems)))
    for one in problems[:_MAX_PROBLEMS]:
        text.append(f"\n  {clean(one.path)}: {clean(one.reason)}")
    if len(problems) > _MAX_PROBLEMS:
        text.append(f"\n  and {len(problems) - _MAX_PROBLEMS} more; `inkstand rebuild` lists all")
    return text


def _size_words(size: int) -> str:
    amount, units = float(size), ("bytes", "KiB", "MiB", "GiB")
    for unit in units[:-1]:
        if amount < 1024:
            return f"{amount:.0f} {unit}"
        amount /= 1024
    return f"{amount:.1f} {units[-1]}"
