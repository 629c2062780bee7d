"""Owns the colours of source text; which characters get them is `highlight`'s."""

from __future__ import annotations

from collections.abc import Mapping

from rich.style import Style
from textual._text_area_theme import TextAreaTheme
from textual.color import Color

THEME_NAME = "inkstand"
MIN_CONTRAST = 4.5
"""What WCAG asks of small text; a theme's own accents often miss it on the cursor's line."""

# Roles in a 16-colour terminal. No background anywhere: a grey line makes grey comments vanish.
_DARK_16 = {"keyword": "bright_blue", "string": "green", "literal": "bright_magenta"}
_DARK_16 |= {"comment": "cyan", "name": "bright_cyan", "special": "yellow", "error": "bright_red"}
_LIGHT_16 = {"keyword": "blue", "string": "green", "literal": "magenta"}
_LIGHT_16 |= {"comment": "bright_black", "name": "cyan", "special": "red", "error": "red"}


def inkstand_theme(
    variables: Mapping[str, str], *, is_dark: bool = True, has_16_colours: bool = False
) -> TextAreaTheme:
    """Build the editor's theme out of the app's.

    Args:
        variables: The CSS variables of the app's theme.
        is_dark: Whether that theme is dark.
        has_16_colours: Whether the terminal shows only its own 16 colours.

    Returns:
        A theme for a TextArea; its `syntax_styles` are keyed by the captures of python.scm and
        the names of `post_marks`, and "error" is the style of a marked line number.
    """
    return _of_16_colours(is_dark) if has_16_colours else _of_variables(variables)


def _of_16_colours(is_dark: bool) -> TextAreaTheme:
    roles = {role: Style(color=name) for role, name in (_DARK_16 if is_dark else _LIGHT_16).items()}
    syntax = _syntax(roles, Style())
    syntax["error"] = roles["error"] + Style(bold=True, reverse=True)
    syntax["broken"] = roles["error"] + Style(underline=True)
    return TextAreaTheme(
        THEME_NAME,
        gutter_style=Style(),
        cursor_style=Style(reverse=True),
        cursor_line_style=Style(),
        cursor_line_gutter_style=Style(bold=True, reverse=True),
        bracket_matching_style=Style(bold=True),
        selection_style=Style(reverse=True),
        syntax_styles=syntax,
    )


def _of_variables(variables: Mapping[str, str]) -> TextAreaTheme:
    ground = Color.parse(variables["surface"])
    text = Color.parse(variables["foreground"])
    cursor_line = ground.blend(text, 0.08, 1)
    selection = ground.blend(Color.parse(variables["primary"]), 0.45, 1)

    def style(colour: Color) -> Style:
        return Style(color=readable(colour, ground, cursor_line).rich_color)

    roles = {
        "keyword": style(Color.parse(variables["primary"])),
        "string": style(Color.parse(variables["success"])),
        "literal": style(Color.parse(variables["accent"])),
        "comment": style(text.blend(ground, 0.45, 1)),
        "name": style(Color.parse(variables["secondary"])),
        "special": style(Color.parse(variables["warning"])),
    }
    syntax = _syntax(roles, style(text))
    syntax["error"] = style(Color.parse(variables["error"])) + Style(bold=True)
    syntax["broken"] = style(Color.parse(variables["error"])) + Style(underline=True)
    return TextAreaTheme(
        THEME_NAME,
        gutter_style=style(text.blend(ground, 0.6, 1)),
        cursor_style=Style(color=ground.rich_color, bgcolor=text.rich_color),
        cursor_line_style=Style(bgcolor=cursor_line.rich_color),
        cursor_line_gutter_style=style(text) + Style(bgcolor=cursor_line.rich_color, bold=True),
        bracket_matching_style=Style(bold=True),
        selection_style=Style(bgcolor=selection.rich_color),
        syntax_styles=syntax,
    )


def _syntax(roles: Mapping[str, Style], plain: Style) -> dict[str, Style]:
    return {
        "comment": roles["comment"],
        "string": roles["string"],
        "string.escape": roles["special"],
        "embedded": plain,
        "number": roles["literal"],
        "constant": roles["literal"],
        "keyword": roles["keyword"],
        "function": plain + Style(bold=True),
        "class": plain + Style(bold=True),
        "type": roles["name"],
        "builtin": roles["name"],
        "self": roles["name"],
        "decorator": roles["special"],
        "front": roles["comment"],
        "heading": plain + Style(bold=True),
        "macro": roles["keyword"],
        "macro.name": roles["keyword"] + Style(bold=True),
        "macro.key": roles["name"],
    }


def contrast(one: Color, other: Color) -> float:
    """Compute the contrast of two colours as WCAG defines it, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Color) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in colour.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def readable(colour: Color, *grounds: Color) -> Color:
    """Move a colour towards white or black until it can be read.

    Args:
        colour: The colour wished for.
        grounds: The backgrounds it will stand on.

    Returns:
        The nearest blend with enough contrast on every ground.
    """
    white, black = Color(255, 255, 255), Color(0, 0, 0)
    target = max(white, black, key=lambda end: min(contrast(end, ground) for ground in grounds))
    for step in range(20):
        blend = colour.blend(target, step / 20, 1)
        if all(contrast(blend, ground) >= MIN_CONTRAST for ground in grounds):
            return blend
    return target
