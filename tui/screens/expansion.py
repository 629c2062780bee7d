"""What came of expanding all macros, on the screen: troubles, the table of macros, plots.

Owns which of them is looked at and how the table is sorted. The figures are the engine's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias, get_args

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from store.one_line import clean
from tui.expansion_words import COLUMNS, TOTAL, heading, in_order, name_cells, row
from tui.screens.difference_list import fitted
from tui.screens.expansion_plot import duration_bars, legend, pace_plot
from tui.screens.expansion_rows import Place, Trouble, troubles

if TYPE_CHECKING:
    from engine.render.counters import MacroFigures
    from engine.render.expansion_report import ExpansionReport

View: TypeAlias = Literal["troubles", "macros", "plots"]
VIEWS: tuple[View, ...] = get_args(View)
_TITLES: dict[View, str] = {"troubles": "Troubles", "macros": "Macros", "plots": "Plots"}
_KEYS: dict[View, str] = {
    "troubles": "Enter Post  S Script  ←→ Troubles, Macros, Plots  Esc Back",
    "macros": "O Order by the next column  R Reverse  S Script  ←→ Troubles, Plots  Esc",
    "plots": "↑↓ Scroll  ←→ Troubles, Macros, Plots  Esc Back",
}
_WHERE_CELLS = 36
_PLOT_LINES = 6


class ExpansionScreen(Screen[None]):
    """The summary above, one of three views below it, and what is under the cursor in full."""

    DEFAULT_CSS = """
    ExpansionScreen {
        background: $surface;
        #expansion-summary { height: auto; max-height: 3; padding: 0 1; background: $panel; }
        #expansion-views { height: 1; padding: 0 1; }
        #expansion-heading { height: 1; padding: 0 1; color: $text-muted; }
        #expansion-nothing { height: 1fr; padding: 1 2; }
        #expansion-list {
            height: 1fr; border: none; padding: 0; background: $surface;
            text-wrap: nowrap; text-overflow: ellipsis;
            & > .option-list--option { padding: 0 1; }
        }
        #expansion-plots { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
        #expansion-plots Static { height: auto; }
        #expansion-detail {
            height: auto; max-height: 5; padding: 0 1; border-top: solid $panel-lighten-2;
        }
        #expansion-keys {
            dock: bottom; height: 1; padding: 0 1; text-wrap: nowrap;
            background: $footer-background; color: $footer-key-foreground;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,ctrl+q", "back", "Back", id="expansion.back"),
        Binding("right", "step_view(1)", "Next view", id="expansion.next_view", priority=True),
        Binding(
            "left", "step_view(-1)", "Previous view", id="expansion.previous_view", priority=True
        ),
        Binding("s", "script", "To the script", id="expansion.script"),
        Binding("o", "order", "Sort by the next column", id="expansion.order"),
        Binding("r", "reverse", "Turn the order round", id="expansion.reverse"),
    ]

    def __init__(
        self, report: ExpansionReport, jump: Callable[[Place], None], note: str = ""
    ) -> None:
        """Show a report.

        Args:
            report: What came of an expansion.
            jump: Opens a file at a place, once this screen is gone.
            note: A sentence to be read with it.
        """
        super().__init__()
        self._report = report
        self._jump = jump
        self._note = note
        self._troubles = troubles(report)
        self._view: View = "troubles" if self._troubles else "macros"
        self._column = TOTAL
        self._is_up = False
        self._figures: list[MacroFigures] = []

    def compose(self) -> ComposeResult:
        """Lay out the lines."""
        yield Static(id="expansion-summary", markup=False)
        yield Static(id="expansion-views", markup=False)
        yield Static(id="expansion-heading", markup=False)
        yield Static(id="expansion-nothing", markup=False)
        yield OptionList(id="expansion-list", compact=True, markup=False)
        with VerticalScroll(id="expansion-plots"):
            yield Static(markup=False)
        yield Static(id="expansion-detail", markup=False)
        yield Static(id="expansion-keys", markup=False)

    def on_mount(self) -> None:
        """Begin with what went wrong, if anything did."""
        self.app.clear_notifications()
        summary = f"{self._report.summary}. {self._note}".strip()
        self.query_one("#expansion-summary", Static).update(summary)
        self._show()

    @property
    def lines(self) -> OptionList:
        """The troubles, or the macros."""
        return self.query_one("#expansion-list", OptionList)

    # What keys do ------------------------------------------------------------------------------

    def action_back(self) -> None:
        """Leave."""
        self.dismiss(None)

    def action_step_view(self, step: int) -> None:
        """Show the next or previous view."""
        self._view = VIEWS[(VIEWS.index(self._view) + step) % len(VIEWS)]
        self._show()

    def action_order(self) -> None:
        """Sort the table by the next column: names from A on, numbers from the largest on."""
        if self._view == "macros":
            self._column = (self._column + 1) % len(COLUMNS)
            self._is_up = self._column == 0
            self._show()

    def action_reverse(self) -> None:
        """Turn the table's order round."""
        if self._view == "macros":
            self._is_up = not self._is_up
            self._show()

    def action_script(self) -> None:
        """Go to the script of what is under the cursor, at its line."""
        trouble, figures = self._trouble, self._macro
        place = trouble.script if trouble is not None else None
        if figures is not None and figures.name in self._report.script_paths:
            place = Place(self._report.script_paths[figures.name], 1, 1)
        self._leave_for(place, "No script has to do with it.")

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        trouble = self._trouble
        if trouble is not None:
            self._leave_for(trouble.post, "It is about no post alone.")
        elif self._view == "macros":
            self.action_script()

    def _leave_for(self, place: Place | None, otherwise: str) -> None:
        if place is None:
            self.notify(otherwise)
            return
        self.dismiss(None)
        self._jump(place)

    # What is seen ------------------------------------------------------------------------------

    @property
    def _trouble(self) -> Trouble | None:
        place = self.lines.highlighted
        if self._view != "troubles" or place is None or place >= len(self._troubles):
            return None
        return self._troubles[place]

    @property
    def _macro(self) -> MacroFigures | None:
        place = self.lines.highlighted
        if self._view != "macros" or place is None or place >= len(self._figures):
            return None
        return self._figures[place]

    def on_resize(self, _event: events.Resize) -> None:
        """Fit tables and plots to the width."""
        self._show(keep_cursor=True)

    def _show(self, *, keep_cursor: bool = False) -> None:
        view, report = self._view, self._report
        nothing = self._nothing()
        has_lines = view != "plots" and not nothing
        cursor = self.lines.highlighted if keep_cursor else 0
        self.query_one("#expansion-views", Static).update(self._views())
        self.query_one("#expansion-keys", Static).update(_KEYS[view])
        self.query_one("#expansion-nothing", Static).update(nothing)
        self.query_one("#expansion-nothing").display = bool(nothing)
        self.query_one("#expansion-heading").display = view == "macros" and not nothing
        self.query_one("#expansion-detail").display = view == "troubles" and not nothing
        plots = self.query_one("#expansion-plots", VerticalScroll)
        plots.display = view == "plots" and not nothing
        self.lines.display = has_lines
        if view == "troubles":
            self.lines.set_options([Option(self._line(one)) for one in self._troubles])
        elif view == "macros":
            self._figures = in_order(report.figures, self._column, is_up=self._is_up)
            names = name_cells(report.figures, self.size.width - 3)
            self.query_one("#expansion-heading", Static).update(
                heading(names, self._column, is_up=self._is_up)
            )
            self.lines.set_options([Option(_table_row(one, names)) for one in self._figures])
        else:
            plots.query_one(Static).update(self._plots(self.size.width - 3))
        if has_lines:
            self.lines.highlighted = min(cursor or 0, self.lines.option_count - 1)
            self.lines.focus()
        elif plots.display:
            plots.focus()
        else:
            self.set_focus(None)
        self._show_detail()

    def _views(self) -> Text:
        counts = {"troubles": len(self._troubles), "macros": len(self._report.figures)}
        text = Text(no_wrap=True)
        for view in VIEWS:
            count = f" {counts[view]}" if view in counts else ""
            style = "reverse bold" if view == self._view else ""
            text.append(f" {_TITLES[view]}{count} ", style=style)
            text.append(" ")
        return text

    def _line(self, trouble: Trouble) -> Text:
        text = Text(no_wrap=True, overflow="ellipsis")
        if trouble.grade:
            is_error = trouble.grade == "error"
            text.append("✘ " if is_error else "! ", style="red" if is_error else "yellow")
            # The end of a path tells more than its beginning, which many share.
            cells = min(_WHERE_CELLS, max(self.size.width // 2, 12))
            text.append(f"{_end_of(trouble.where, cells)}  ", style="dim")
        text.append(trouble.what, style="" if trouble.grade else "italic")
        return text

    def _plots(self, width: int) -> Text:
        report = self._report
        text = Text.assemble(("Calls per second\n", "bold"), no_wrap=True)
        for line in pace_plot(report.pace, report.duration_s, width, _PLOT_LINES):
            text.append(line).append("\n")
        text.append("\n").append(legend()).append("\n")
        for line in duration_bars(report.figures, width):
            text.append(line).append("\n")
        return text

    def _nothing(self) -> str:
        report = self._report
        if self._view == "troubles":
            return "" if self._troubles else "Nothing failed, and nothing is odd."
        if report.figures:
            return ""
        if not report.pages_wanted:
            return "There are no posts to expand. Archived ones are left out."
        if report.was_cancelled:
            return "It was cancelled before a macro was called."
        return "No post calls a macro. In a text, [[name key=value]] does."

    @on(OptionList.OptionHighlighted)
    def _moved(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self._show_detail()

    def _show_detail(self) -> None:
        trouble = self._trouble
        words = trouble.full if trouble is not None else ""
        self.query_one("#expansion-detail", Static).update(words)


def _table_row(figures: MacroFigures, names: int) -> Text:
    style = "red" if figures.errors else ""
    return Text(clean(row(figures, names)), style=style, no_wrap=True)


def _end_of(path: str, cells: int) -> str:
    return fitted(path, cells) if len(path) <= cells else f"…{path[1 - cells :]}"
