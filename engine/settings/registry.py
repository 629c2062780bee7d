"""The registry of settings: what can be set, where it is kept, what it is called, what fits.

The Preferences screen and docs/settings.md are made from it. Values must never enter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from engine.agreement import SETTING
from engine.kernel.limits import DEFAULTS, RunKind
from engine.run_settings import default_limit, limit_names
from engine.settings.kinds import (
    Choice,
    Kind,
    Language,
    Limit,
    Line,
    Listing,
    Number,
    Toggle,
    WebAddress,
)
from store.json_text import KeyPath

Section: TypeAlias = Literal["project", "editor", "limits", "sandbox"]
Home: TypeAlias = Literal["project", "personal"]
Moment: TypeAlias = Literal["at once", "at the next start"]

SECTION_TITLES: dict[Section, str] = {
    "project": "Project",
    "editor": "Editor",
    "limits": "Limits",
    "sandbox": "Sandbox",
}

AUTO_THEME = "auto"
"""The theme that fits the terminal."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Something a person can set."""

    path: KeyPath
    """The keys to it in its file."""
    section: Section
    label: str
    help: str
    """One sentence."""
    kind: Kind
    default: object
    home: Home
    """Which file it is kept in: the project's or the person's own."""
    takes_effect: Moment = "at once"
    group: str = ""
    """What it belongs to within its section; "" where there are no groups."""

    @property
    def id(self) -> str:
        """Its name, unique among all settings: `project.limits.macro.cpuS`."""
        return ".".join((self.home, *self.path))

    def validate(self, value: object) -> str:
        """Return what is wrong with a value, in words; empty when it can be used."""
        return self.kind.problem(value)


def _project(
    key: str, label: str, help: str, kind: Kind, default: object, section: Section = "project"
) -> Setting:
    return Setting((key,), section, label, help, kind, default, "project")


def _editor(key: str, label: str, help: str, kind: Kind, default: object) -> Setting:
    return Setting(("editor", key), "editor", label, help, kind, default, "personal")


_KIND_TITLES: dict[RunKind, tuple[str, str]] = {
    "macro": ("Macros", "a macro"),
    "preview": ("Previews", "a macro beside the text being typed"),
    "transform": ("Transforms", "a transform"),
    "utility": ("Utilities", "a utility"),
}
_LIMIT_TEXTS: dict[str, tuple[str, str]] = {
    "timeoutS": ("Time, s", "How many seconds {run} may take."),
    "cpuS": ("CPU time, s", "How many seconds of CPU {run} may use, on all threads together."),
    "memoryMiB": ("Memory, MiB", "How much memory {run} may ask for, the interpreter included."),
    "threads": ("Threads", "How many threads {run} may start beside its own."),
    "outputMiB": ("Output, MiB", "How much output of {run} is shown; the rest goes to a file."),
}


def _limits() -> Iterator[Setting]:
    for run in DEFAULTS:
        group, words = _KIND_TITLES[run]
        for name in limit_names():
            label, help = _LIMIT_TEXTS[name]
            yield Setting(
                ("limits", run, name),
                "limits",
                label,
                help.format(run=words),
                Limit(run, name),
                default_limit(run, name),
                "project",
                group=group,
            )


SETTINGS: tuple[Setting, ...] = (
    _project("name", "Name", "What the project is called; empty is its folder's name.", Line(), ""),
    _project("description", "Description", "What it is about, for feeds and pages.", Line(), ""),
    _project(
        "mainLanguage",
        "Main language",
        "The language of posts that name none.",
        Language(),
        "en",
    ),
    _project(
        "blogLanguages",
        "Languages",
        "All languages that the project has posts in, with commas between them.",
        Listing(Language(), "language codes such as en, de, each once"),
        [],
    ),
    _project("defaultAuthor", "Author", "Who wrote the posts that name nobody.", Line(), ""),
    _project(
        "publicUrl",
        "Public address",
        "Where the published site is to be found.",
        WebAddress(),
        "",
    ),
    _project(
        "maxPostsPerPage",
        "Posts per page",
        "How many posts a list shows on one page.",
        Number(1, 500),
        50,
    ),
    _project(
        "blogmarkCategory",
        "Bookmark category",
        "The category of posts that are made from bookmarks.",
        Line(),
        "",
    ),
    _project(
        "expandMacrosInCode",
        "Macros in code",
        "Whether macros are expanded inside of code blocks and code spans too.",
        Toggle(),
        False,
    ),
    Setting(
        ("theme",),
        "editor",
        "Theme",
        "The colours of the screen.",
        Choice(
            {
                AUTO_THEME: "what fits the terminal",
                "ink": "ink (256 colours and more)",
                "ansi-dark": "ansi-dark (the terminal's own 16)",
            }
        ),
        AUTO_THEME,
        "personal",
    ),
    _editor(
        "indentWidth",
        "Indentation",
        "How many columns a level is indented by, and how far tab stops are apart.",
        Number(2, 8),
        4,
    ),
    _editor(
        "lineNumbers",
        "Line numbers",
        "Whether the lines' numbers are shown; without them, errors have no mark.",
        Toggle(),
        True,
    ),
    *_limits(),
    Setting(
        (SETTING,),
        "sandbox",
        "Ask for no sandbox",
        "Whether to ask, whenever the project is opened, to run its scripts without the sandbox.",
        Toggle(),
        False,
        "project",
        "at the next start",
    ),
)


def of_section(section: Section) -> tuple[Setting, ...]:
    """Return the settings of a section in their order."""
    return tuple(setting for setting in SETTINGS if setting.section == section)


def setting(id: str) -> Setting:
    """Return the setting of that id.

    Raises:
        KeyError: There is none.
    """
    for one in SETTINGS:
        if one.id == id:
            return one
    raise KeyError(id)
