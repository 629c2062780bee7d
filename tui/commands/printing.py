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


def print_json(value: object) -> None:
    """Print one JSON document."""
    import json  # which `inkstand run` does not need

    print(json.dumps(value, indent=2, ensure_ascii=False), flush=True)


def complain(message: object) -> None:
    """Tell on stderr what went wrong."""
    print(f"inkstand: {message}", file=sys.stderr)


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
