"""`inkstand api`: what scripts can do with a project, for people, editors and programs."""

from __future__ import annotations

import argparse
from pathlib import Path

import anyio

from engine.api import texts
from engine.api.functions import registry
from store import files
from tui.commands.exit_codes import EXIT_OK
from tui.commands.printing import print_json, say

STUB_NAME = "app.pyi"


async def api(options: argparse.Namespace) -> int:
    """List the functions, or write the stub that editors complete from."""
    functions = registry()
    if options.stub is not None:
        path = await anyio.to_thread.run_sync(_write_stub, options.stub)
        say(f"Wrote {path}.")
        return EXIT_OK
    if options.json:
        print_json(texts.as_data(functions))
        return EXIT_OK
    for function in functions:
        say(f"app.{function.name}{function.signature}")
        say(f"    {function.summary}")
    return EXIT_OK


def _write_stub(folder: Path) -> Path:
    """Write `app.pyi` over an older one.

    Raises:
        FileError: It could not be written.
    """
    path = folder / STUB_NAME
    expected = files.read(path)[1] if path.exists() else None
    files.write(path, texts.stub(registry()).encode(), expected=expected)
    return path
