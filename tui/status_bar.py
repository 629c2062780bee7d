"""The last line but one: project, branch, what runs, cursor, and how scripts are kept in."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.reactive import reactive
from textual.widgets import Static


class StatusBar(Static):
    """One line of facts. Each is a reactive; what is empty is left out."""

    DEFAULT_CSS = (
        "StatusBar { height: 1; background: $primary-background; color: $text; padding: 0 1; }"
    )

    project: reactive[str] = reactive("")
    counts: reactive[str] = reactive("")
    branch: reactive[str] = reactive("")
    running: reactive[str] = reactive("")
    cursor: reactive[str] = reactive("")
    sandbox: reactive[str] = reactive("")
    """How scripts are kept in: `sandboxed`, or in capitals what the person must not forget."""

    def __init__(self) -> None:
        super().__init__(id="status-bar")

    def show_counts(self, posts: int, media: int) -> None:
        """Tell how much content there is."""
        self.counts = f"{posts} {'post' if posts == 1 else 'posts'}  {media} media"

    def show_running(self, names: Sequence[str]) -> None:
        """Tell which tasks run."""
        self.running = f"{len(names)} tasks ..." if len(names) > 1 else "".join(names[:1])

    def render(self) -> Text:
        """Draw the line: what matters most on the right, where the eye looks for it."""
        left = Text(no_wrap=True, overflow="ellipsis")
        left.append(self.project, style="bold")
        for part in (self.branch, self.counts):
            if part:
                left.append(f"  {part}")
        right = Text(no_wrap=True)
        if self.running:
            right.append(f"{self.running}  ", style="bold")
        right.append(f"{self.cursor}  ")
        is_shouted = self.sandbox.isupper()
        right.append(
            f" {self.sandbox} " if is_shouted else self.sandbox,
            style="bold reverse" if is_shouted else "",
        )
        width = self.content_size.width
        left.truncate(max(width - right.cell_len - 2, 0), overflow="ellipsis", pad=True)
        return Text.assemble(left, "  ", right, no_wrap=True)
