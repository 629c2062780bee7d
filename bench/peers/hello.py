"""Peer: the smallest Textual app. `python -m bench.peers.hello`."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Static


class Hello(App[None]):
    """One word."""

    def compose(self) -> ComposeResult:
        """Show it."""
        yield Static("Hello")


if __name__ == "__main__":
    Hello().run(mouse=False)
