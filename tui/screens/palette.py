"""The command palette, and what it finds: every action, rebuilds, scripts and posts by name."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.command import CommandInput, CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.markup import escape

from store.one_line import clean
from tui.actions import ACTIONS
from tui.rebuild_flow import REBUILDS
from tui.text_fields import LineField

if TYPE_CHECKING:
    from tui.main_screen import MainScreen


class PaletteInput(CommandInput, LineField):  # in this order: Textual takes styles of the first
    """Where the words are typed that are looked for."""


class Palette(CommandPalette):
    """Textual's, but for its field: letters do not overtake the keys before them."""

    def compose(self) -> ComposeResult:
        """Lay it out as Textual does, with our field in the place of its own."""
        for widget in super().compose():
            if type(widget) is CommandInput:
                yield PaletteInput(placeholder=widget.placeholder, select_on_focus=False)
            else:
                yield widget


class ActionProvider(Provider):
    """The actions of the main screen."""

    async def discover(self) -> Hits:
        """Offer all of them before anything is typed."""
        for action in ACTIONS:
            if action.id != "palette":
                yield DiscoveryHit(
                    f"{action.label}  ({action.key_shown})",
                    partial(self.screen.run_action, action.id),
                    help=action.help,
                )

    async def search(self, query: str) -> Hits:
        """Find actions by their label and help."""
        matcher = self.matcher(query)
        for action in ACTIONS:
            score = max(matcher.match(action.label), matcher.match(action.help) * 0.5)
            if score > 0 and action.id != "palette":
                yield Hit(
                    score,
                    f"{action.label}  ({action.key_shown})",
                    partial(self.screen.run_action, action.id),
                    help=action.help,
                )


class RebuildProvider(Provider):
    """Rebuilds of the index, all of it or one kind; the action itself is the whole one."""

    async def search(self, query: str) -> Hits:
        """Find rebuilds by name."""
        screen = cast("MainScreen", self.screen)
        matcher = self.matcher(query)
        for name, kinds, is_full, text in REBUILDS:
            score = matcher.match(name)
            if score > 0:
                yield Hit(score, name, partial(screen.rebuild, kinds, is_full=is_full), help=text)


class ScriptProvider(Provider):
    """The project's scripts, to open."""

    async def search(self, query: str) -> Hits:
        """Find scripts by slug and title."""
        screen = cast("MainScreen", self.screen)
        matcher = self.matcher(query)
        for row in screen.script_rows:
            score = max(matcher.match(row.slug), matcher.match(row.title))
            if score > 0:
                yield Hit(
                    score,
                    Content(f"Open {row.slug}"),
                    partial(screen.open_path, row.path),
                    help=escape(f"{row.kind}: {row.title}"),
                )


class PostProvider(Provider):
    """The project's posts and translations, to open."""

    async def search(self, query: str) -> Hits:
        """Find posts by slug and title."""
        screen = cast("MainScreen", self.screen)
        matcher = self.matcher(query)
        for post in await screen.posts_named(query):
            language = f".{post.language}" if post.is_translation else ""
            # Words in another order match nothing there, and are what was asked for all the same.
            score = max(matcher.match(post.slug), matcher.match(post.title), 0.01)
            yield Hit(
                score,
                Content(f"Open post {clean(post.slug)}{language}"),
                partial(screen.open_path, post.path),
                help=escape(f"{clean(post.status or 'post')}: {clean(post.title or post.path)}"),
            )
