"""How the person wants the screen to look: their own settings, as the widgets need them.

Reading files must never enter, and nothing that a project sets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from tui.theme import theme_for

if TYPE_CHECKING:
    from engine.settings.values import Reading


@dataclass(frozen=True, slots=True)
class Appearance:
    """What the person has set, or the defaults."""

    theme: str
    """The name of a theme that the app has."""
    indent_width: int = 4
    """Columns of a level, and between tab stops."""
    shows_line_numbers: bool = True


def appearance_at_start(environment: Mapping[str, str]) -> tuple[Appearance, Sequence[str]]:
    """Return how things are to look before a project is open, and what is wrong with the settings.

    Who has set nothing has no file, and does not wait 0.2 s for the registry of settings.
    """
    # Where `store.personal` has it; platformdirs says the same, 20 ms later.
    base = environment.get("XDG_CONFIG_HOME", "").strip()
    folder = Path(base) if base else Path.home() / ".config"
    if not (folder / "inkstand" / "settings.json").exists():
        return Appearance(theme_for(environment)), ()
    from engine.settings.values import read_personal

    readings, problems = read_personal()
    return appearance(readings, environment), problems


def appearance(readings: Mapping[str, Reading], environment: Mapping[str, str]) -> Appearance:
    """Return how things are to look.

    Args:
        readings: The person's own settings, by id.
        environment: Describes the terminal, for who leaves the choice of the theme to us.
    """
    from engine.settings.registry import AUTO_THEME

    theme = cast(str, readings["personal.theme"].value)
    return Appearance(
        theme=theme_for(environment) if theme == AUTO_THEME else theme,
        indent_width=int(cast(float, readings["personal.editor.indentWidth"].value)),
        shows_line_numbers=cast(bool, readings["personal.editor.lineNumbers"].value),
    )
