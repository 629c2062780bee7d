"""What the commands print, and how they leave when nobody reads it."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING

from tui.commands.exit_codes import EXIT_BROKEN_PIPE

if TYPE_CHECKING:
    from engine.workspace import Workspace


def prepare_streams() -> None:
    """Make sure that there is something to print to, and that printing never fails on a character.

    With stdout closed (`>&-`) the next file that is opened would become it.
    """
    for fd, name in ((0, "stdin"), (1, "stdout"), (2, "stderr")):
        try:
            os.fstat(fd)
        except OSError:
            os.dup2(os.open(os.devnull, os.O_RDWR), fd)
            setattr(sys, name, os.fdopen(fd, "r" if fd == 0 else "w", closefd=False))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def as_json(value: object) -> str:
    r"""Write a JSON document of which a terminal obeys nothing.

    JSON itself escapes the controls below U+0020. Those above, line ends that are none in JSON,
    what turns the writing direction around and half characters come out as \uXXXX too; all else
    stays readable.
    """
    import json  # which `inkstand run` does not need
    import re

    from engine.kernel.terminal_text import OVERRIDES

    text = json.dumps(value, indent=2, ensure_ascii=False)
    unfit = f"[\x7f-\x9f\u2028\u2029{OVERRIDES}\ud800-\udfff]"
    return re.sub(unfit, lambda match: f"\\u{ord(match[0]):04x}", text)


def print_json(value: object) -> None:
    """Print one JSON document."""
    print(as_json(value), flush=True)


def say(line: str) -> None:
    """Print one line on stdout, see `fit`."""
    print(fit(line))


def complain(message: object) -> None:
    """Tell on stderr what went wrong."""
    lines = f"inkstand: {message}".split("\n")
    print("\n".join(map(fit, lines)), file=sys.stderr)


def fit(line: str) -> str:
    """Keep what a line quotes of files and scripts from steering the terminal, or adding lines."""
    from store.one_line import clean  # which a run that goes well does not need

    return " " * (len(line) - len(line.lstrip(" "))) + clean(line)


def tell_notices(workspace: Workspace) -> None:
    """Tell on stderr what went wrong or was put right while opening."""
    for notice in workspace.notices:
        complain(notice)


def stdout_is_gone() -> int:
    """Leave as programs do when nobody reads them, without Python's complaint at exit.

    Returns:
        The exit code.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return EXIT_BROKEN_PIPE
