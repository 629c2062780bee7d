"""Peer: stock Tree and TextArea with scripts. `python -m bench.peers.stock DIR SCRIPT`."""

from __future__ import annotations

import sys
from pathlib import Path

from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.widgets import TextArea, Tree


class Stock(App[None]):
    """The names of a folder's scripts on the left, one of the scripts on the right."""

    CSS = "Tree { width: 24; } TextArea { width: 1fr; }"

    def __init__(self, folder: Path, script: str) -> None:
        super().__init__()
        self._names = sorted(path.stem for path in folder.glob("*.py"))
        self._text = (folder / f"{script}.py").read_text(encoding="utf-8")

    def compose(self) -> ComposeResult:
        """Lay out both."""
        tree: Tree[None] = Tree(f"Scripts ({len(self._names)})")
        for name in self._names:
            tree.root.add_leaf(name)
        tree.root.expand()
        with Horizontal():
            yield tree
            yield TextArea(self._text, language="python", soft_wrap=False, show_line_numbers=True)


if __name__ == "__main__":
    Stock(Path(sys.argv[1]), sys.argv[2]).run(mouse=False)
