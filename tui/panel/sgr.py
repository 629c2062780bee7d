"""Owns what the escape sequences of colours and styles (SGR) mean."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from rich.color import Color
from rich.style import Style

_FLAGS = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "reverse", 9: "strike"}
_UNSET = {22: {1, 2}, 23: {3}, 24: {4}, 27: {7}, 29: {9}}
_NO_FLAGS: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Sgr:
    """How characters look that follow; it goes on from one line to the next."""

    foreground: Color | None = None
    background: Color | None = None
    flags: frozenset[int] = _NO_FLAGS
    """Numbers as in the escape sequence: 1 bold, 2 dim, 3 italic, 4 underline, 7 reverse, 9 strike.
    Blinking and hidden text are left out: they cost bytes and hide what a script says."""


PLAIN = Sgr()
"""The look of a line that nothing has coloured."""


@lru_cache(maxsize=512)
def style_of(look: Sgr) -> Style:
    """Translate a look for drawing."""
    flags = {_FLAGS[flag]: True for flag in look.flags}
    return Style(color=look.foreground, bgcolor=look.background, **flags)  # type: ignore[arg-type]


def sequence_of(look: Sgr) -> str:
    """Write the sequence that sets a look, whatever was set before."""
    codes = ["0", *(str(flag) for flag in sorted(look.flags))]
    if look.foreground is not None:
        codes += look.foreground.get_ansi_codes(foreground=True)
    if look.background is not None:
        codes += look.background.get_ansi_codes(foreground=False)
    return f"\x1b[{';'.join(codes)}m"


@lru_cache(maxsize=1024)
def applied(look: Sgr, parameters: str) -> Sgr:
    """Follow one sequence.

    Args:
        look: What was set before.
        parameters: What stands between "[" and "m": digits, semicolons, colons.

    Returns:
        What is set after it; what makes no sense changes nothing.
    """
    # A colour's arguments follow by colons, or as parameters of their own by semicolons.
    groups = [group.split(":") for group in parameters.split(";")]
    position = 0
    while position < len(groups):
        group = groups[position]
        position += 1
        code = _number(group[0])
        if code in (38, 48, 58):
            if len(group) > 1:
                # 38:2:r:g:b is widespread, though the standard has a colour space before the red.
                arguments = group[1:]
                if arguments[0] == "2" and len(arguments) > 4:
                    del arguments[1]
                colour = _colour(arguments)
            else:
                kind = groups[position][0] if position < len(groups) else ""
                length = {"5": 2, "2": 4}.get(kind, 1)
                colour = _colour([part[0] for part in groups[position : position + length]])
                position += length
            if code == 38 and colour is not None:
                look = replace(look, foreground=colour)
            elif code == 48 and colour is not None:
                look = replace(look, background=colour)
        else:
            look = _with_code(look, 24 if group[:2] == ["4", "0"] else code)
    return look


def _with_code(look: Sgr, code: int) -> Sgr:
    if code == 0:
        return PLAIN
    if code in _FLAGS or code == 21:
        return replace(look, flags=look.flags | {4 if code == 21 else code})
    if code in _UNSET:
        return replace(look, flags=look.flags - _UNSET[code])
    if 30 <= code <= 37 or 90 <= code <= 97:
        return replace(look, foreground=Color.from_ansi(code - 30 if code < 40 else code - 82))
    if 40 <= code <= 47 or 100 <= code <= 107:
        return replace(look, background=Color.from_ansi(code - 40 if code < 50 else code - 92))
    if code == 39:
        return replace(look, foreground=None)
    return replace(look, background=None) if code == 49 else look


def _colour(arguments: list[str]) -> Color | None:
    numbers = [_number(argument) for argument in arguments]
    if any(not 0 <= number <= 255 for number in numbers):
        return None
    match numbers:
        case [5, index, *_]:
            return Color.from_ansi(index)
        case [2, red, green, blue, *_]:
            return Color.from_rgb(red, green, blue)
    return None


def _number(digits: str) -> int:
    # Longer ones mean nothing, and int() refuses them beyond 4,300 digits.
    return (int(digits) if digits else 0) if len(digits) <= 4 else -1
