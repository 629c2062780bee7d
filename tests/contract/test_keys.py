"""Every action has a name, a key that arrives from every terminal, and a place in the help."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from textual.binding import Binding
from textual.keys import Keys

from tui.actions import ACTIONS, SCOPE_TITLES, Action, bindings, show_key
from tui.app import InkstandApp
from tui.editor.code_area import CodeArea
from tui.editor.post_area import PostArea
from tui.main_screen import MainScreen
from tui.panel.answer_input import AnswerInput
from tui.panel.git_log_view import GitLogView
from tui.panel.output_view import OutputView
from tui.panel.tasks_view import TasksView
from tui.preview.sample import UsesScreen
from tui.preview.view import PreviewView
from tui.screens.commit import ChangeList, CommitScreen
from tui.screens.commit_view import CommitViewScreen
from tui.screens.compare import CompareScreen
from tui.screens.diff_view import DiffView
from tui.screens.difference_list import DifferenceList
from tui.screens.expansion import ExpansionScreen
from tui.screens.help import HelpScreen, help_sections
from tui.screens.metadata_diff import MetadataDiffScreen
from tui.screens.metadata_diff_menu import ProposalScreen
from tui.screens.preferences import PreferencesScreen
from tui.screens.questions import FormScreen, QuestionScreen
from tui.screens.task_details import TaskDetails
from tui.sidebar.script_tree import ScriptTree

PANES: tuple[type, ...] = (
    *(AnswerInput, CodeArea, GitLogView, OutputView, PostArea, PreviewView, ScriptTree, TasksView),
)
"""Of the main screen; the help lists their keys."""

WIDGETS: tuple[type, ...] = (*PANES, ChangeList, DifferenceList, DiffView)
"""Those of other screens, which tell their keys themselves, too."""

SCREENS: tuple[type, ...] = (
    *(CommitScreen, CommitViewScreen, CompareScreen, FormScreen, HelpScreen, InkstandApp),
    *(MainScreen, MetadataDiffScreen, PreferencesScreen, ProposalScreen, QuestionScreen),
    UsesScreen,
    *(ExpansionScreen, TaskDetails),
)

_CURSOR = r"(up|down|left|right)"
_PAGING = r"(home|end|pageup|pagedown|delete|insert)"
ARRIVES = re.compile(
    r"""
      f([1-9]|1[0-2])                       # F1 to F12
    | shift\+f([1245678]|9|1[0-2])          # shift+f3 looks like the answer to a question
    | ctrl\+f([1-9]|1[0-2])
    | ctrl\+[ac-gk-lnp-z]                   # not b (tmux), h i j m (backspace tab enter), o
    | alt\+[ac-eg-z]                        # not b and f: ctrl+left and ctrl+right
    | (ctrl\+|shift\+|alt\+)?(up|down|left|right)
    | (ctrl\+|shift\+)?(home|end|pageup|pagedown|delete)
    | shift\+tab | tab | enter | escape | backspace | space
    | [a-z]                                 # letters, for widgets that take no text
    """,
    re.VERBOSE,
)
"""Keys that arrive directly, over SSH, in tmux and in screen."""

NOWHERE_SAFE = re.compile(r"ctrl\+(enter|[hijmb])|(shift|alt)\+enter|alt\+[0-9bf]|shift\+f3")
"""Keys that mean something else somewhere: another key, a character, an answer."""

PREFIXES = {"ctrl+a": "screen", "ctrl+b": "tmux"}


def keys_of(binding: Binding | Action) -> list[str]:
    keys = binding.keys if isinstance(binding, Action) else binding.key
    return [key.strip() for key in keys.split(",")]


def own_bindings(widget: type) -> Iterator[Binding]:
    for binding in widget.__dict__["BINDINGS"]:
        assert isinstance(binding, Binding), f"{widget.__name__}: {binding} has no id"
        yield binding


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_an_action_is_told_and_carried_out(action: Action) -> None:
    assert action.label.strip()
    assert action.help.endswith("."), "a sentence for the help screen"
    assert action.scope in SCOPE_TITLES
    assert callable(getattr(MainScreen, f"action_{action.id}"))
    assert getattr(MainScreen, f"action_{action.id}").__doc__


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_an_action_has_a_key_that_arrives_everywhere(action: Action) -> None:
    keys = keys_of(action)
    assert ARRIVES.fullmatch(keys[0]), f"{keys[0]} is shown to people: it must work everywhere"
    assert keys[0] not in PREFIXES, f"{keys[0]} is the prefix of {PREFIXES.get(keys[0])}"
    for key in keys:
        assert not NOWHERE_SAFE.fullmatch(key)
        assert "+shift+" not in key or "alt" not in key
        assert len(key) > 1, "a letter is text in the editor"
        assert key.split("+")[-1] in {one.value for one in Keys} or re.search(r"\+[a-z]$", key)


def test_ids_and_keys_of_actions_are_their_own() -> None:
    assert [one for one, count in Counter(a.id for a in ACTIONS).items() if count > 1] == []
    keys = Counter(key for action in ACTIONS for key in keys_of(action))
    assert [key for key, count in keys.items() if count > 1] == []


@pytest.mark.parametrize("widget", WIDGETS, ids=lambda widget: widget.__name__)
def test_no_widget_waits_for_a_key_that_the_app_takes(widget: type) -> None:
    taken = {key for action in ACTIONS for key in keys_of(action)}
    assert taken & {key for binding in own_bindings(widget) for key in keys_of(binding)} == set()


@pytest.mark.parametrize("widget", [*WIDGETS, *SCREENS], ids=lambda widget: widget.__name__)
def test_every_binding_can_be_told_and_changed(widget: type) -> None:
    for binding in own_bindings(widget):
        assert binding.id, f"{binding.key}: a keymap needs an id"
        assert binding.description.strip(), f"{binding.id}: the help needs words"
    ids = Counter(binding.id for binding in own_bindings(widget))
    assert [one for one, count in ids.items() if count > 1] == []
    if widget is not CodeArea and widget in WIDGETS:
        keys = Counter(key for binding in own_bindings(widget) for key in keys_of(binding))
        assert [key for key, count in keys.items() if count > 1] == []


def test_ids_of_bindings_are_their_own_everywhere() -> None:
    ids = Counter(binding.id for one in (*WIDGETS, *SCREENS) for binding in own_bindings(one))
    assert [one for one, count in ids.items() if count > 1] == []


@pytest.mark.parametrize("widget", WIDGETS, ids=lambda widget: widget.__name__)
def test_what_a_widget_does_can_be_done_by_a_key_that_arrives(widget: type) -> None:
    # Selecting by words has no key that arrives everywhere; shift with arrows does it too.
    without = {
        "editor.select_word_left",
        "editor.select_word_right",
        "editor.select_to_start",
        "editor.select_to_end",
        "editor.delete_word_left",
        "editor.delete_word_right",
    }
    for binding in own_bindings(widget):
        if binding.id not in without:
            keys = keys_of(binding)
            assert any(ARRIVES.fullmatch(key) and key not in PREFIXES for key in keys), binding.id
        for key in keys_of(binding):
            assert not NOWHERE_SAFE.fullmatch(key)


def test_the_help_lists_every_action_and_binding() -> None:
    told = [row for _, rows in help_sections() for row in rows]
    for action in ACTIONS:
        keys = ", ".join(map(show_key, keys_of(action)))
        assert (keys, f"{action.label}: {action.help}") in told
    for widget in PANES:
        for binding in own_bindings(widget):
            keys = ", ".join(map(show_key, keys_of(binding)))
            assert (keys, binding.description) in told
    expected = len(ACTIONS) + sum(len(list(own_bindings(widget))) for widget in PANES)
    assert len(told) == expected


def test_every_scope_has_a_title_and_something_in_it() -> None:
    assert {action.scope for action in ACTIONS} == set(SCOPE_TITLES)


def test_the_screen_binds_exactly_the_registry() -> None:
    bound = {binding.id: binding for binding in own_bindings(MainScreen)}
    assert list(bound) == [f"inkstand.{action.id}" for action in ACTIONS]
    for action, binding in zip(ACTIONS, bindings(), strict=True):
        assert (binding.key, binding.action) == (action.keys, action.id)
        assert binding.priority, "the keys mean the same wherever the cursor is"


def test_the_footer_fits_a_small_terminal() -> None:
    shown = [action for action in ACTIONS if action.in_footer]
    width = sum(len(f" {action.key_shown} {action.label}") for action in shown)
    assert 0 < width <= 80


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("ctrl+s", "Ctrl+S"),
        ("f5", "F5"),
        ("shift+f5", "Shift+F5"),
        ("alt+m", "Alt+M"),
        ("ctrl+pagedown", "Ctrl+PgDn"),
    ],
)
def test_keys_are_shown_as_people_read_them(key: str, shown: str) -> None:
    assert show_key(key) == shown
