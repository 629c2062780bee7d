"""What the commands print, and how they leave when nobody reads it."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

from tui.commands.exit_codes import EXIT_BROKEN_PIPE

if TYPE_CHECKING:
    from engine.workspace import Workspace


def print_json(value: object) -> None:
    """Print one JSON document."""
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
