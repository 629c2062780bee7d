"""Asks with which post and call a macro is shown, and lists the posts that call it.

What comes of the answers must never enter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from engine.render.uses import Use
from store.one_line import clean
from store.search import PostFilter
from tui.screens.questions import Field, FormScreen

if TYPE_CHECKING:
    from engine.workspace import Workspace
    from tui.main_screen import MainScreen

_MAX_OFFERED = 200
_AUTOMATIC = "(the newest that calls it)"


async def ask_sample(
    screen: MainScreen,
    workspace: Workspace,
    name: str,
    uses: Sequence[Use],
    post: str | None,
    call: str | None,
) -> tuple[str | None, str | None] | None:
    """Ask for a post and a call.

    Args:
        screen: The main screen.
        workspace: The open project.
        name: The macro.
        uses: The posts that call it; they are offered first.
        post: The path of the one that was chosen last.
        call: The call that was typed last.

    Returns:
        Both, None for what is left to the engine; or None when the person went back.
    """
    rows = await workspace.catalog.posts_where(PostFilter(), limit=_MAX_OFFERED)
    paths = [*(use.path for use in uses[:_MAX_OFFERED]), *(row.path for row in rows)]
    offered = dict.fromkeys((_AUTOMATIC, *([post] if post else []), *paths))
    fields = [
        Field("post", "Post", post or _AUTOMATIC, tuple(offered)),
        Field(
            "call",
            f"Call, e.g. [[{name} key=1]] (empty: the post's own)",
            call or "",
            may_be_empty=True,
        ),
    ]
    values = await screen.app.push_screen_wait(FormScreen(f"Show {name} with", fields, "Show"))
    if values is None:
        return None
    chosen = values["post"]
    return (None if chosen == _AUTOMATIC else chosen), values["call"].strip() or None


class UsesScreen(ModalScreen[Use | None]):
    """The posts that call a macro. Dismissed with the one to be opened, None for Esc."""

    DEFAULT_CSS = """
    UsesScreen { align: center middle; }
    UsesScreen > Vertical {
        width: 90%; max-width: 100; height: auto; max-height: 80%; background: $surface;
        border: round $primary;
    }
    UsesScreen OptionList {
        height: auto; max-height: 100%; border: none; background: $surface;
        text-wrap: nowrap; text-overflow: ellipsis; scrollbar-size-vertical: 1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+q", "dismiss", "Back", id="uses.back")
    ]

    def __init__(self, name: str, uses: Sequence[Use]) -> None:
        """List posts.

        Args:
            name: The macro.
            uses: The posts that call it, at least one.
        """
        super().__init__()
        self._name = name
        self._uses = uses

    def compose(self) -> ComposeResult:
        """Lay out the list."""
        with Vertical() as box:
            box.border_title = f"Posts with {self._name}: {len(self._uses):,}"
            box.border_subtitle = "Enter opens, Esc goes back"
            yield OptionList(*(Option(_line(use)) for use in self._uses), compact=True)

    def on_mount(self) -> None:
        """Let Enter open one at once."""
        self.app.clear_notifications()
        self.query_one(OptionList).focus()

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._uses[event.option_index])


def _line(use: Use) -> Text:
    text = Text(f"{clean(use.path)}:{use.line}")
    more = f" and {use.calls - 1} more" if use.calls > 1 else ""
    text.append(f"  {clean(use.first_call)}{more}", "dim")
    return text
