"""The sidebar: the project's scripts by kind, and a filter.

Owns what is folded, filtered and highlighted. Which scripts there are comes from outside by `show`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text, TextType
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.geometry import Region
from textual.message import Message
from textual.widgets import Input, Static, Tree
from textual.widgets.tree import TreeNode

from tui.text_fields import LineField

if TYPE_CHECKING:
    from store.index import ScriptRow

_KINDS = (("macro", "Macros"), ("utility", "Utilities"), ("transform", "Transforms"))


class ScriptTree(Tree["ScriptRow | None"]):
    """The tree itself. Branches carry no data, leaves their script."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,right", "select_cursor", "Open", show=False, id="tree.open"),
        Binding("space", "toggle_node", "Fold", show=False, id="tree.fold"),
        Binding("up", "cursor_up", "Up", show=False, id="tree.up"),
        Binding("down", "cursor_down", "Down", show=False, id="tree.down"),
        Binding("pageup", "page_up", "Page up", show=False, id="tree.page_up"),
        Binding("pagedown", "page_down", "Page down", show=False, id="tree.page_down"),
        Binding("home", "scroll_home", "First", show=False, id="tree.home"),
        Binding("end", "scroll_end", "Last", show=False, id="tree.end"),
    ]

    _is_filling = False
    unsaved: frozenset[str] = frozenset()
    """Paths of the open documents with unsaved changes."""

    def process_label(self, label: TextType) -> Text:
        """Take a label as it is: names of scripts are no markup."""
        return label if isinstance(label, Text) else Text(label)

    @contextmanager
    def filling(self) -> Iterator[None]:
        """Draw once what is added within; each of a thousand nodes asks for it."""
        self._is_filling = True
        try:
            yield
        finally:
            self._is_filling = False
            self.refresh(layout=True)

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """Ask to be drawn, unless more is to come."""
        if self._is_filling:
            return self
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def get_label_width(self, node: TreeNode[ScriptRow | None]) -> int:
        """Return a line's width in cells, without drawing it.

        Textual asks for all lines whenever one changes: drawing a thousand took 40 ms each time.
        """
        row = node.data
        if row is None:
            return super().get_label_width(node)
        marks = 2 + 2 * bool(row.problem) + (0 if row.enabled else 4)
        return cell_len(row.slug) + marks

    def render_label(
        self, node: TreeNode[ScriptRow | None], base_style: Style, style: Style
    ) -> Text:
        """Draw one line: disabled scripts dimmed, unsaved and broken ones marked."""
        row = node.data
        if row is None:
            return super().render_label(node, base_style, style)
        label = Text(no_wrap=True, overflow="ellipsis")
        label.append("* " if row.path in self.unsaved else "  ")
        label.append(row.slug, style="dim" if not row.enabled else "")
        if row.problem:
            label.append(" !", style="bold")
        if not row.enabled:
            label.append(" off", style="dim italic")
        label.stylize(base_style + style, 0, 0)
        return Text.assemble(label, style=base_style + style)


class Sidebar(Vertical):
    """Filter above, tree below, a word where there is nothing to show."""

    DEFAULT_CSS = """
    Sidebar {
        width: 24; height: 1fr; background: $panel; border-right: blank;
        #filter { border: none; height: 1; padding: 0 1; background: $surface; }
        #filter:focus { background: $boost; }
        ScriptTree { height: 1fr; padding: 0 0 0 1; background: $panel; scrollbar-size: 1 1; }
        #nothing { padding: 0 1; color: $text-muted; display: none; height: auto; }
    }
    Sidebar.-wide { width: 32; }
    """

    @dataclass
    class ScriptChosen(Message):
        """The person wants this script open."""

        row: ScriptRow

    def __init__(self) -> None:
        super().__init__(id="sidebar")
        self._rows: Sequence[ScriptRow] | None = None

    def compose(self) -> ComposeResult:
        """Lay out filter and tree."""
        yield LineField(
            placeholder="Filter scripts", id="filter", compact=True, select_on_focus=False
        )
        yield Static("Loading scripts ...", id="nothing")
        tree = ScriptTree("Scripts", id="tree")
        tree.show_root = False
        tree.guide_depth = 2
        tree.auto_expand = False
        yield tree

    @property
    def script_tree(self) -> ScriptTree:
        """The tree widget, for focus."""
        return self.query_one(ScriptTree)

    @property
    def highlighted(self) -> ScriptRow | None:
        """The script under the tree's cursor."""
        node = self.script_tree.cursor_node
        return node.data if node is not None else None

    def show(self, rows: Sequence[ScriptRow]) -> None:
        """Show these scripts, keeping the cursor on its script."""
        self._rows = rows
        self._fill()

    def mark_unsaved(self, paths: frozenset[str]) -> None:
        """Mark the scripts whose document has unsaved changes."""
        tree = self.script_tree
        if paths != tree.unsaved:
            tree.unsaved = paths
            tree._clear_line_cache()
            tree.refresh()

    def reveal(self, path: str) -> None:
        """Put the cursor on a script."""
        for branch in self.script_tree.root.children:
            for leaf in branch.children:
                if leaf.data is not None and leaf.data.path == path:
                    branch.expand()
                    self.script_tree.move_cursor(leaf)
                    return

    def focus_filter(self) -> None:
        """Let the person type a filter."""
        # At once, not by `focus`, which lets the letters behind it go into the text first.
        self.screen.set_focus(self.query_one("#filter", Input))

    def _fill(self) -> None:
        rows = self._rows or ()
        wanted = self.query_one("#filter", Input).value.strip().casefold()
        shown = [
            row for row in rows if wanted in row.slug.casefold() or wanted in row.title.casefold()
        ]
        tree = self.script_tree
        before = self.highlighted
        folded = {
            str(node.label).split(" (")[0] for node in tree.root.children if not node.is_expanded
        }
        with tree.filling():
            tree.clear()
            for kind, title in _KINDS:
                members = [row for row in shown if row.kind == kind]
                if wanted and not members:
                    continue
                branch = tree.root.add(
                    f"{title} ({len(members)})", expand=bool(wanted) or title not in folded
                )
                for row in members:
                    branch.add_leaf(row.slug, row)
        self._say_nothing(rows, shown, wanted)
        if before is not None and before.path in {row.path for row in shown}:
            self.call_after_refresh(self.reveal, before.path)
        elif wanted and shown:
            self.call_after_refresh(self.reveal, shown[0].path)

    def _say_nothing(
        self, rows: Sequence[ScriptRow], shown: Sequence[ScriptRow], wanted: str
    ) -> None:
        nothing = self.query_one("#nothing", Static)
        nothing.display = not shown
        if wanted:
            nothing.update(f"No script has “{wanted}” in its name. Esc shows all.")
        elif not rows:
            nothing.update("No scripts yet. Ctrl+N makes one.")

    @on(Input.Changed, "#filter")
    def _filter_changed(self) -> None:
        if self._rows is not None:
            self._fill()

    @on(Input.Submitted, "#filter")
    def _filter_done(self) -> None:
        self.script_tree.focus()

    def key_escape(self) -> None:
        """Leave the filter and show everything."""
        self.query_one("#filter", Input).value = ""
        self.script_tree.focus()

    def key_down(self) -> None:
        """Go from the filter into the tree; in the tree, the tree handles it."""
        self.script_tree.focus()

    @on(Tree.NodeSelected)
    def _node_selected(self, event: Tree.NodeSelected[ScriptRow | None]) -> None:
        event.stop()
        if event.node.data is None:
            event.node.toggle()
        else:
            self.post_message(self.ScriptChosen(event.node.data))
