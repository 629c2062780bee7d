"""Owns what Enter, Tab and Shift+Tab do to the start of lines; pure functions, no widget."""

from __future__ import annotations

import re
from collections.abc import Sequence

INDENT_WIDTH = 4

_STRING_OR_COMMENT = re.compile(r""" "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' | \#.* """, re.VERBOSE)


def leading(line: str) -> str:
    """Give the spaces and tabs that a line starts with."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def opens_block(code: str) -> bool:
    """Tell whether a line of Python ends in a colon, whatever comment follows it.

    Args:
        code: The line, or its part before the cursor.
    """
    # Strings and the comment are cut out, for they may hold colons and number signs of their own.
    code = _STRING_OR_COMMENT.sub(lambda match: "" if match[0][0] == "#" else '""', code)
    return code.rstrip().endswith(":")


def next_indentation(before: str, width: int = INDENT_WIDTH) -> str:
    """Decide how a new line is indented.

    Args:
        before: The line that Enter is pressed in, up to the cursor.
        width: Columns of a level.

    Returns:
        The indentation of that line, one level deeper if it opens a block.
    """
    indentation = leading(before)
    if not opens_block(before):
        return indentation
    return indentation + ("\t" if indentation.endswith("\t") else " " * width)


def indent(lines: Sequence[str], width: int = INDENT_WIDTH) -> list[str]:
    """Move lines one level to the right; blank lines stay as they are."""
    return [" " * width + line if line.strip() else line for line in lines]


def dedent(lines: Sequence[str], width: int = INDENT_WIDTH) -> list[str]:
    """Move lines to the tab stop to the left, if they start with white space."""
    return [_dedented(line, width) for line in lines]


def _dedented(line: str, width: int) -> str:
    if line.startswith("\t"):
        return line[1:]
    spaces = len(line) - len(line.lstrip(" "))
    return line[(spaces - 1) % width + 1 :] if spaces else line
