"""The registry of actions: what a person can do, by which key, and how it is told.

Footer, help screen, command palette and bindings are all made from it. An action `run` is carried
out by `action_run` of the main screen. Every key here arrives over SSH, in tmux and in screen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from textual.binding import Binding

Scope: TypeAlias = Literal["script", "view", "project", "app"]

SCOPE_TITLES: dict[Scope, str] = {
    "script": "The open script",
    "view": "Moving around",
    "project": "The project",
    "app": "Inkstand",
}


@dataclass(frozen=True, slots=True)
class Action:
    """Something a person can do."""

    id: str
    """The part of the method's name behind `action_`."""
    label: str
    """A verb or two, for footer and palette."""
    keys: str
    """One or more of Textual's key names, separated by commas; the first is shown."""
    scope: Scope
    help: str
    """One sentence for the help screen and the palette."""
    in_footer: bool = False

    @property
    def key_shown(self) -> str:
        """The first key as a person reads it."""
        return show_key(self.keys.split(",")[0])


ACTIONS: tuple[Action, ...] = (
    Action(
        "run", "Run", "f5", "script", "Run the text in the editor; its output comes below.", True
    ),
    Action(
        "run_with",
        "Run with arguments",
        "ctrl+f5",
        "script",
        "Ask for arguments first, beginning with the last ones; app.args has them.",
    ),
    Action(
        "stop",
        "Stop",
        "shift+f5",
        "script",
        "Interrupt the running script; once more to kill it at once.",
        True,
    ),
    Action(
        "save",
        "Save",
        "ctrl+s",
        "script",
        "Check the syntax and save; press again to save a text with an error all the same.",
        True,
    ),
    Action(
        "check", "Check", "f8", "script", "Check the text and show what is wrong, without saving."
    ),
    Action(
        "toggle_macro",
        "Set as macro",
        "alt+m",
        "script",
        "Make the script a macro, or a utility again; kept in the file's header.",
    ),
    Action(
        "toggle_enabled",
        "Enable or disable",
        "alt+e",
        "script",
        "A disabled macro or transform is never run by itself.",
    ),
    Action("rename", "Rename", "alt+r", "script", "Change the title, and the slug if you like."),
    Action("duplicate", "Duplicate", "alt+d", "script", "Make a copy under a new slug."),
    Action("delete", "Delete", "alt+x", "script", "Delete the script, after asking."),
    Action(
        "preview",
        "Preview",
        "alt+p",
        "script",
        "Show beside the text what a macro gives, or a post as readers see it; again to hide.",
    ),
    Action("blame", "Blame line", "alt+g", "script", "Tell which commit the line comes from."),
    Action("close_tab", "Close tab", "ctrl+w", "script", "Close the script in front."),
    Action("new", "New script", "ctrl+n", "project", "Make a new script."),
    Action(
        "add_link",
        "New post from link",
        "alt+n",
        "project",
        "Make a draft of an address; the transforms change it first.",
    ),
    Action(
        "undo_delete",
        "Undo delete",
        "alt+u",
        "project",
        "Bring the last script back that was deleted, or replaced by a newer default.",
    ),
    Action(
        "recover", "Unsaved text", "alt+z", "project", "Show text that was lost without a save."
    ),
    Action(
        "take_back",
        "Take back a run",
        "alt+k",
        "project",
        "Bring back the files that the last run has written, as they were before.",
    ),
    Action(
        "rebuild",
        "Rebuild index",
        "alt+i",
        "project",
        "Read every file of the project again and make the index anew.",
    ),
    Action(
        "metadata_diff",
        "Metadata diff",
        "f10",
        "project",
        "Compare the index with the files, and bring either in line.",
    ),
    Action(
        "expand_all",
        "Expand all macros",
        "alt+t",
        "project",
        "Try the macros of all posts; tell what fails and how long each takes. Again: cancel.",
    ),
    Action(
        "sync_packages",
        "Sync packages of scripts",
        "alt+y",
        "project",
        "Install what scripts/requirements.txt lists; the next run sees it.",
    ),
    Action("commit", "Commit", "alt+c", "project", "Commit changed files of the project with git."),
    Action("preferences", "Preferences", "f12", "project", "Settings, limits, sandbox, data."),
    Action("filter", "Filter scripts", "alt+s", "view", "Type a part of a name to find a script."),
    Action("next_pane", "Next pane", "f6", "view", "Go on: scripts, header fields, text, panel."),
    Action("previous_pane", "Previous pane", "shift+f6", "view", "Go to the previous pane."),
    Action("next_tab", "Next script", "ctrl+pagedown", "view", "Go to the next open script."),
    Action("previous_tab", "Previous script", "ctrl+pageup", "view", "Go to the previous one."),
    Action("show_tasks", "Tasks", "f2", "view", "Show the tasks; again to go back to the editor."),
    Action("show_git_log", "Git log", "f3", "view", "Show the commits; again to go back."),
    Action("show_output", "Output", "f4", "view", "Show the output; again to go back.", True),
    Action("toggle_sidebar", "Sidebar", "f9", "view", "Hide or show the scripts."),
    Action("toggle_panel", "Panel", "f7", "view", "Hide or show tasks, git log and output."),
    Action("clear_output", "Clear output", "alt+l", "view", "Empty the Output tab."),
    Action("help", "Help", "f1", "app", "This list.", True),
    Action("palette", "Commands", "ctrl+p", "app", "Find a command, script or post.", True),
    Action("quit", "Quit", "ctrl+q", "app", "Leave; asks when something is not saved.", True),
)


def bindings() -> list[Binding]:
    """Return the bindings of the main screen."""
    return [
        Binding(
            action.keys,
            action.id,
            action.label,
            show=action.in_footer,
            key_display=action.key_shown,
            # Before the focused widget, so that the keys mean the same wherever the cursor is.
            priority=True,
            id=f"inkstand.{action.id}",
        )
        for action in ACTIONS
    ]


_NAMES = {
    "ctrl": "Ctrl",
    "shift": "Shift",
    "alt": "Alt",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "delete": "Del",
    "backspace": "Bksp",
    "enter": "Enter",
    "escape": "Esc",
    "tab": "Tab",
    "left": "Left",
    "right": "Right",
    "up": "Up",
    "down": "Down",
    "home": "Home",
    "end": "End",
}


def show_key(key: str) -> str:
    """Return one of Textual's key names as a person reads it: `ctrl+s` is `Ctrl+S`."""
    return "+".join(_NAMES.get(part, part.upper()) for part in key.split("+"))
